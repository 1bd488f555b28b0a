"""Discriminators of sounds: they learn to tell real ones from generated ones.

`published()` is the set that every published voice was trained against (HiFi-GAN: one of the wave,
five of the wave folded by a prime period), `scales()` that of HiFi-GAN alone. `small()` costs a
fiftieth of them. `resolutions()` has five periods and four spectra, of which a random few are asked
in each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.training.networks import weight_norm

SLOPE = 0.1
PERIODS = (2, 3, 5, 7, 11)
PERIOD_WIDTHS = (32, 128, 512, 1024, 1024)

WaveLayer = tuple[int, int, int, int]

# Width, kernel, stride, groups of the wave discriminator's convolutions.
WAVE_LAYERS = (
    (16, 15, 1, 1),
    (64, 41, 4, 4),
    (256, 41, 4, 16),
    (1024, 41, 4, 64),
    (1024, 41, 4, 256),
    (1024, 5, 1, 1),
)

# The same of the three that HiFi-GAN has; the second and third hear a coarser wave.
SCALE_LAYERS = (
    (128, 15, 1, 1),
    (128, 41, 2, 4),
    (256, 41, 2, 16),
    (512, 41, 4, 16),
    (1024, 41, 4, 16),
    (1024, 41, 1, 16),
    (1024, 5, 1, 1),
)

# Window, hop of the spectrum discriminators (UnivNet 2021 uses three such resolutions).
RESOLUTIONS = ((512, 128), (1024, 256), (256, 64))

# Windows of the spectra of `resolutions()`; the hop is a quarter of each. Power goes in to the
# 0.15th, so that quiet bands count, scaled to about -1 to 1.
RESOLUTION_WINDOWS = (2048, 1024, 512, 256)
LOUDNESS_POWER, LOUDNESS_SCALE = 0.15, 4.0
RESOLUTION_WIDTH = 32
PERIOD_WIDTHS_LEAN = (24, 64, 128, 192, 192)

Scored = tuple[Tensor, list[Tensor]]
"""Scores [B, N], and the activations that led to them."""

# Published name -> ours.
NAMES = (
    ("discriminators.{i}.convs.{j}.*", "discriminators.{i}.convs.{j}.*"),
    ("discriminators.{i}.conv_post.*", "discriminators.{i}.conv_out.*"),
)
WAVLM_NAMES = (
    ("pre.*", "conv_in.*"),
    ("convs.{i}.*", "convs.{i}.*"),
    ("conv_post.*", "conv_out.*"),
)


class _Stack(nn.Module):
    """Convolutions with a leaky slope between them; each activation is a feature map."""

    convs: nn.ModuleList
    conv_out: nn.Module

    def score(self, x: Tensor) -> Scored:
        maps = []
        for conv in self.convs:
            x = functional.leaky_relu(conv(x), SLOPE)
            maps.append(x)
        maps.append(self.conv_out(x))
        return maps[-1].flatten(1), maps


class ScaleDiscriminator(_Stack):
    """Looks at the samples as they are, or at means of them, halved so many times."""

    def __init__(self, layers: Sequence[WaveLayer] = WAVE_LAYERS, halved: int = 0) -> None:
        super().__init__()
        self.halved = halved
        widths = (1, *(width for width, _, _, _ in layers))
        self.convs = nn.ModuleList(
            nn.Conv1d(left, right, kernel, stride, padding=kernel // 2, groups=groups)
            for (left, right), (_, kernel, stride, groups) in zip(
                pairwise(widths), layers, strict=True
            )
        )
        self.conv_out = nn.Conv1d(widths[-1], 1, 3, padding=1)

    def forward(self, samples_B1S: Tensor) -> Scored:
        for _ in range(self.halved):
            samples_B1S = functional.avg_pool1d(samples_B1S, 4, 2, padding=2)
        return self.score(samples_B1S)


class PeriodDiscriminator(_Stack):
    """Looks at every p-th sample side by side."""

    def __init__(self, period: int, widths: Sequence[int] = PERIOD_WIDTHS) -> None:
        super().__init__()
        self.period = period
        # The last of the inner convolutions keeps its length.
        strides = [3] * (len(widths) - 1) + [1]
        self.convs = nn.ModuleList(
            nn.Conv2d(left, right, (5, 1), (stride, 1), padding=(2, 0))
            for (left, right), stride in zip(pairwise((1, *widths)), strides, strict=True)
        )
        self.conv_out = nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0))

    def forward(self, samples_B1S: Tensor) -> Scored:
        missing = -samples_B1S.shape[2] % self.period
        if missing:
            samples_B1S = functional.pad(samples_B1S, (0, missing), "reflect")
        return self.score(samples_B1S.unflatten(2, (-1, self.period)))


class SpectrumDiscriminator(_Stack):
    """Looks at the magnitudes of a short-time spectrum."""

    def __init__(self, window: int, hop: int, width: int) -> None:
        super().__init__()
        self.window, self.hop = window, hop
        # Kernels of three frames and nine bins; frequency is halved three times.
        self.convs = nn.ModuleList(
            nn.Conv2d(1 if index == 0 else width, width, (3, 9), (1, stride), padding=(1, 4))
            for index, stride in enumerate((1, 2, 2, 2))
        )
        self.conv_out = nn.Conv2d(width, 1, (3, 3), padding=(1, 1))

    def forward(self, samples_B1S: Tensor) -> Scored:
        with torch.autocast(samples_B1S.device.type, enabled=False):
            samples_BS = samples_B1S[:, 0].float()
            hann = torch.hann_window(self.window, device=samples_BS.device)
            spectrum_BFT = torch.stft(
                samples_BS, self.window, self.hop, window=hann, return_complex=True
            )
            # The square root of the floor keeps the gradient of silence finite.
            magnitude_BFT = torch.sqrt(torch.view_as_real(spectrum_BFT).square().sum(-1) + 1e-9)
        return self.score(magnitude_BFT.transpose(1, 2)[:, None])


class CompressedSpectrumDiscriminator(_Stack):
    """Looks at the power of a short-time spectrum, compressed; bins first."""

    # (kernel, stride) of bins and frames.
    LAYERS = (
        ((7, 5), (2, 2)),
        ((5, 3), (2, 1)),
        ((5, 3), (2, 2)),
        ((3, 3), (2, 1)),
        ((3, 3), (1, 1)),
    )

    def __init__(self, window: int, width: int) -> None:
        super().__init__()
        self.window = window
        self.convs = nn.ModuleList(
            nn.Conv2d(
                1 if index == 0 else width,
                width,
                kernel,
                stride,
                padding=(kernel[0] // 2, kernel[1] // 2),
            )
            for index, (kernel, stride) in enumerate(self.LAYERS)
        )
        self.conv_out = nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, samples_B1S: Tensor) -> Scored:
        with torch.autocast(samples_B1S.device.type, enabled=False):
            samples_BS = samples_B1S[:, 0].float()
            hann = torch.hann_window(self.window, device=samples_BS.device)
            spectrum_BFT = torch.stft(
                samples_BS,
                self.window,
                self.window // 4,
                window=hann,
                normalized=True,
                return_complex=True,
            )
            # The floor keeps the gradient of silence finite.
            power_BFT = torch.view_as_real(spectrum_BFT).square().sum(-1) + 1e-9
            compressed_BFT = LOUDNESS_SCALE * power_BFT.pow(LOUDNESS_POWER) - 1
        return self.score(compressed_BFT[:, None])


class Discriminators(nn.Module):
    """Several discriminators; all convolutions are normed, by their weights or by their spectra.

    `spectral` says so of all of them, or lists the places of those that it is true of.
    """

    def __init__(
        self, discriminators: Sequence[nn.Module], *, spectral: bool | Sequence[int] = False
    ) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(discriminators)
        for place, discriminator in enumerate(discriminators):
            by_spectra = spectral if isinstance(spectral, bool) else place in spectral
            weight_norm.normalise_all(discriminator, spectral=by_spectra)

    def forward(
        self, samples_B1S: Tensor, asked: Sequence[int] | None = None
    ) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Scores and feature maps per discriminator, of all or of those that are asked."""
        places = range(len(self.discriminators)) if asked is None else asked
        scored = [self.discriminators[place](samples_B1S) for place in places]
        return [scores for scores, _ in scored], [maps for _, maps in scored]


def published(*, spectral: bool = False) -> Discriminators:
    """47 million parameters; the order is part of published checkpoints."""
    discriminators = [ScaleDiscriminator(), *(PeriodDiscriminator(period) for period in PERIODS)]
    return Discriminators(discriminators, spectral=spectral)


def scales() -> Discriminators:
    """Those of HiFi-GAN alone: five periods, three scales, the first of which is spectral."""
    return Discriminators(
        [
            *(PeriodDiscriminator(period) for period in PERIODS),
            *(ScaleDiscriminator(SCALE_LAYERS, halved) for halved in range(3)),
        ],
        spectral=(len(PERIODS),),
    )


def small(width: int = 32) -> Discriminators:
    """For small voices and small machines: four periods and two spectra, width 32 or 64."""
    widths = (width // 2, width, width, 2 * width)
    return Discriminators(
        [
            *(PeriodDiscriminator(period, widths) for period in (2, 3, 5, 7)),
            *(
                SpectrumDiscriminator(window, hop, max(width // 4, 1))
                for window, hop in RESOLUTIONS[:2]
            ),
        ]
    )


def resolutions() -> Discriminators:
    """Five periods, then four spectra; 2 million parameters."""
    return Discriminators(
        [
            *(PeriodDiscriminator(period, PERIOD_WIDTHS_LEAN) for period in PERIODS),
            *(
                CompressedSpectrumDiscriminator(window, RESOLUTION_WIDTH)
                for window in RESOLUTION_WINDOWS
            ),
        ]
    )


def one_period_two_spectra() -> list[int]:
    """Some of `resolutions()` at random: a third of the cost of all of them."""
    period = torch.randint(len(PERIODS), (1,))
    spectra = torch.randperm(len(RESOLUTION_WINDOWS))[:2] + len(PERIODS)
    return [int(place) for place in (*period, *spectra)]


class WavlmHead(nn.Module):
    """Discriminates the hidden states of a frozen speech model, stacked layer after layer."""

    def __init__(self, channels: int, width: int = 64) -> None:
        super().__init__()
        self.conv_in = nn.Conv1d(channels, width, 1)
        self.convs = nn.ModuleList(
            nn.Conv1d(left, right, 5, padding=2)
            for left, right in pairwise((width, 2 * width, 4 * width, 4 * width))
        )
        self.conv_out = nn.Conv1d(4 * width, 1, 3, padding=1)
        weight_norm.normalise_all(self)

    def forward(self, states_BCT: Tensor) -> Tensor:
        """[B, T] scores."""
        x_BCT = self.conv_in(states_BCT)
        for conv in self.convs:
            x_BCT = functional.leaky_relu(conv(x_BCT), SLOPE)
        return self.conv_out(x_BCT).flatten(1)
