"""Symbols -> means of the frames that each becomes, and how long it lasts (Glow-TTS, section 3.2).

Grad-TTS took it over as it is. All norms have a larger epsilon than those of later networks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.durations import DurationPredictor
from sbv2cli.models.layers.masks import Mask, masked
from sbv2cli.models.layers.norm import ChannelNorm
from sbv2cli.models.weights import DETERMINISTIC_DURATIONS, ENCODER, Rows, under

EPSILON = 1e-4
PRENET_KERNEL, PRENET_LAYERS, PRENET_DROPOUT = 5, 3, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PrenetEncoderDims:
    """Sizes of a text encoder."""

    symbols: int
    channels: int  # of hidden states
    filter: int  # inner width of the attention encoder's MLP
    duration_filter: int
    kernel: int
    heads: int
    layers: int
    window: int | None  # of relative positions; `None`: none are known
    dropout: float
    bands: int  # channels of a frame
    prenet: bool = True
    mean_only: bool = True  # whether all frames have scale one
    speaker_channels: int = 0  # heard by the durations alone


class Prenet(nn.Module):
    """Convolutions before the attention encoder, added to what they are given."""

    def __init__(
        self,
        channels: int,
        kernel: int = PRENET_KERNEL,
        layers: int = PRENET_LAYERS,
        dropout: float = PRENET_DROPOUT,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.convs = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, padding=kernel // 2) for _ in range(layers)
        )
        self.norms = nn.ModuleList(ChannelNorm(channels, EPSILON) for _ in range(layers))
        self.conv_out = nn.Conv1d(channels, channels, 1)
        # A fresh one is the identity.
        nn.init.zeros_(self.conv_out.weight)
        assert self.conv_out.bias is not None
        nn.init.zeros_(self.conv_out.bias)

    def forward(self, x_BCP: Tensor, mask_B1P: Mask) -> Tensor:
        branch = x_BCP
        for conv, norm in zip(self.convs, self.norms, strict=True):
            branch = functional.relu(norm(conv(masked(branch, mask_B1P))))
            branch = functional.dropout(branch, self.dropout, self.training)
        return masked(x_BCP + self.conv_out(branch), mask_B1P)


class PrenetEncoder(nn.Module):
    """Embeddings, prenet, attention encoder; from its states the frames and their number."""

    def __init__(self, dims: PrenetEncoderDims) -> None:
        super().__init__()
        self.symbols = nn.Embedding(dims.symbols, dims.channels)
        nn.init.normal_(self.symbols.weight, 0.0, dims.channels**-0.5)
        self.prenet = Prenet(dims.channels) if dims.prenet else None
        self.encoder = AttentionEncoder(
            dims.channels,
            dims.filter,
            dims.heads,
            dims.layers,
            dims.kernel,
            0,
            dims.dropout,
            window=dims.window,
            epsilon=EPSILON,
        )
        self.means = nn.Conv1d(dims.channels, dims.bands, 1)
        self.log_scales = None if dims.mean_only else nn.Conv1d(dims.channels, dims.bands, 1)
        self.durations = DurationPredictor(
            dims.channels + dims.speaker_channels,
            dims.duration_filter,
            dims.kernel,
            0,
            dims.dropout,
            epsilon=EPSILON,
        )

    def forward(self, symbols_BP: Tensor, mask_B1P: Mask) -> tuple[Tensor, Tensor, Tensor | None]:
        """Hidden states, means of frames, log scales of frames where there are any; all masked."""
        x_BCP = self.symbols(symbols_BP).transpose(1, 2) * math.sqrt(self.symbols.embedding_dim)
        x_BCP = masked(x_BCP, mask_B1P)
        if self.prenet is not None:
            x_BCP = self.prenet(x_BCP, mask_B1P)
        hidden_BCP = self.encoder(x_BCP, mask_B1P, x_BCP.new_empty(len(x_BCP), 0, 1))
        scales_BMP = None
        if self.log_scales is not None:
            scales_BMP = masked(self.log_scales(hidden_BCP), mask_B1P)
        return hidden_BCP, masked(self.means(hidden_BCP), mask_B1P), scales_BMP

    def log_durations(self, hidden_BCP: Tensor, mask_B1P: Mask, speaker_BG1: Tensor) -> Tensor:
        """[B, 1, P]; the speaker, where there is one, stands beside the hidden states.

        Hidden states do not learn from durations.
        """
        x_BCP = hidden_BCP.detach()
        if speaker_BG1.shape[1]:
            x_BCP = torch.cat([x_BCP, speaker_BG1.expand(-1, -1, x_BCP.shape[2])], dim=1)
        log_B1P: Tensor = self.durations(x_BCP, mask_B1P, speaker_BG1)
        return log_B1P


PRENET: Rows = (
    ("conv_layers.{i}.*", "convs.{i}.*"),
    ("norm_layers.{i}.*", "norms.{i}.*"),
    ("proj.*", "conv_out.*"),
)


def names(prenet: str, durations: str) -> Rows:
    """Published names of its tensors, where a family calls prenet and durations so."""
    return (
        ("emb.weight", "symbols.weight"),
        *under(prenet, "prenet", PRENET),
        *under("encoder", "encoder", ENCODER),
        ("proj_m.*", "means.*"),
        ("proj_s.*", "log_scales.*"),
        *under(durations, "durations", DETERMINISTIC_DURATIONS),
    )
