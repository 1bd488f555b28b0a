"""The record that describes a way to run a voice; a row of `engine.BACKENDS` names one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli import tables
from sbv2cli.engine import BACKENDS, devices
from sbv2cli.engine.bert.features import Features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbv2cli.engine.bert.features import Bert
    from sbv2cli.engine.settings import EngineSettings
    from sbv2cli.engine.worker import Worker
    from sbv2cli.voices.bundle import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A library that can run a voice and its BERT models."""

    open_worker: Callable[[Bundle, EngineSettings, Features | None], Worker]
    open_bert: Callable[[Path, EngineSettings], Bert]
    cuda_devices: Callable[[], int]


def backend_of(bundle: Bundle) -> Backend:
    """What runs the kind of file that a voice is in."""
    backend: Backend = tables.resolve(
        {name: row.place for name, row in BACKENDS.items()}, bundle.backend, kind="backend"
    )
    return backend


def features_of(
    bundle: Bundle, settings: EngineSettings, folders: Mapping[str, Path]
) -> Features | None:
    """The BERT models in these folders, run as the voice is; nothing where there are none.

    Of several devices on the first; `open_workers` sees to the others.
    """
    if not folders:
        return None
    backend = backend_of(bundle)
    first = devices.present(settings.device, backend.cuda_devices)[0]
    return Features(folders, partial(_open_on, backend, settings, first))


def open_workers(
    bundle: Bundle, settings: EngineSettings, features: Features | None
) -> list[Worker]:
    """A worker for each device, with a network of its own; one set of BERT models a device."""
    backend = backend_of(bundle)
    opened: dict[str, Features | None] = {}
    workers = []
    for name in devices.present(settings.device, backend.cuda_devices):
        if not opened or features is None:
            opened[name] = features
        elif name not in opened:
            opened[name] = features.elsewhere(partial(_open_on, backend, settings, name))
        workers.append(backend.open_worker(bundle, replace(settings, device=name), opened[name]))
    return workers


def _open_on(backend: Backend, settings: EngineSettings, device: str, folder: Path) -> Bert:
    return backend.open_bert(folder, replace(settings, device=device))
