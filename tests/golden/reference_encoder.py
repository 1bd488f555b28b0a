"""A recording's spectrogram -> speaker vector, for networks that have no table of speakers.

No published voice speaks this way; the block exists so that such weights can be read and trained.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (1, 32, 32, 64, 64, 128, 128)
GRU_WIDTH = 128

# Published name below `ref_enc.` -> ours.
NAMES = (("convs.{i}.*", "convs.{i}.*"), ("gru.*", "gru.*"), ("proj.*", "conv_out.*"))


class ReferenceEncoder(nn.Module):
    """Six halving convolutions over time and frequency, a GRU, its last state."""

    def __init__(self, bins: int, speaker_channels: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(left, right, 3, stride=2, padding=1) for left, right in pairwise(WIDTHS)
        )
        for _ in self.convs:
            bins = (bins - 1) // 2 + 1
        self.gru = nn.GRU(WIDTHS[-1] * bins, GRU_WIDTH, batch_first=True)
        self.conv_out = nn.Linear(GRU_WIDTH, speaker_channels)

    def forward(self, spectrogram_BCF: Tensor) -> Tensor:
        """[B, G]."""
        image = spectrogram_BCF.transpose(1, 2)[:, None]
        for conv in self.convs:
            image = functional.relu(conv(image))
        _, last = self.gru(image.transpose(1, 2).flatten(2))
        return self.conv_out(last[0])
