"""Gated convolution stack (WaveNet without causality), conditioned on the speaker."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers.condition import condition
from sbv2cli.models.layers.masks import Mask, masked


class WaveNet(nn.Module):
    """[B, C, T] -> [B, C, T]; the input is expected to be silent in the padding."""

    def __init__(
        self,
        channels: int,
        kernel: int,
        dilation_rate: int,
        layers: int,
        speaker_channels: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.channels = channels
        self.condition = condition(speaker_channels, 2 * channels * layers)
        self.gates = nn.ModuleList(
            nn.Conv1d(
                channels,
                2 * channels,
                kernel,
                dilation=dilation_rate**index,
                padding=(kernel - 1) // 2 * dilation_rate**index,
            )
            for index in range(layers)
        )
        # The last layer has nothing after it to pass a residual to.
        self.residuals = nn.ModuleList(
            nn.Conv1d(channels, channels if index == layers - 1 else 2 * channels, 1)
            for index in range(layers)
        )

    def speaker_of_layers(self, speaker_BG1: Tensor) -> Sequence[Tensor | float]:
        """What the speaker adds to each layer's gates."""
        if self.condition is None:
            return [0.0] * len(self.gates)
        own: Sequence[Tensor] = self.condition(speaker_BG1).split(2 * self.channels, dim=1)
        return own

    def forward(self, x_BCT: Tensor, mask_B1T: Mask, speaker_BG1: Tensor) -> Tensor:
        total_BCT = torch.zeros_like(x_BCT)
        speakers = self.speaker_of_layers(speaker_BG1)
        for gate, residual, own in zip(self.gates, self.residuals, speakers, strict=True):
            gates_BCT = functional.dropout(gate(x_BCT), self.dropout, self.training)
            signal_BCT, valve_BCT = (gates_BCT + own).chunk(2, dim=1)
            step_BCT = residual(torch.tanh(signal_BCT) * torch.sigmoid(valve_BCT))
            if step_BCT.shape[1] == self.channels:
                return masked(total_BCT + step_BCT, mask_B1T)
            onward_BCT, skip_BCT = step_BCT.chunk(2, dim=1)
            x_BCT = masked(x_BCT + onward_BCT, mask_B1T)
            total_BCT = total_BCT + skip_BCT
        return masked(total_BCT, mask_B1T)
