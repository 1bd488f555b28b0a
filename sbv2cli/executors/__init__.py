"""Where lines are spoken: in this process, in one process a core, on other machines."""

EXECUTORS = {
    "local": "sbv2cli.executors.local:LocalExecutor",
    "processes": "sbv2cli.executors.processes:ProcessExecutor",
    "ray": "sbv2cli.executors.ray_actors:RayExecutor",
}

WHOLE_LINES = frozenset({"processes", "ray"})
"""Those whose workers read, finish and encode a line too: each is a `LineExecutor`."""
