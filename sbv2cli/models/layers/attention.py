"""Attention encoder with relative positions (Shaw et al. 2018), post-norm, convolutional MLP.

Text encoder and transformer flow are both made of it. Distances beyond the window, of four
positions in most networks, have no embedding of their own: only nine relative rows exist per layer.
A network without a window does not know how far away a position is.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers.masks import Mask, masked
from sbv2cli.models.layers.norm import EPSILON, ChannelNorm

WINDOW = 4

# The speaker enters before this layer, in every published network.
SPEAKER_LAYER = 2

# Not minus infinity: a row without any valid position must stay finite.
MASKED_SCORE = -1e4

# Scores of this many query rows at once: a line of minutes would otherwise need a matrix of
# frames x frames per head.
QUERY_ROWS = 2048


def banded_to_full(band_BHTR: Tensor, length: int, start: int) -> Tensor:
    """Put [.., T, 2w + 1] values for distances -w..w at their columns of [.., T, length].

    Row t belongs to query position start + t. Each row is one column further right than the one
    above it, so a row of T + 2w + 1 numbers read back in rows of T + 2w shifts them into place.
    """
    rows, band = band_BHTR.shape[-2:]
    window = band // 2
    sheared = functional.pad(band_BHTR, (0, rows)).flatten(-2)
    sheared = sheared[..., : rows * (rows + band - 1)].unflatten(-1, (rows, rows + band - 1))
    # Column c of `sheared` is key position start + c - w.
    return functional.pad(sheared, (start, length - start - rows))[..., window : window + length]


def full_to_banded(full_BHTL: Tensor, start: int, window: int) -> Tensor:
    """The reverse: the entries around the diagonal of each row, zero beyond the edges."""
    rows, band = full_BHTL.shape[-2], 2 * window + 1
    padded = functional.pad(full_BHTL, (window, window))[..., start : start + rows + band - 1]
    sheared = functional.pad(padded.flatten(-2), (0, rows))
    return sheared.unflatten(-1, (rows, rows + band))[..., :band]


class RelativeAttention(nn.Module):
    """Multi-head attention; keys and values know how far away they are, up to the window."""

    def __init__(
        self, channels: int, heads: int, dropout: float = 0.0, window: int | None = WINDOW
    ) -> None:
        super().__init__()
        self.heads = heads
        self.window = window
        self.dropout = dropout
        size = channels // heads
        self.query = nn.Conv1d(channels, channels, 1)
        self.key = nn.Conv1d(channels, channels, 1)
        self.value = nn.Conv1d(channels, channels, 1)
        self.output = nn.Conv1d(channels, channels, 1)
        self.relative_keys = self.relative_values = None
        if window is not None:
            self.relative_keys = _relative_rows(window, size)
            self.relative_values = _relative_rows(window, size)
        for projection in (self.query, self.key, self.value):
            nn.init.xavier_uniform_(projection.weight)

    def forward(self, x_BCT: Tensor, mask_B1T: Mask) -> Tensor:
        size = x_BCT.shape[1] // self.heads
        query_BHTD, key_BHTD, value_BHTD = (
            projection(x_BCT).unflatten(1, (self.heads, size)).transpose(2, 3)
            for projection in (self.query, self.key, self.value)
        )
        query_BHTD = query_BHTD / math.sqrt(size)
        length = x_BCT.shape[2]
        mixed = [
            self._attend(
                query_BHTD[:, :, start : start + QUERY_ROWS], start, key_BHTD, value_BHTD, mask_B1T
            )
            for start in range(0, length, QUERY_ROWS)
        ]
        mixed_BHTD = mixed[0] if len(mixed) == 1 else torch.cat(mixed, dim=2)
        return self.output(mixed_BHTD.transpose(2, 3).flatten(1, 2))

    def _attend(
        self, query_BHQD: Tensor, start: int, key_BHTD: Tensor, value_BHTD: Tensor, mask_B1T: Mask
    ) -> Tensor:
        length = key_BHTD.shape[2]
        score_BHQT = query_BHQD @ key_BHTD.transpose(2, 3)
        if self.relative_keys is not None:
            near_BHQR = query_BHQD @ self.relative_keys[0].T
            score_BHQT = score_BHQT + banded_to_full(near_BHQR, length, start)
        if mask_B1T is not None:
            rows_BQ = mask_B1T[:, 0, start : start + query_BHQD.shape[2]]
            valid_B1QT = (rows_BQ[:, :, None] * mask_B1T)[:, None]
            score_BHQT = score_BHQT.masked_fill(valid_B1QT == 0, MASKED_SCORE)
        weight_BHQT = functional.softmax(score_BHQT, dim=-1)
        weight_BHQT = functional.dropout(weight_BHQT, self.dropout, self.training)
        mixed_BHQD = weight_BHQT @ value_BHTD
        if self.window is None or self.relative_values is None:
            return mixed_BHQD
        return (
            mixed_BHQD + full_to_banded(weight_BHQT, start, self.window) @ self.relative_values[0]
        )


def _relative_rows(window: int, size: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(1, 2 * window + 1, size) * size**-0.5)


class FeedForward(nn.Module):
    """Two convolutions of the same length as their input; even kernels pad more on the right."""

    def __init__(self, channels: int, inner: int, kernel: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.padding = ((kernel - 1) // 2, kernel // 2)
        self.dropout = dropout
        self.first = nn.Conv1d(channels, inner, kernel)
        self.second = nn.Conv1d(inner, channels, kernel)

    def forward(self, x_BCT: Tensor, mask_B1T: Mask) -> Tensor:
        x_BCT = functional.relu(self.first(functional.pad(masked(x_BCT, mask_B1T), self.padding)))
        x_BCT = functional.dropout(x_BCT, self.dropout, self.training)
        x_BCT = self.second(functional.pad(masked(x_BCT, mask_B1T), self.padding))
        return masked(x_BCT, mask_B1T)


class EncoderLayer(nn.Module):
    """Attention and MLP, each added to its input and then normalised."""

    def __init__(
        self,
        channels: int,
        inner: int,
        heads: int,
        kernel: int,
        dropout: float = 0.0,
        *,
        window: int | None = WINDOW,
        epsilon: float = EPSILON,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.attention = RelativeAttention(channels, heads, dropout, window)
        self.attention_norm = ChannelNorm(channels, epsilon)
        self.feed_forward = FeedForward(channels, inner, kernel, dropout)
        self.feed_forward_norm = ChannelNorm(channels, epsilon)

    def forward(self, x_BCT: Tensor, mask_B1T: Mask) -> Tensor:
        branch = functional.dropout(self.attention(x_BCT, mask_B1T), self.dropout, self.training)
        x_BCT = self.attention_norm(x_BCT + branch)
        branch = functional.dropout(self.feed_forward(x_BCT, mask_B1T), self.dropout, self.training)
        return self.feed_forward_norm(x_BCT + branch)


class AttentionEncoder(nn.Module):
    """A stack of layers; the speaker vector, where there is one, is added before the third."""

    def __init__(
        self,
        channels: int,
        inner: int,
        heads: int,
        layers: int,
        kernel: int,
        speaker_channels: int,
        dropout: float = 0.0,
        *,
        window: int | None = WINDOW,
        epsilon: float = EPSILON,
    ) -> None:
        super().__init__()
        self.speaker = nn.Linear(speaker_channels, channels) if speaker_channels else None
        self.layers = nn.ModuleList(
            EncoderLayer(channels, inner, heads, kernel, dropout, window=window, epsilon=epsilon)
            for _ in range(layers)
        )

    def forward(self, x_BCT: Tensor, mask_B1T: Mask, speaker_BG1: Tensor) -> Tensor:
        x_BCT = masked(x_BCT, mask_B1T)
        for index, layer in enumerate(self.layers):
            if index == SPEAKER_LAYER and self.speaker is not None:
                speaker_BC1 = self.speaker(speaker_BG1.transpose(1, 2)).transpose(1, 2)
                x_BCT = masked(x_BCT + speaker_BC1, mask_B1T)
            x_BCT = layer(x_BCT, mask_B1T)
        return masked(x_BCT, mask_B1T)
