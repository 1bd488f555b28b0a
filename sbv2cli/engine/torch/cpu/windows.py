"""Convolutions over rows [F, C] of a CPU, as products of windows of rows.

For few and wide channels the layout that oneDNN's convolution wants changes with the number of rows
to and fro; with the wrong one it takes a hundred times as long, a product never.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from sbv2cli.engine.torch.cpu import winograd
from sbv2cli.engine.torch.cpu.linear import CPU, GRID, Activation, linear

# By the taps of a kernel: where the polynomials of four rows are evaluated, beside infinity.
POINTS = {
    3: winograd.POINTS_OF_THREE,
    5: (*winograd.POINTS_OF_FOUR, -0.5),
}


class Windows:
    """Which rows a kernel sees, and room for them."""

    def __init__(self, conv: nn.Conv1d, dtype: torch.dtype) -> None:
        self.kernel = conv.kernel_size[0]
        # An even kernel sees one more on the right.
        self.before, self.after = (self.kernel - 1) // 2, self.kernel // 2
        self.channels, self.dtype = conv.in_channels, dtype

    def buffer(self, frames: int) -> Tensor:
        """Silence, in which as many rows can be written: those from `before` on."""
        rows = self.before + frames + self.after
        return torch.zeros(rows, self.channels, dtype=self.dtype)


class WindowedLinear(Windows):
    """One product of all that a kernel sees."""

    def __init__(
        self, conv: nn.Conv1d, dtype: torch.dtype, *, activation: Activation | None = None
    ) -> None:
        super().__init__(conv, dtype)
        weights = linear(conv.weight.permute(0, 2, 1).flatten(1), conv.bias, CPU, dtype)
        self.linear = replace(weights, activation=activation)

    def __call__(self, x_FC: Tensor) -> Tensor:
        """Rows with as many as `before` and `after` around them -> those rows."""
        rows, channels = x_FC.shape
        frames = rows - self.kernel + 1
        return self.linear(x_FC.as_strided((frames, self.kernel * channels), (channels, 1)))


class WinogradWindows(Windows):
    """Four rows as the values of a polynomial: with five taps eight products in the place of 20.

    In float32 only. The same mathematics as `winograd`, for few rows of many channels: combining
    is a product of its own, which counts little beside hundreds of channels.
    """

    def __init__(self, conv: nn.Conv1d, *, activation: Activation | None = None) -> None:
        super().__init__(conv, torch.float32)
        points = POINTS[self.kernel]
        taps = winograd.values(points, self.kernel)
        weight = conv.weight.detach().double()
        self.step = len(points) + 2 - self.kernel
        assert GRID % self.step == 0
        self.activation = activation
        self.bias = None if conv.bias is None else conv.bias.detach().clone()
        self.weights_VCO = torch.tensordot(taps, weight, ([1], [2])).mT.float().contiguous()
        self.combine_VV = winograd.combinations(points).float()
        self.interpolate_SV = winograd.powers(points, self.step).float()

    def __call__(self, x_FC: Tensor) -> Tensor:
        """As `WindowedLinear`, for a number of rows that is a multiple of four."""
        rows, channels = x_FC.shape
        frames = rows - self.kernel + 1
        steps, values = frames // self.step, len(self.combine_VV)
        seen = x_FC.as_strided((values, steps, channels), (channels, self.step * channels, 1))
        combined_VTC = torch.mm(self.combine_VV, seen.reshape(values, -1))
        products_VTO = torch.bmm(combined_VTC.view(values, steps, channels), self.weights_VCO)
        found = torch.mm(self.interpolate_SV, products_VTO.view(values, -1))
        y_FO = found.view(self.step, steps, -1).transpose(0, 1).reshape(frames, -1)
        if self.bias is not None:
            y_FO += self.bias
        return y_FO if self.activation is None else self.activation(y_FO)


def direct_or_winograd(
    conv: nn.Conv1d, dtype: torch.dtype, *, activation: Activation | None = None
) -> WindowedLinear | WinogradWindows:
    """The faster of the two; its rounding differs from the direct sum's by 1e-6 of the signal."""
    if dtype is torch.float32 and conv.kernel_size[0] in POINTS:
        return WinogradWindows(conv, activation=activation)
    return WindowedLinear(conv, dtype, activation=activation)
