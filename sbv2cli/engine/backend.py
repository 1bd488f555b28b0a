"""The record that describes a way to run a voice; a row of `engine.BACKENDS` names one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli import tables
from sbv2cli.engine import BACKENDS
from sbv2cli.engine.features import Features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbv2cli.engine.engine import EngineSettings
    from sbv2cli.engine.features import LanguageModel
    from sbv2cli.engine.worker import Worker
    from sbv2cli.voices.bundle import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A library that can run a voice and its language models."""

    open_worker: Callable[[Bundle, EngineSettings, Features | None], Worker]
    open_language_model: Callable[[Path, EngineSettings], LanguageModel]


def backend_of(bundle: Bundle) -> Backend:
    """What runs the kind of file that a voice is in."""
    backend: Backend = tables.resolve(BACKENDS, bundle.backend, kind="backend")
    return backend


def features_of(
    bundle: Bundle, settings: EngineSettings, folders: Mapping[str, Path]
) -> Features | None:
    """The language models in these folders, run as the voice is; nothing where there are none."""
    if not folders:
        return None
    backend = backend_of(bundle)
    return Features(folders, lambda folder: backend.open_language_model(folder, settings))
