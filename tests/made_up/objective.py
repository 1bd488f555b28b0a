"""What trains its acoustic model: frames of given durations against those of the recordings.

The vocoder is learned elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from made_up.acoustic import MadeUp
from sbv2cli.engine.torch import loading
from sbv2cli.models.layers.masks import length_mask
from sbv2cli.training import alignment, losses
from sbv2cli.training.data import spectrogram
from sbv2cli.training.data.batch import TrainingBatch
from sbv2cli.training.data.spectrogram import SpectrogramSettings
from sbv2cli.training.fit_settings import FitSettings
from sbv2cli.training.objectives.objective import (
    VOICE,
    DiscriminatorRow,
    ObjectiveKind,
    TrainingModel,
)
from sbv2cli.training.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpSettings(FitSettings):
    blur: float = 0.1  # noise on the frames


class MadeUpTrainingModel(TrainingModel):
    synthesizer: MadeUp

    def __init__(self, synthesizer: MadeUp) -> None:
        super().__init__()
        self.synthesizer = synthesizer
        self.vocoder = None

    def forward(self, batch: TrainingBatch, blur: float) -> Made:
        assert batch.durations_BP is not None
        hidden_BPH = self.synthesizer.symbols(batch.phones_BP)
        frames = batch.spectrogram_BCF.shape[2]
        path_BFP = alignment.path(batch.durations_BP, frames)
        mel_BMF = self.synthesizer.frames(alignment.spread(hidden_BPH.transpose(1, 2), path_BFP))
        lasts_BP = self.synthesizer.durations(hidden_BPH)[..., 0].sigmoid() * 9
        return Made(
            mel_BMF=mel_BMF + blur * torch.randn_like(mel_BMF), lasts_BP=lasts_BP, batch=batch
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    mel_BMF: Tensor  # noqa: N815
    lasts_BP: Tensor  # noqa: N815
    batch: TrainingBatch


ROWS = {"frames": DiscriminatorRow(column="frame_discriminator", file="FRAMES_")}


class MadeUpObjective:
    discriminator_rows = ROWS

    def __init__(
        self, model: MadeUpTrainingModel, settings: MadeUpSettings, sounds: SpectrogramSettings
    ) -> None:
        self.model, self.settings, self.sounds = model, settings, sounds
        self.discriminator = nn.Conv1d(model.synthesizer.channels, 1, 3, padding=1)
        self.networks: dict[str, nn.Module] = {VOICE: model, "frames": self.discriminator}

    def trainable(self) -> list[nn.Parameter]:
        return list(self.model.parameters())

    def clip(self, limit: float) -> Tensor:
        return nn.utils.clip_grad_norm_(self.trainable(), limit)

    def set_modes(self) -> None:
        self.model.train()

    def forward(self, batch: TrainingBatch, step: int) -> Made:
        made: Made = self.networks[VOICE](batch, self.settings.blur)
        return made

    def discriminator_losses(self, made: Made) -> Mapping[str, Tensor]:
        scores = [self.networks["frames"](x) for x in (self._real(made), made.mel_BMF.detach())]
        return {"frames": losses.discriminator([scores[0]], [scores[1]])}

    def losses(self, made: Made, values: dict[str, Tensor]) -> Tensor:
        terms = self._terms(made)
        # The discriminator does not learn from this.
        weight, bias = self.discriminator.weight.detach(), self.discriminator.bias
        assert bias is not None
        scores = nn.functional.conv1d(made.mel_BMF, weight, bias.detach(), padding=1)
        terms["fooled"] = 0.01 * losses.generator([scores])
        values |= {name: term.detach() for name, term in terms.items()}
        return torch.stack(list(terms.values())).sum()

    def validate(self, batch: TrainingBatch) -> Mapping[str, float]:
        terms = self._terms(self.model(batch, 0.0))
        return {f"validation_{name}": float(term) for name, term in terms.items()}

    def copied(self, batch: TrainingBatch, most_frames: int) -> None:
        return None

    def fitting(self, published: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return published

    def _real(self, made: Made) -> Tensor:
        return spectrogram.mel(made.batch.spectrogram_BCF, self.sounds)

    def _terms(self, made: Made) -> dict[str, Tensor]:
        batch, real_BMF = made.batch, self._real(made)
        assert batch.durations_BP is not None
        mask_B1F = length_mask(batch.frames_B, real_BMF.shape[2])
        away_BP = (made.lasts_BP - batch.durations_BP) * length_mask(
            batch.phones_B, batch.phones_BP.shape[1]
        )[:, 0]
        return {
            "frame_distance": ((made.mel_BMF - real_BMF).abs() * mask_B1F).mean(),
            "durations": 0.01 * away_BP.square().mean(),
        }


def build(task: Task, device: torch.device, note: Callable[[str], None]) -> MadeUpObjective:
    architecture = task.architecture
    rows = loading.inventory(task.voice, architecture)
    acoustic = architecture.build(task.voice.network, rows, "config.json")
    assert isinstance(acoustic, MadeUp)
    assert isinstance(task.settings, MadeUpSettings)
    return MadeUpObjective(MadeUpTrainingModel(acoustic), task.settings, task.sounds)


OBJECTIVE = ObjectiveKind(build=build, settings=MadeUpSettings)


def recipe() -> dict[str, Any]:
    return {
        "made_up": {"bands": 5, "hidden": 6},
        "cleaner": "japanese_cleaners2",
        "data": {
            "sampling_rate": 16000,
            "filter_length": 512,
            "win_length": 512,
            "hop_length": 128,
            "n_mel_channels": 5,
        },
        "train": {"learning_rate": 0.03, "batch_size": 3, "segment_size": 1536},
    }
