"""Symbols -> hidden states: dilated convolutions, then a memory that runs along the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers.masks import Mask, masked
from sbv2cli.models.layers.norm import ChannelNorm

if TYPE_CHECKING:
    from sbv2cli.models.diff_tts.dims import DiffTtsDims

CONVS = 2  # of a block


class ResidualBlock(nn.Module):
    """Two convolutions, each with a norm behind it, added to what they are given."""

    def __init__(self, channels: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.convs = nn.ModuleList(
            nn.Conv1d(
                channels, channels, kernel, dilation=dilation, padding=(kernel - 1) // 2 * dilation
            )
            for _ in range(CONVS)
        )
        self.norms = nn.ModuleList(ChannelNorm(channels) for _ in range(CONVS))

    def forward(self, x_BCP: Tensor, mask_B1P: Mask) -> Tensor:
        branch = x_BCP
        for conv, norm in zip(self.convs, self.norms, strict=True):
            branch = norm(functional.relu(conv(masked(branch, mask_B1P))))
        branch = functional.dropout(branch, self.dropout, self.training)
        return masked(x_BCP + branch, mask_B1P)


class TextEncoder(nn.Module):
    """Its memory runs one way: what is padded behind a line is never heard in it."""

    def __init__(self, dims: DiffTtsDims) -> None:
        super().__init__()
        self.symbols = nn.Embedding(dims.inventory.phones, dims.channels)
        nn.init.normal_(self.symbols.weight, 0.0, dims.channels**-0.5)
        self.prenet = nn.Linear(dims.channels, dims.channels)
        self.blocks = nn.ModuleList(
            ResidualBlock(
                dims.channels,
                dims.kernel,
                dims.dilations[index % len(dims.dilations)],
                dims.dropout,
            )
            for index in range(dims.blocks)
        )
        self.memory = nn.LSTM(dims.channels, dims.channels, batch_first=True)

    def forward(self, phones_BP: Tensor, mask_B1P: Mask) -> Tensor:
        """[B, C, P]."""
        x_BPC = functional.relu(self.prenet(self.symbols(phones_BP)))
        x_BCP = masked(x_BPC.transpose(1, 2), mask_B1P)
        for block in self.blocks:
            x_BCP = block(x_BCP, mask_B1P)
        remembered_BPC, _ = self.memory(x_BCP.transpose(1, 2))
        return masked(remembered_BPC.transpose(1, 2), mask_B1P)
