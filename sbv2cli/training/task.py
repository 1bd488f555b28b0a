"""What is to be learned: the configuration of a dataset with the changes of the request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli import tables
from sbv2cli.engine.torch import loading
from sbv2cli.errors import UsageError
from sbv2cli.models import weights
from sbv2cli.training.fit_settings import FitSettings, fit_settings, spectrogram_settings
from sbv2cli.training.request import FitRequest, plain
from sbv2cli.voices.configs import voice_config

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Architecture
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.objectives.objective import ObjectiveKind
    from sbv2cli.voices.configs.voice_config import VoiceConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A configuration that was read and checked."""

    folder: Path
    config: Mapping[str, Any]
    settings: FitSettings
    sounds: SpectrogramSettings
    voice: VoiceConfig
    architecture: Architecture
    kind: ObjectiveKind
    wavlm: Path | None  # folder of the speech model that is listened with

    @property
    def style_vectors(self) -> Path | None:
        """The vectors of the voice's styles, where it has any."""
        return self.folder / "style_vectors.npy" if self.voice.has_styles else None

    @property
    def names(self) -> weights.Rows:
        """Tensors of the voice's own file -> parameters of a network."""
        if self.architecture.vocoder is None:
            return weights.within(loading.ACOUSTIC, self.architecture.names)
        return loading.parts_of(self.voice, where=str(self.folder)).names


def read_task(request: FitRequest) -> Task:
    """Read and check the configuration."""
    where = request.dataset / "config.json"
    config = _read_config(request.dataset)
    voice = voice_config.parse(json.dumps(config), where=str(where))
    architecture = loading.architecture_of(voice)
    kind = _kind(architecture, where)
    settings = fit_settings(config.get("train", {}), request.changes, str(where), kind.settings)
    changed = {name: plain(getattr(settings, name)) for name in request.changes}
    config["train"] = {**config.get("train", {}), **changed}
    return Task(
        folder=request.dataset,
        config=config,
        settings=settings,
        sounds=spectrogram_settings(config["data"]),
        voice=voice,
        architecture=architecture,
        kind=kind,
        wavlm=request.wavlm,
    )


def _kind(architecture: Architecture, where: Path) -> ObjectiveKind:
    if architecture.objective is None:
        raise UsageError(
            "train.objective",
            f"nothing teaches a voice of {architecture.name}",
            at=str(where),
            hint="choose another recipe: sbv2 train prepare --help",
        )
    kind: ObjectiveKind = tables.load(architecture.objective)
    return kind


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(
            "train.dataset-missing",
            "the folder holds no dataset",
            at=str(folder),
            hint="make one first: sbv2 train prepare AUDIO TRANSCRIPT --out DIR",
        ) from None
    assert isinstance(config, dict)
    return config
