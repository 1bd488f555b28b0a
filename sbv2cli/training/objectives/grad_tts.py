"""Grad-TTS: durations by a search, means near the spectrogram, and the score of noise around them.

Popov and others 2021, section 3.3: three terms, summed as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.engine.torch import loading
from sbv2cli.models.grad_tts.dims import FRAME_MULTIPLE, LEVELS
from sbv2cli.models.grad_tts.model import GradTts
from sbv2cli.models.grad_tts.windows import Windows, at_levels
from sbv2cli.models.layers.masks import length_mask
from sbv2cli.training import alignment
from sbv2cli.training.data import spectrogram
from sbv2cli.training.fit_settings import FitSettings
from sbv2cli.training.objectives.objective import ObjectiveKind
from sbv2cli.training.objectives.plain_sum import MelTrainingModel, PlainSum

if TYPE_CHECKING:
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.task import Task

# Neither end of time is learned: at the first nothing is noise, at the last everything.
EDGE = 1e-5
# A duration of no frames has a logarithm too.
LEAST_DURATION = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class GradTtsSettings(FitSettings):
    """The published training."""

    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    lr_decay: float = 1.0
    clip_gradient: float = 1.0  # of encoder and decoder, each for itself
    batch_size: int = 16
    seed: int = 37
    segment_frames: int = 172  # of the diffusion; 0: whole lines
    # The means learn from whole lines, which cost them nothing, and not from the segment alone.
    whole_prior: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """The random numbers of a pass."""

    time_B: Tensor  # uniform from 0 to 1
    noise_BMF: Tensor  # normal; of the segment
    places_B: Tensor  # uniform: where in the line the segment begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a pass found out, beside its losses."""

    terms: Mapping[str, Tensor]
    durations_BP: Tensor
    means_BMF: Tensor  # of the segment
    noisy_BMF: Tensor


class GradTtsTrainingModel(MelTrainingModel):
    """Grad-TTS and how it learns."""

    synthesizer: GradTts

    def __init__(
        self,
        synthesizer: GradTts,
        sounds: SpectrogramSettings,
        segment_frames: int,
        *,
        whole_prior: bool = False,
        offset: float = 0.0,
    ) -> None:
        super().__init__()
        self.synthesizer = synthesizer
        self.sounds = sounds
        self.segment_frames = segment_frames
        self.whole_prior = whole_prior
        self.offset = offset

    def forward(self, batch: TrainingBatch) -> Mapping[str, Tensor]:
        """See `MelTrainingModel.forward`."""
        mel_BMF = spectrogram.mel(batch.spectrogram_BCF, self.sounds)
        return self.learn(batch, mel_BMF, self.draw(mel_BMF)).terms

    def clipped_apart(self) -> Sequence[Sequence[nn.Parameter]]:
        """The text side, and the diffusion; the speakers' table is left as it is, as published."""
        net = self.synthesizer
        return [list(net.text_encoder.parameters()), list(net.estimator.parameters())]

    def draw(self, mel_BMF: Tensor) -> Draws:
        """Random numbers for a pass."""
        count, bands, frames = mel_BMF.shape
        size = self.segment_frames or _rounded(frames)
        device = mel_BMF.device
        return Draws(
            time_B=torch.rand(count, device=device),
            noise_BMF=torch.randn(count, bands, _rounded(size), device=device),
            places_B=torch.rand(count, device=device),
        )

    def learn(self, batch: TrainingBatch, mel_BMF: Tensor, draws: Draws) -> Pass:
        """The losses of a batch whose spectrograms are these."""
        net = self.synthesizer
        phone_mask_B1P = length_mask(batch.phones_B, batch.phones_BP.shape[1])
        frame_mask_B1F = length_mask(batch.frames_B, mel_BMF.shape[2])
        mel_BMF = mel_BMF * frame_mask_B1F
        hidden_BCP, means_BMP, _ = net.text_encoder(batch.phones_BP, phone_mask_B1P)
        log_B1P = net.text_encoder.log_durations(hidden_BCP, phone_mask_B1P, hidden_BCP[:, :0, :1])
        durations_BP = batch.durations_BP
        if durations_BP is None:
            durations_BP = aligned(mel_BMF, means_BMP, batch)
        target_B1P = log_target(durations_BP, self.offset)[:, None]
        far_B1P = (log_B1P - target_B1P) * phone_mask_B1P
        path_BFP = alignment.path(durations_BP, mel_BMF.shape[2])
        starts_B, size = self._segments(batch, draws)
        real_BMF = _cut(mel_BMF, starts_B, size)
        means_BMF = alignment.spread(
            means_BMP, _cut(path_BFP.transpose(1, 2), starts_B, size).transpose(1, 2)
        )
        mask_B1F = length_mask((batch.frames_B - starts_B).clamp_max(size), size)
        numbers = mask_B1F.sum() * mel_BMF.shape[1]
        prior = _distance(real_BMF, means_BMF, mask_B1F)
        if self.whole_prior:
            prior = _distance(mel_BMF, alignment.spread(means_BMP, path_BFP), frame_mask_B1F)
        noisy_BMF, score = self._diffusion(batch, real_BMF, means_BMF, mask_B1F, draws)
        return Pass(
            terms={
                "durations": far_B1P.square().sum() / batch.phones_B.sum(),
                "prior": prior,
                "diffusion": score / numbers,
            },
            durations_BP=durations_BP,
            means_BMF=means_BMF,
            noisy_BMF=noisy_BMF,
        )

    def _segments(self, batch: TrainingBatch, draws: Draws) -> tuple[Tensor, int]:
        """Where the segment of each line begins, and its length."""
        size = draws.noise_BMF.shape[2]
        left_B = (batch.frames_B - size).clamp_min(0)
        return (draws.places_B * left_B).long(), size

    def _diffusion(
        self,
        batch: TrainingBatch,
        real_BMF: Tensor,
        means_BMF: Tensor,
        mask_B1F: Tensor,
        draws: Draws,
    ) -> tuple[Tensor, Tensor]:
        """Noisy spectrograms, and the squared distance of their scores, summed."""
        net = self.synthesizer
        time_B = draws.time_B.clamp(EDGE, 1 - EDGE)
        until_B11 = net.noise_until(time_B)[:, None, None]
        keep_B11 = torch.exp(-0.5 * until_B11)
        deviation_B11 = torch.sqrt(1 - torch.exp(-until_B11))
        noise_BMF = draws.noise_BMF
        clean_BMF = real_BMF * keep_B11 + means_BMF * (1 - keep_B11)
        noisy_BMF = (clean_BMF + deviation_B11 * noise_BMF) * mask_B1F
        # Norms run over the whole segment, as published: segments are as long as their tensor.
        at = Windows(real=mask_B1F[:, None], inside=None, counts_B111=None)
        images_BCMF = net.estimator.images(means_BMF, net.speaker(batch.speakers_B))
        score_BMF = net.estimator(noisy_BMF, images_BCMF, at_levels(at, LEVELS), time_B)
        far_BMF = score_BMF * deviation_B11 + noise_BMF * mask_B1F
        return noisy_BMF, far_BMF.square().sum()


def _distance(real_BMF: Tensor, means_BMF: Tensor, mask_B1F: Tensor) -> Tensor:
    """How unlikely spectrograms are around these means, for each of their numbers."""
    near_BMF = 0.5 * ((real_BMF - means_BMF).square() + math.log(2 * math.pi)) * mask_B1F
    return near_BMF.sum() / (mask_B1F.sum() * real_BMF.shape[1])


def log_target(durations_BP: Tensor, offset: float) -> Tensor:
    """[B, P] what the duration predictor learns: `offset` makes up for the rounding up in speaking.

    Without it as published, where no frames have the logarithm of next to nothing.
    """
    if offset:
        return torch.log((durations_BP - offset).clamp_min(offset))
    return torch.log(LEAST_DURATION + durations_BP)


def aligned(mel_BMF: Tensor, means_BMP: Tensor, batch: TrainingBatch) -> Tensor:
    """[B, P] frames of each phone, where the spectrogram is likeliest around these means."""
    with torch.no_grad():
        found_BFP = alignment.scores(mel_BMF, means_BMP, torch.zeros_like(means_BMP))
        return alignment.search(found_BFP, batch.frames_B, batch.phones_B)


def _cut(x_BCF: Tensor, starts_B: Tensor, size: int) -> Tensor:
    """[B, C, size]: so many frames of each line from there on, zeros behind its end."""
    frames = torch.arange(size, device=x_BCF.device)[None] + starts_B[:, None]
    short = max(0, int(frames.max()) + 1 - x_BCF.shape[2])
    x_BCF = functional.pad(x_BCF, (0, short))
    return x_BCF.gather(2, frames[:, None].expand(-1, x_BCF.shape[1], -1))


def _rounded(frames: int) -> int:
    return -(-frames // FRAME_MULTIPLE) * FRAME_MULTIPLE


def build(task: Task, device: torch.device, note: Callable[[str], None]) -> PlainSum:  # noqa: ARG001
    """A network with random weights."""
    rows = loading.inventory(task.voice, task.architecture)
    network = task.architecture.build(task.voice.network, rows, "config.json")
    assert isinstance(network, GradTts)
    assert isinstance(task.settings, GradTtsSettings)
    settings = task.settings
    model = GradTtsTrainingModel(
        network,
        task.sounds,
        settings.segment_frames,
        whole_prior=settings.whole_prior,
        offset=settings.duration_offset,
    )
    return PlainSum(model, task.sounds, bf16=settings.bf16_run)


OBJECTIVE = ObjectiveKind(build=build, settings=GradTtsSettings)
