"""How long each phone lasts: the deterministic predictor and the stochastic one."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers import splines
from sbv2cli.models.layers.condition import condition, conditioned
from sbv2cli.models.layers.masks import Mask, masked
from sbv2cli.models.layers.norm import EPSILON, ChannelNorm


class DurationPredictor(nn.Module):
    """Two convolutions; the answer is the logarithm of the frames per phone."""

    def __init__(
        self,
        channels: int,
        inner: int,
        kernel: int,
        speaker_channels: int,
        dropout: float = 0.5,
        *,
        epsilon: float = EPSILON,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.condition = condition(speaker_channels, channels)
        self.first = nn.Conv1d(channels, inner, kernel, padding=kernel // 2)
        self.first_norm = ChannelNorm(inner, epsilon)
        self.second = nn.Conv1d(inner, inner, kernel, padding=kernel // 2)
        self.second_norm = ChannelNorm(inner, epsilon)
        self.conv_out = nn.Conv1d(inner, 1, 1)

    def forward(self, hidden_BCP: Tensor, mask_B1P: Mask, speaker_BG1: Tensor) -> Tensor:
        """[B, 1, P] log durations."""
        x_BCP = conditioned(hidden_BCP, self.condition, speaker_BG1)
        x_BCP = self.first_norm(functional.relu(self.first(masked(x_BCP, mask_B1P))))
        x_BCP = functional.dropout(x_BCP, self.dropout, self.training)
        x_BCP = self.second_norm(functional.relu(self.second(masked(x_BCP, mask_B1P))))
        x_BCP = functional.dropout(x_BCP, self.dropout, self.training)
        return masked(self.conv_out(masked(x_BCP, mask_B1P)), mask_B1P)


class DilatedConvs(nn.Module):
    """Depth-wise separable convolutions, each layer reaching `kernel` times further."""

    def __init__(self, channels: int, kernel: int, layers: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        self.depthwise = nn.ModuleList(
            nn.Conv1d(
                channels,
                channels,
                kernel,
                groups=channels,
                dilation=kernel**index,
                padding=(kernel - 1) * kernel**index // 2,
            )
            for index in range(layers)
        )
        self.pointwise = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in range(layers))
        self.depthwise_norms = nn.ModuleList(ChannelNorm(channels) for _ in range(layers))
        self.pointwise_norms = nn.ModuleList(ChannelNorm(channels) for _ in range(layers))

    def forward(self, x_BCT: Tensor, mask_B1T: Mask, context_BCT: Tensor | None = None) -> Tensor:
        if context_BCT is not None:
            x_BCT = x_BCT + context_BCT
        for deep, deep_norm, point, point_norm in zip(
            self.depthwise, self.depthwise_norms, self.pointwise, self.pointwise_norms, strict=True
        ):
            branch = functional.gelu(deep_norm(deep(masked(x_BCT, mask_B1T))))
            branch = functional.gelu(point_norm(point(branch)))
            x_BCT = x_BCT + functional.dropout(branch, self.dropout, self.training)
        return masked(x_BCT, mask_B1T)


class SplineCoupling(nn.Module):
    """Bends channel 1 by a spline whose shape channel 0 and the context decide."""

    def __init__(self, channels: int, kernel: int, layers: int) -> None:
        super().__init__()
        self.channels = channels
        self.conv_in = nn.Conv1d(1, channels, 1)
        self.convs = DilatedConvs(channels, kernel, layers)
        self.conv_out = nn.Conv1d(channels, splines.PARAMETERS, 1)
        # A fresh spline is the same in every channel and at every place.
        nn.init.zeros_(self.conv_out.weight)
        assert self.conv_out.bias is not None
        nn.init.zeros_(self.conv_out.bias)

    def _bend(self, kept_B1P: Tensor, mask_B1P: Mask, context_BCP: Tensor) -> Tensor:
        hidden_BCP = self.convs(self.conv_in(kept_B1P), mask_B1P, context_BCP)
        shape_B1PK = masked(self.conv_out(hidden_BCP), mask_B1P).transpose(1, 2)[:, None]
        # Widths and heights are scaled, slopes are not (as in the published networks).
        sizes, slopes = shape_B1PK.split([2 * splines.BINS, splines.BINS - 1], dim=-1)
        return torch.cat([sizes / math.sqrt(self.channels), slopes], dim=-1)

    def forward(self, x_B2P: Tensor, mask_B1P: Mask, context_BCP: Tensor) -> tuple[Tensor, Tensor]:
        """The bent pair and, per line, the log determinant."""
        kept_B1P, bent_B1P = x_B2P.chunk(2, dim=1)
        bent_B1P, slope_B1P = splines.forward(bent_B1P, self._bend(kept_B1P, mask_B1P, context_BCP))
        x_B2P = masked(torch.cat([kept_B1P, bent_B1P], dim=1), mask_B1P)
        return x_B2P, masked(slope_B1P, mask_B1P).sum(dim=(1, 2))

    def reverse(self, x_B2P: Tensor, mask_B1P: Mask, context_BCP: Tensor) -> Tensor:
        """Undo `forward`."""
        kept_B1P, bent_B1P = x_B2P.chunk(2, dim=1)
        bent_B1P, _ = splines.inverse(bent_B1P, self._bend(kept_B1P, mask_B1P, context_BCP))
        return masked(torch.cat([kept_B1P, bent_B1P], dim=1), mask_B1P)


class Affine(nn.Module):
    """Scales and shifts each of the two channels."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(2, 1))
        self.log_scale = nn.Parameter(torch.zeros(2, 1))

    def forward(self, x_B2P: Tensor, mask_B1P: Mask) -> tuple[Tensor, Tensor]:
        """The moved pair and, per line, the log determinant."""
        moved_B2P = masked(self.mean + torch.exp(self.log_scale) * x_B2P, mask_B1P)
        slope_B2P = masked(self.log_scale.expand_as(x_B2P), mask_B1P)
        return moved_B2P, slope_B2P.sum(dim=(1, 2))

    def reverse(self, x_B2P: Tensor, mask_B1P: Mask) -> Tensor:
        """Undo `forward`."""
        return masked((x_B2P - self.mean) * torch.exp(-self.log_scale), mask_B1P)


class SplineFlow(nn.Module):
    """An affine step and four spline couplings, with the channels swapped after each coupling."""

    def __init__(self, channels: int, kernel: int, layers: int, couplings: int = 4) -> None:
        super().__init__()
        self.affine = Affine()
        self.couplings = nn.ModuleList(
            SplineCoupling(channels, kernel, layers) for _ in range(couplings)
        )

    def forward(self, x_B2P: Tensor, mask_B1P: Mask, context_BCP: Tensor) -> tuple[Tensor, Tensor]:
        """Durations -> noise, with the log determinant per line."""
        x_B2P, total_B = self.affine(x_B2P, mask_B1P)
        for coupling in self.couplings:
            x_B2P, slope_B = coupling(x_B2P, mask_B1P, context_BCP)
            x_B2P, total_B = x_B2P.flip(1), total_B + slope_B
        return x_B2P, total_B

    def reverse(self, x_B2P: Tensor, mask_B1P: Mask, context_BCP: Tensor) -> Tensor:
        """Noise -> durations.

        The first coupling is left out, as in every published network: voices were heard and judged
        that way, so it is part of how they speak.
        """
        for coupling in reversed(self.couplings[1:]):
            assert isinstance(coupling, SplineCoupling)
            x_B2P = coupling.reverse(x_B2P.flip(1), mask_B1P, context_BCP)
        return self.affine.reverse(x_B2P.flip(1), mask_B1P)


class StochasticDurations(nn.Module):
    """Draws durations: noise through the reversed flow, guided by the text (VITS, section 2.2.2).

    What only training needs (the posterior over the duration noise) lives in `training/`.
    """

    KERNEL = 3
    LAYERS = 3

    def __init__(self, channels: int, speaker_channels: int, dropout: float = 0.5) -> None:
        super().__init__()
        self.conv_in = nn.Conv1d(channels, channels, 1)
        self.condition = condition(speaker_channels, channels)
        self.convs = DilatedConvs(channels, self.KERNEL, self.LAYERS, dropout)
        self.conv_out = nn.Conv1d(channels, channels, 1)
        self.flow = SplineFlow(channels, self.KERNEL, self.LAYERS)

    def context(self, hidden_BCP: Tensor, mask_B1P: Mask, speaker_BG1: Tensor) -> Tensor:
        """What the flow knows of the text and the speaker."""
        x_BCP = conditioned(self.conv_in(hidden_BCP), self.condition, speaker_BG1)
        return masked(self.conv_out(self.convs(x_BCP, mask_B1P)), mask_B1P)

    def reverse(
        self, hidden_BCP: Tensor, mask_B1P: Mask, speaker_BG1: Tensor, noise_B2P: Tensor
    ) -> Tensor:
        """[B, 1, P] log durations for noise that is already scaled."""
        context_BCP = self.context(hidden_BCP, mask_B1P, speaker_BG1)
        return self.flow.reverse(noise_B2P, mask_B1P, context_BCP)[:, :1]
