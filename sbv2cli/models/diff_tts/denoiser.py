"""The noise in a noisy spectrogram, or its velocity: DiffWave's gated convolutions, undilated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers.masks import Mask, masked

if TYPE_CHECKING:
    from sbv2cli.models.diff_tts.dims import DiffTtsDims

KERNEL = 3
SINES = 64
LONGEST_PERIOD = 10_000


class StepEncoder(nn.Module):
    """The number of a step, from 1, as a vector."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Linear(2 * SINES, channels)
        self.second = nn.Linear(channels, channels)

    def forward(self, steps_B: Tensor) -> Tensor:
        x_BC = functional.silu(self.first(sinusoid(steps_B)))
        return functional.silu(self.second(x_BC))


def sinusoid(steps_B: Tensor) -> Tensor:
    """[B, 128]: sines, then cosines, of falling frequencies."""
    order = torch.arange(SINES, device=steps_B.device, dtype=torch.float32)
    falling = torch.exp(order * -(math.log(LONGEST_PERIOD) / (SINES - 1)))
    angles_BS = steps_B[:, None].float() * falling
    return torch.cat([angles_BS.sin(), angles_BS.cos()], dim=1)


class GatedLayer(nn.Module):
    """A convolution whose halves gate each other; half of the answer goes on, half is kept."""

    def __init__(self, width: int, hidden: int, step_channels: int) -> None:
        super().__init__()
        self.step = nn.Linear(step_channels, width)
        self.gates = nn.Conv1d(width, 2 * width, KERNEL, padding=KERNEL // 2)
        self.condition = nn.Conv1d(hidden, 2 * width, 1)
        self.conv_out = nn.Conv1d(width, 2 * width, 1)

    def forward(
        self, x_BCF: Tensor, condition_BCF: Tensor, step_BS: Tensor, mask_B1F: Mask
    ) -> tuple[Tensor, Tensor]:
        """`condition_BCF` is `condition` of the hidden states."""
        at_BC1 = self.step(step_BS)[:, :, None]
        gates_BCF = self.gates(masked(x_BCF + at_BC1, mask_B1F)) + condition_BCF
        gate_BCF, signal_BCF = gates_BCF.chunk(2, dim=1)
        out_BCF = self.conv_out(torch.sigmoid(gate_BCF) * torch.tanh(signal_BCF))
        onward_BCF, kept_BCF = out_BCF.chunk(2, dim=1)
        return (x_BCF + onward_BCF) / math.sqrt(2), kept_BCF


class Denoiser(nn.Module):
    """Spectrogram and hidden states of a step -> what is asked of it, see `schedule`."""

    def __init__(self, dims: DiffTtsDims) -> None:
        super().__init__()
        self.steps = StepEncoder(dims.step_channels)
        self.conv_in = nn.Conv1d(dims.bands, dims.width, 1)
        self.layers = nn.ModuleList(
            GatedLayer(dims.width, dims.channels, dims.step_channels) for _ in range(dims.layers)
        )
        self.skip = nn.Conv1d(dims.width, dims.width, 1)
        self.conv_out = nn.Conv1d(dims.width, dims.bands, 1)
        # A new network finds no noise.
        nn.init.zeros_(self.conv_out.weight)

    def conditions(self, hidden_BCF: Tensor) -> list[Tensor]:
        """What each layer is given of the text: the same in all steps, so computed once."""
        return [layer.condition(hidden_BCF) for layer in self.layers]  # type: ignore[operator]

    def forward(
        self, x_BMF: Tensor, steps_B: Tensor, conditions: Sequence[Tensor], mask_B1F: Mask
    ) -> Tensor:
        """[B, M, F]."""
        step_BS = self.steps(steps_B)
        x_BCF = functional.relu(self.conv_in(masked(x_BMF, mask_B1F)))
        total_BCF = torch.zeros_like(x_BCF)
        for layer, condition_BCF in zip(self.layers, conditions, strict=True):
            x_BCF, kept_BCF = layer(x_BCF, condition_BCF, step_BS, mask_B1F)
            total_BCF = total_BCF + kept_BCF
        total_BCF = functional.relu(self.skip(total_BCF / math.sqrt(len(self.layers))))
        return masked(self.conv_out(total_BCF), mask_B1F)
