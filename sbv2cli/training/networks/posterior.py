"""What only learning needs: the posterior of the latent, and that of the duration noise."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers.durations import DilatedConvs, SplineFlow, StochasticDurations
from sbv2cli.models.layers.masks import Mask, masked
from sbv2cli.models.layers.wavenet import WaveNet
from sbv2cli.models.mel_latent import MelInput
from sbv2cli.training.data import spectrogram

if TYPE_CHECKING:
    from sbv2cli.training.data.spectrogram import SpectrogramSettings

KERNEL = 5
LAYERS = 16
# Of the latent that is a mel spectrogram: the decoder shall bear a little of what text gets wrong.
LOG_SPREAD = math.log(0.1)
LOG_2PI = math.log(2 * math.pi)

# Frames that are left of a duration after its fraction is drawn; keeps the logarithm finite.
LEAST_FRAMES = 1e-5


class PosteriorEncoder(nn.Module):
    """Spectrogram -> mean and log scale of the latent that the decoder speaks."""

    def __init__(self, bins: int, latent: int, hidden: int, speaker_channels: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv1d(bins, hidden, 1)
        self.network = WaveNet(hidden, KERNEL, 1, LAYERS, speaker_channels)
        self.conv_out = nn.Conv1d(hidden, 2 * latent, 1)

    def forward(
        self, spectrogram_BCF: Tensor, mask_B1F: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor]:
        hidden_BCF = masked(self.conv_in(spectrogram_BCF), mask_B1F)
        hidden_BCF = self.network(hidden_BCF, mask_B1F, speaker_BG1)
        means_BCF, log_scales_BCF = masked(self.conv_out(hidden_BCF), mask_B1F).chunk(2, dim=1)
        return means_BCF, log_scales_BCF


class MelPosterior(nn.Module):
    """A posterior that learns nothing: the log mel spectrogram, a channel per band.

    Its latent never moves, so that text and sound may be learned apart and at the same time, each
    against a target that is known from the first step.
    """

    def __init__(self, sounds: SpectrogramSettings, latent: int) -> None:
        super().__init__()
        self.sounds = replace(sounds, mels=latent)

    def forward(
        self, spectrogram_BCF: Tensor, mask_B1F: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor]:
        del speaker_BG1  # the sound is what it is, whoever speaks
        bands_BCF = spectrogram.mel(spectrogram_BCF, self.sounds)
        means_BCF = masked(MelInput().latent(bands_BCF), mask_B1F)
        return means_BCF, torch.full_like(means_BCF, LOG_SPREAD)


class DurationPosterior(nn.Module):
    """Noise that turns whole frames into continuous pairs (VITS, section 2.2.2 and appendix A)."""

    def __init__(self, channels: int, dropout: float = 0.5) -> None:
        super().__init__()
        kernel, layers = StochasticDurations.KERNEL, StochasticDurations.LAYERS
        self.conv_in = nn.Conv1d(1, channels, 1)
        self.convs = DilatedConvs(channels, kernel, layers, dropout)
        self.conv_out = nn.Conv1d(channels, channels, 1)
        self.flow = SplineFlow(channels, kernel, layers)

    def forward(
        self, frames_B1P: Tensor, mask_B1P: Tensor, context_BCP: Tensor, noise_B2P: Tensor
    ) -> tuple[Tensor, Tensor]:
        """A pair per phone, and the sum of log determinants per line."""
        hidden_BCP = masked(self.conv_out(self.convs(self.conv_in(frames_B1P), mask_B1P)), mask_B1P)
        return self.flow(noise_B2P, mask_B1P, context_BCP + hidden_BCP)


def durations_nll(
    prior: StochasticDurations,
    posterior: DurationPosterior,
    frames_B1P: Tensor,
    hidden_BCP: Tensor,
    mask_B1P: Tensor,
    speaker_BG1: Tensor,
    noise_B2P: Tensor,
) -> Tensor:
    """[B] bound on the negative log likelihood of whole durations."""
    context_BCP = prior.context(hidden_BCP, mask_B1P, speaker_BG1)
    noise_B2P = noise_B2P * mask_B1P
    pair_B2P, slope_B = posterior(frames_B1P, mask_B1P, context_BCP, noise_B2P)
    fraction_B1P, other_B1P = pair_B2P.chunk(2, dim=1)
    log_sigmoids_B1P = functional.logsigmoid(fraction_B1P) + functional.logsigmoid(-fraction_B1P)
    slope_B = slope_B + (log_sigmoids_B1P * mask_B1P).sum(dim=(1, 2))
    log_q_B = -_energy(noise_B2P, mask_B1P) - slope_B
    left_B1P = (frames_B1P - torch.sigmoid(fraction_B1P) * mask_B1P) * mask_B1P
    log_left_B1P = torch.log(left_B1P.clamp_min(LEAST_FRAMES)) * mask_B1P
    end_B2P, slope_B = prior.flow(
        torch.cat([log_left_B1P, other_B1P], dim=1), mask_B1P, context_BCP
    )
    slope_B = slope_B - log_left_B1P.sum(dim=(1, 2))
    return _energy(end_B2P, mask_B1P) - slope_B + log_q_B


def _energy(z_B2P: Tensor, mask_B1P: Tensor) -> Tensor:
    """[B] negative log density of a standard normal distribution."""
    return (0.5 * (LOG_2PI + z_B2P**2) * mask_B1P).sum(dim=(1, 2))
