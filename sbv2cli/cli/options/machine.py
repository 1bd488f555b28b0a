"""Where the engine runs."""

from __future__ import annotations

from sbv2cli.cli.options.groups import Body, options, setting

_GROUP = "Device options"


def machine_options(function: Body) -> Body:
    """Backend, device, precision, threads."""
    return options(
        _GROUP, setting("backend"), setting("device"), setting("precision"), setting("threads")
    )(function)


def batch_options(function: Body) -> Body:
    """How lines are spread and batched."""
    return options(
        _GROUP,
        setting("executor"),
        setting("address"),
        setting("workers"),
        setting("worker_cpus"),
        setting("worker_gpus"),
        setting("batch_frames"),
        setting("sort"),
    )(function)
