"""Glow-TTS: the likelihood of spectrograms, and durations by a search through it.

Kim and others 2020, section 3: two terms, summed as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.distributed as processes
from torch import Tensor, nn

from sbv2cli.engine.torch import loading
from sbv2cli.models.glow_tts.flow import ActNorm
from sbv2cli.models.glow_tts.model import GlowTts
from sbv2cli.models.layers.masks import length_mask
from sbv2cli.training import alignment
from sbv2cli.training.data import spectrogram
from sbv2cli.training.fit_settings import FitSettings, Schedule
from sbv2cli.training.networks import weight_norm
from sbv2cli.training.objectives.grad_tts import log_target
from sbv2cli.training.objectives.objective import ObjectiveKind
from sbv2cli.training.objectives.plain_sum import MelTrainingModel, PlainSum

if TYPE_CHECKING:
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class GlowTtsSettings(FitSettings):
    """The published training."""

    # The published rate of 1 times the inverse root of 192 channels, where 4000 steps end its rise.
    learning_rate: float = 192**-0.5 * 4000**-0.5
    schedule: Schedule = "noam"
    warmup_steps: int = 4000
    betas: tuple[float, float] = (0.9, 0.98)
    eps: float = 1e-9
    weight_decay: float = 0.0
    clip_gradient: float = 5.0  # of each number, not of the norm
    batch_size: int = 32
    seed: int = 1234


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a pass found out, beside its losses."""

    terms: Mapping[str, Tensor]
    scores_BFP: Tensor
    durations_BP: Tensor
    latent_BMF: Tensor
    log_determinant_B: Tensor
    means_BMF: Tensor
    log_scales_BMF: Tensor
    log_durations_B1P: Tensor
    target_B1P: Tensor


class GlowTtsTrainingModel(MelTrainingModel):
    """Glow-TTS and how it learns."""

    synthesizer: GlowTts

    def __init__(
        self, synthesizer: GlowTts, sounds: SpectrogramSettings, *, offset: float = 0.0
    ) -> None:
        super().__init__()
        self.synthesizer = synthesizer
        self.sounds = sounds
        self.offset = offset

    def forward(self, batch: TrainingBatch) -> Mapping[str, Tensor]:
        """See `MelTrainingModel.forward`."""
        return self.learn(*self.cut(batch)).terms

    def cut(self, batch: TrainingBatch) -> tuple[TrainingBatch, Tensor]:
        """The batch, and its spectrograms, in whole squeezed frames."""
        multiple = self.synthesizer.dims.squeeze
        whole_B = batch.frames_B // multiple * multiple
        mel_BMF = spectrogram.mel(batch.spectrogram_BCF, self.sounds)[:, :, : int(whole_B.max())]
        # The search needs a frame for each symbol.
        return replace(batch, frames_B=whole_B, phones_B=batch.phones_B.minimum(whole_B)), mel_BMF

    @torch.no_grad()
    def start(self, batch: TrainingBatch) -> None:
        """Begin with normalisations that fit a first batch, where nothing was learned yet."""
        norms = [m for m in self.synthesizer.flow.modules() if isinstance(m, ActNorm)]
        if any(norm.bias.any() or norm.log_scale.any() for norm in norms):
            return
        batch, mel_BMF = self.cut(batch)
        mask_B1F = length_mask(batch.frames_B, mel_BMF.shape[2])
        speaker_BG1 = self.synthesizer.speaker(batch.speakers_B)
        self.synthesizer.flow.start(mel_BMF * mask_B1F, mask_B1F, speaker_BG1)
        if processes.is_initialized():
            # Each process has another batch.
            for norm in norms:
                for parameter in norm.parameters():
                    processes.broadcast(parameter, 0)

    def learn(self, batch: TrainingBatch, mel_BMF: Tensor) -> Pass:
        """The losses of a batch whose spectrograms are these, cut already."""
        net = self.synthesizer
        phone_mask_B1P = length_mask(batch.phones_B, batch.phones_BP.shape[1])
        frame_mask_B1F = length_mask(batch.frames_B, mel_BMF.shape[2])
        speaker_BG1 = net.speaker(batch.speakers_B)
        hidden_BCP, means_BMP, log_scales_BMP = net.text_encoder(batch.phones_BP, phone_mask_B1P)
        if log_scales_BMP is None:
            log_scales_BMP = torch.zeros_like(means_BMP)
        latent_BMF, log_determinant_B = net.flow(
            mel_BMF * frame_mask_B1F, frame_mask_B1F, speaker_BG1
        )
        with torch.no_grad():
            scores_BFP = alignment.scores(latent_BMF, means_BMP, log_scales_BMP)
            durations_BP = batch.durations_BP
            if durations_BP is None:
                durations_BP = alignment.search(scores_BFP, batch.frames_B, batch.phones_B)
        path_BFP = alignment.path(durations_BP, mel_BMF.shape[2])
        path_BFP = path_BFP * frame_mask_B1F.transpose(1, 2)
        means_BMF = alignment.spread(means_BMP, path_BFP)
        log_scales_BMF = alignment.spread(log_scales_BMP, path_BFP)
        log_B1P = net.text_encoder.log_durations(hidden_BCP, phone_mask_B1P, speaker_BG1)
        target_B1P = self._targets(durations_BP)[:, None] * phone_mask_B1P
        numbers = frame_mask_B1F.sum() * net.channels
        far_BMF = torch.exp(-2 * log_scales_BMF) * (latent_BMF - means_BMF).square()
        energy = log_scales_BMF.sum() + 0.5 * (far_BMF * frame_mask_B1F).sum()
        likelihood = (energy - log_determinant_B.sum()) / numbers + 0.5 * math.log(2 * math.pi)
        away_B1P = log_B1P - target_B1P
        return Pass(
            terms={
                "likelihood": likelihood,
                "durations": away_B1P.square().sum() / batch.phones_B.sum(),
            },
            scores_BFP=scores_BFP,
            durations_BP=durations_BP,
            latent_BMF=latent_BMF,
            log_determinant_B=log_determinant_B,
            means_BMF=means_BMF,
            log_scales_BMF=log_scales_BMF,
            log_durations_B1P=log_B1P,
            target_B1P=target_B1P,
        )

    def _targets(self, durations_BP: Tensor) -> Tensor:
        if self.synthesizer.dims.durations == "log1p":
            return torch.log1p((durations_BP - self.offset).clamp_min(0.0))
        return log_target(durations_BP, self.offset)


class GlowTtsObjective(PlainSum):
    """See `Objective`."""

    model: GlowTtsTrainingModel

    def forward(self, batch: TrainingBatch, step: int) -> Mapping[str, Tensor]:
        """See `Objective.forward`."""
        if step == 0:
            self.model.start(batch)
        return super().forward(batch, step)

    def clip(self, limit: float) -> Tensor:
        """Each number by itself; the norm is that of before, as published."""
        parameters = self.trainable()
        norm: Tensor = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        nn.utils.clip_grad_value_(parameters, limit)
        return norm

    def validate(self, batch: TrainingBatch) -> Mapping[str, float]:
        """Losses, and how far the spectrogram is that the text alone gives."""
        found = self.model.learn(*self.model.cut(batch))
        cut, mel_BMF = self.model.cut(batch)
        mask_B1F = length_mask(cut.frames_B, mel_BMF.shape[2])
        net = self.model.synthesizer
        speaker_BG1 = net.speaker(cut.speakers_B)
        spoken_BMF = net.flow.reverse(found.means_BMF, mask_B1F, speaker_BG1)
        far = ((spoken_BMF - mel_BMF).abs() * mask_B1F).sum() / (mask_B1F.sum() * net.channels)
        terms = {f"validation_{name}": float(term) for name, term in found.terms.items()}
        return {**terms, "validation_mel": float(far)}


def build(
    task: Task,
    device: torch.device,  # noqa: ARG001
    note: Callable[[str], None],  # noqa: ARG001
) -> GlowTtsObjective:
    """A network with random weights."""
    rows = loading.inventory(task.voice, task.architecture)
    network = task.architecture.build(task.voice.network, rows, "config.json")
    assert isinstance(network, GlowTts)
    weight_norm.normalise(network)
    settings = task.settings
    model = GlowTtsTrainingModel(network, task.sounds, offset=settings.duration_offset)
    return GlowTtsObjective(model, task.sounds, bf16=settings.bf16_run)


OBJECTIVE = ObjectiveKind(build=build, settings=GlowTtsSettings)
