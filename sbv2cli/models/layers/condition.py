"""What the speaker adds to a signal: one vector per line, the same at every place.

A network without a speaker table has no such layers, and its speaker vectors have no channels.
"""

from __future__ import annotations

from torch import Tensor, nn


def condition(speaker_channels: int, channels: int) -> nn.Conv1d | None:
    """The layer from speaker vectors to a signal; nothing where there are no speakers."""
    return nn.Conv1d(speaker_channels, channels, 1) if speaker_channels else None


def conditioned(x_BCT: Tensor, layer: nn.Conv1d | None, speaker_BG1: Tensor) -> Tensor:
    """The signal as this speaker has it."""
    return x_BCT if layer is None else x_BCT + layer(speaker_BG1)
