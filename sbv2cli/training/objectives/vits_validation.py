"""How VITS does on clips that it does not learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sbv2cli.training import losses
from sbv2cli.training.data import segments, spectrogram
from sbv2cli.training.objectives.vits_model import ForwardPass, Pass, VitsTrainingModel

if TYPE_CHECKING:
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.fit_settings import FitSettings


def validate(
    model: VitsTrainingModel,
    settings: FitSettings,
    sounds: SpectrogramSettings,
    batch: TrainingBatch,
) -> Mapping[str, float]:
    """Distances of the sound, from the posterior and from the text, and those of the text."""
    draws = model.draw(batch, align=batch.durations_BP is None)
    learned = model(batch, draws, Pass(duration_offset=settings.duration_offset))
    found = {"validation_mel": _mel(model, sounds, batch, learned)}
    said = learned.said
    if said is not None and said.prior_BCW is not None:
        found["validation_kl"] = float(
            losses.kullback_leibler(
                said.prior_BCW,
                said.posterior_log_scales_BCW,
                said.means_BCW,
                said.log_scales_BCW,
                said.mask_B1W,
            )
        )
        found["validation_duration"] = float(said.duration_loss_B.sum())
    spoken = model(batch, draws, Pass(stage="prior", prior_noise=settings.prior_noise))
    found["validation_prior_mel"] = _mel(model, sounds, batch, spoken)
    return found


def _mel(
    model: VitsTrainingModel,
    sounds: SpectrogramSettings,
    batch: TrainingBatch,
    learned: ForwardPass,
) -> float:
    assert learned.made is not None
    wanted = segments.cut(
        spectrogram.mel(batch.spectrogram_BCF, sounds),
        learned.made.starts_B,
        model.frames_per_segment,
    )
    made = spectrogram.mel_of(learned.made.samples_B1S[:, 0].float(), sounds)
    return float(losses.mel(made, wanted))


def copied(model: VitsTrainingModel, batch: TrainingBatch, most_frames: int) -> Tensor:
    """Through posterior encoder and decoder."""
    speaker_BG1 = model.synthesizer.speaker(batch.speakers_B)
    frames = min(int(batch.frames_B[0]), most_frames)
    means_BCF, _ = model.posterior(batch.spectrogram_BCF[:, :, :frames], None, speaker_BG1)
    noise_BNF = torch.randn(1, model.vocoder.noise_channels, frames, device=means_BCF.device)
    samples_B1S: Tensor = model.vocoder(means_BCF, None, speaker_BG1, noise_BNF)
    return samples_B1S[0, 0]
