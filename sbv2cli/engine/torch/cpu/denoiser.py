"""The denoiser of Diff-TTS for one line on a CPU: the same mathematics on packed weights.

Knows the network of `models/diff_tts`, which is the reference for what is computed here. Rows are
frames, [F, C]. What adds up is kept in float32, what convolutions read in the precision of their
products.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.engine.torch.cpu import convolution
from sbv2cli.engine.torch.cpu.flow import rows_of
from sbv2cli.engine.torch.cpu.linear import Linear, can_reorder, on_grid
from sbv2cli.engine.torch.cpu.windows import WindowedLinear
from sbv2cli.models.diff_tts.denoiser import Denoiser, GatedLayer

if TYPE_CHECKING:
    from sbv2cli.models.architecture import AcousticModel
    from sbv2cli.models.diff_tts.model import DiffTts
    from sbv2cli.models.layers.masks import Mask


def pack(acoustic: DiffTts, dtype: torch.dtype) -> AcousticModel | None:
    """The same acoustic model for one line at a time; nothing where that gains nothing.

    In float32 packed products are no faster than torch's own convolutions of so many frames
    (`python -m tools.bench_mel_voices`).
    """
    if dtype == torch.float32 or not can_reorder(dtype) or not convolution.can_pack(dtype):
        return None
    packed = PackedDenoiser(acoustic.denoiser, dtype)
    acoustic.denoiser = packed  # type: ignore[assignment] # the same calls
    return acoustic


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedLayer:
    """A gated convolution."""

    step: nn.Linear
    gates: WindowedLinear
    condition: Linear
    conv_out: Linear


class PackedDenoiser(nn.Module):
    """In the place of a `Denoiser`; of one line, whose conditions are its own."""

    def __init__(self, plain: Denoiser, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype, self.width = dtype, plain.conv_in.out_channels
        self.steps = plain.steps
        self.conv_in, self.skip, self.conv_out = (
            rows_of(conv, dtype) for conv in (plain.conv_in, plain.skip, plain.conv_out)
        )
        self.layers = [
            PackedLayer(
                step=layer.step,
                gates=WindowedLinear(layer.gates, dtype),
                condition=rows_of(layer.condition, dtype),
                conv_out=rows_of(layer.conv_out, dtype),
            )
            for layer in plain.layers
            if isinstance(layer, GatedLayer)
        ]

    def conditions(self, hidden_1CF: Tensor) -> list[Tensor]:
        """See `Denoiser.conditions`; rows [F, C], on the grid."""
        real = hidden_1CF.shape[2]
        hidden_FC = functional.pad(hidden_1CF[0], (0, on_grid(real) - real)).T
        return [layer.condition(hidden_FC) for layer in self.layers]

    def forward(
        self, x_1MF: Tensor, steps_1: Tensor, conditions: Sequence[Tensor], mask_11F: Mask
    ) -> Tensor:
        """See `Denoiser.forward`."""
        assert mask_11F is None
        real = x_1MF.shape[2]
        # Rows from `real` on fill the grid and are never read.
        x_MF = functional.pad(x_1MF[0], (0, on_grid(real) - real))
        x_FC = self.conv_in(x_MF.T).float().relu_()
        step_1S = self.steps(steps_1)
        gates = self.layers[0].gates
        buffer_TC = gates.buffer(len(x_FC))
        read_FC = buffer_TC[gates.before :][:real]
        total_FC = torch.zeros_like(x_FC)
        for layer, condition_FC in zip(self.layers, conditions, strict=True):
            read_FC.copy_((x_FC + layer.step(step_1S))[:real])
            valve_FC, signal_FC = (layer.gates(buffer_TC).float() + condition_FC).chunk(2, dim=1)
            out_FC = layer.conv_out(torch.sigmoid(valve_FC) * torch.tanh(signal_FC)).float()
            x_FC = (x_FC + out_FC[:, : self.width]) / math.sqrt(2)
            total_FC += out_FC[:, self.width :]
        total_FC = self.skip(total_FC / math.sqrt(len(self.layers))).float().relu_()
        return self.conv_out(total_FC[:real]).float().T[None]
