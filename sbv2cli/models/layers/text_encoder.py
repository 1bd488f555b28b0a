"""Phones, tones, language, style and BERT features -> the prior of each phone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch import Tensor, nn

from sbv2cli.models.dims import STYLE_CHANNELS
from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.masks import Mask, masked
from sbv2cli.records import BERT_CHANNELS

if TYPE_CHECKING:
    from sbv2cli.models.dims import Dims


class TextEncoder(nn.Module):
    """Sum of embeddings, attention encoder, projection to mean and log scale.

    `bert` holds one projection per kind of BERT features that the network was trained with.
    A line has features in one slot; in the others it has zeros, whose projection is the bias.
    """

    def __init__(self, dims: Dims, slots: int) -> None:
        super().__init__()
        self.symbols = nn.Embedding(dims.inventory.phones, dims.hidden)
        self.tones = nn.Embedding(dims.inventory.tones, dims.hidden)
        self.languages = nn.Embedding(dims.inventory.languages, dims.hidden)
        for table in (self.symbols, self.tones, self.languages):
            nn.init.normal_(table.weight, 0.0, dims.hidden**-0.5)
        self.bert = nn.ModuleList(nn.Conv1d(BERT_CHANNELS, dims.hidden, 1) for _ in range(slots))
        self.style = nn.Linear(STYLE_CHANNELS, dims.hidden)
        self.encoder = AttentionEncoder(
            dims.hidden,
            dims.filter,
            dims.heads,
            dims.layers,
            dims.kernel,
            dims.speaker_channels,
            dims.dropout,
        )
        self.conv_out = nn.Conv1d(dims.hidden, 2 * dims.latent, 1)

    def embed(
        self,
        phones_BP: Tensor,
        tones_BP: Tensor,
        languages_BP: Tensor,
        style_BC: Tensor,
        bert_BCP: Tensor | None,
        bert_slot_B: Tensor,
    ) -> Tensor:
        """The sum of all that is known about each phone; `None` features are zeros."""
        sum_BPC = self.symbols(phones_BP) + self.tones(tones_BP) + self.languages(languages_BP)
        sum_BCP = sum_BPC.transpose(1, 2)
        for slot, projection in enumerate(self.bert):
            assert isinstance(projection, nn.Conv1d)
            assert projection.bias is not None
            if bert_BCP is None:
                sum_BCP = sum_BCP + projection.bias[:, None]
            else:
                here_B11 = (bert_slot_B == slot).to(bert_BCP.dtype)[:, None, None]
                sum_BCP = sum_BCP + projection(bert_BCP * here_B11)
        return sum_BCP + self.style(style_BC)[:, :, None]

    def forward(
        self, sum_BCP: Tensor, mask_B1P: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden states, means and log scales of the prior, all masked."""
        scaled_BCP = sum_BCP * math.sqrt(sum_BCP.shape[1])
        hidden_BCP = self.encoder(masked(scaled_BCP, mask_B1P), mask_B1P, speaker_BG1)
        means_BCP, log_scales_BCP = masked(self.conv_out(hidden_BCP), mask_B1P).chunk(2, dim=1)
        return hidden_BCP, means_BCP, log_scales_BCP
