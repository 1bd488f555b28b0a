"""Diff-TTS: the noise in a spectrogram of any step, or its velocity, and durations beside it.

Durations come with the data, or from a search: then hidden states are also asked for the mean of
the frames that they become, by a layer that is not needed to speak.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sbv2cli.engine.torch import loading
from sbv2cli.models.diff_tts.dims import VELOCITY
from sbv2cli.models.diff_tts.model import DiffTts
from sbv2cli.models.layers.masks import length_mask, masked
from sbv2cli.training import alignment
from sbv2cli.training.data import spectrogram
from sbv2cli.training.data.clips import TRAIN, read_clips
from sbv2cli.training.fit_settings import FitSettings
from sbv2cli.training.objectives.grad_tts import aligned
from sbv2cli.training.objectives.objective import ObjectiveKind
from sbv2cli.training.objectives.plain_sum import MelTrainingModel, PlainSum

if TYPE_CHECKING:
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.task import Task

# The logarithm of a duration of no frames is that of a tenth.
LEAST_DURATION = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffTtsSettings(FitSettings):
    """Ours; the paper says Adam and 700,000 steps."""

    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    lr_decay: float = 1.0
    clip_gradient: float = 1.0
    batch_size: int = 16
    # Durations are rounded up when spoken, half a frame on the average.
    duration_offset: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """The random numbers of a pass."""

    steps_B: Tensor  # from 1 to the last one
    noise_BMF: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a pass found out, beside its losses."""

    terms: Mapping[str, Tensor]
    noisy_BMF: Tensor
    found_BMF: Tensor  # the noise or the velocity, as the network has it
    log_B1P: Tensor
    target_B1P: Tensor


class DiffTtsTrainingModel(MelTrainingModel):
    """Diff-TTS and how it learns."""

    synthesizer: DiffTts

    def __init__(
        self, synthesizer: DiffTts, sounds: SpectrogramSettings, *, offset: float, align: bool
    ) -> None:
        super().__init__()
        self.synthesizer = synthesizer
        self.sounds = sounds
        self.offset = offset
        dims = synthesizer.dims
        self.aligner = nn.Conv1d(dims.channels, dims.bands, 1) if align else None

    def forward(self, batch: TrainingBatch) -> Mapping[str, Tensor]:
        """See `MelTrainingModel.forward`."""
        mel_BMF = spectrogram.mel(batch.spectrogram_BCF, self.sounds)
        return self.learn(batch, mel_BMF, self.draw(mel_BMF)).terms

    def draw(self, mel_BMF: Tensor) -> Draws:
        """Random numbers for a pass."""
        steps = self.synthesizer.dims.steps
        count, device = len(mel_BMF), mel_BMF.device
        return Draws(
            steps_B=torch.randint(1, steps + 1, (count,), device=device),
            noise_BMF=torch.randn_like(mel_BMF),
        )

    def learn(self, batch: TrainingBatch, mel_BMF: Tensor, draws: Draws) -> Pass:
        """The losses of a batch whose spectrograms are these."""
        net, dims = self.synthesizer, self.synthesizer.dims
        phone_mask_B1P = length_mask(batch.phones_B, batch.phones_BP.shape[1])
        mask_B1F = length_mask(batch.frames_B, mel_BMF.shape[2])
        clean_BMF = masked((mel_BMF - dims.mean) / dims.deviation, mask_B1F)
        hidden_BCP = net.read(batch.phones_BP, phone_mask_B1P, batch.speakers_B)
        terms, durations_BP = self._durations(batch, clean_BMF, hidden_BCP, mask_B1F)
        log_B1P = net.log_durations(hidden_BCP, phone_mask_B1P)
        least_BP = (durations_BP - self.offset).clamp_min(LEAST_DURATION)
        target_B1P = torch.log(least_BP)[:, None] * phone_mask_B1P
        terms["durations"] = (log_B1P - target_B1P).abs().sum() / batch.phones_B.sum()
        bar_B11 = torch.from_numpy(net.alpha_bars).to(mel_BMF.device)[draws.steps_B][:, None, None]
        signal_B11, rest_B11 = bar_B11.sqrt().float(), (1 - bar_B11).sqrt().float()
        noise_BMF = masked(draws.noise_BMF, mask_B1F)
        noisy_BMF = signal_B11 * clean_BMF + rest_B11 * noise_BMF
        path_BFP = alignment.path(durations_BP, mel_BMF.shape[2])
        conditions = net.denoiser.conditions(alignment.spread(hidden_BCP, path_BFP))
        found_BMF = net.denoiser(noisy_BMF, draws.steps_B, conditions, mask_B1F)
        wanted_BMF, column = noise_BMF, "noise"
        if dims.velocity:
            wanted_BMF, column = signal_B11 * noise_BMF - rest_B11 * clean_BMF, VELOCITY
        far_BMF = (wanted_BMF - found_BMF).abs()
        terms[column] = far_BMF.sum() / (mask_B1F.sum() * dims.bands)
        return Pass(
            terms=terms,
            noisy_BMF=noisy_BMF,
            found_BMF=found_BMF,
            log_B1P=log_B1P,
            target_B1P=target_B1P,
        )

    def _durations(
        self, batch: TrainingBatch, clean_BMF: Tensor, hidden_BCP: Tensor, mask_B1F: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Frames of each phone; where they had to be searched for, what teaches the search."""
        if self.aligner is None:
            assert batch.durations_BP is not None
            return {}, batch.durations_BP
        means_BMP = self.aligner(hidden_BCP)
        durations_BP = aligned(clean_BMF, means_BMP, batch)
        path_BFP = alignment.path(durations_BP, clean_BMF.shape[2])
        away_BMF = (clean_BMF - alignment.spread(means_BMP, path_BFP)) * mask_B1F
        near = 0.5 * (away_BMF.square().sum() / (mask_B1F.sum() * clean_BMF.shape[1]))
        return {"prior": near + 0.5 * math.log(2 * math.pi)}, durations_BP


def _has_durations(task: Task) -> bool:
    """Whether the data says how long each phone lasts, and is believed."""
    clips = read_clips(task.folder / TRAIN)
    return task.settings.use_given_durations and all(c.durations is not None for c in clips)


def build(task: Task, device: torch.device, note: Callable[[str], None]) -> PlainSum:  # noqa: ARG001
    """A network with random weights."""
    rows = loading.inventory(task.voice, task.architecture)
    network = task.architecture.build(task.voice.network, rows, "config.json")
    assert isinstance(network, DiffTts)
    model = DiffTtsTrainingModel(
        network,
        task.sounds,
        offset=task.settings.duration_offset,
        align=not _has_durations(task),
    )
    return PlainSum(model, task.sounds, bf16=task.settings.bf16_run)


OBJECTIVE = ObjectiveKind(build=build, settings=DiffTtsSettings)
