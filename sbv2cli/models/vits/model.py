"""The wiring of VITS: plan (text, durations), then decode (residual flow).

Unlike the SBV2 networks it has one duration predictor, not two to be mixed; its text encoder knows
symbols and nothing else; and a voice of one speaker has no speaker table.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sbv2cli.models.architecture import AcousticModel, Batch, Plan, Spread, Text
from sbv2cli.models.dims import DURATION_CHANNELS
from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.durations import DurationPredictor, StochasticDurations
from sbv2cli.models.layers.flows import Coupling, Flow
from sbv2cli.models.layers.masks import Mask, length_mask, masked
from sbv2cli.models.layers.synthesizer import (
    COUPLINGS,
    DURATION_KERNEL,
    FLOW_KERNEL,
    WAVENET_LAYERS,
    Synthesizer,
    decode_prior,
    frame_counts,
)
from sbv2cli.models.layers.wavenet import WaveNet

if TYPE_CHECKING:
    from sbv2cli.models.dims import Dims


class SymbolEncoder(nn.Module):
    """Symbols -> the prior of each; the speaker is not heard here."""

    def __init__(self, dims: Dims) -> None:
        super().__init__()
        self.symbols = nn.Embedding(dims.inventory.phones, dims.hidden)
        nn.init.normal_(self.symbols.weight, 0.0, dims.hidden**-0.5)
        self.encoder = AttentionEncoder(
            dims.hidden, dims.filter, dims.heads, dims.layers, dims.kernel, 0, dims.dropout
        )
        self.conv_out = nn.Conv1d(dims.hidden, 2 * dims.latent, 1)

    def embed(self, symbols_BP: Tensor) -> Tensor:
        """[B, C, P]: what is known of each symbol."""
        rows_BPC: Tensor = self.symbols(symbols_BP)
        return rows_BPC.transpose(1, 2)

    def forward(
        self, symbols_BP: Tensor, mask_B1P: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden states, means and log scales of the prior, all masked."""
        x_BCP = self.embed(symbols_BP) * math.sqrt(self.symbols.embedding_dim)
        hidden_BCP = self.encoder(masked(x_BCP, mask_B1P), mask_B1P, speaker_BG1)
        means_BCP, log_scales_BCP = masked(self.conv_out(hidden_BCP), mask_B1P).chunk(2, dim=1)
        return hidden_BCP, means_BCP, log_scales_BCP


class Vits(AcousticModel):
    """Text to latent, for speaking; training wraps it and adds what only learning needs."""

    def __init__(self, dims: Dims, *, stochastic: bool) -> None:
        super().__init__()
        self.dims = dims
        self.inventory = dims.inventory
        self.channels = self.noise_channels = dims.latent
        self.speaker_channels = dims.speaker_channels
        self.text_encoder = SymbolEncoder(dims)
        self.durations: StochasticDurations | DurationPredictor = (
            StochasticDurations(dims.hidden, dims.speaker_channels)
            if stochastic
            else DurationPredictor(
                dims.hidden, DURATION_CHANNELS, DURATION_KERNEL, dims.speaker_channels
            )
        )
        self.flow = Flow(
            Coupling(
                dims.latent,
                dims.hidden,
                WaveNet(dims.hidden, FLOW_KERNEL, 1, WAVENET_LAYERS, dims.speaker_channels),
            )
            for _ in range(COUPLINGS)
        )
        self.speakers = (
            nn.Embedding(dims.inventory.speakers, dims.speaker_channels)
            if dims.speaker_channels
            else None
        )

    @property
    def stochastic_durations(self) -> StochasticDurations | None:
        """The predictor, where it is the one that draws."""
        return self.durations if isinstance(self.durations, StochasticDurations) else None

    def speaker(self, speakers_B: Tensor) -> Tensor:
        """[B, G, 1]: the speakers' vectors, without channels where there is no table."""
        if self.speakers is None:
            return self.text_encoder.symbols.weight.new_empty(len(speakers_B), 0, 1)
        rows_BG: Tensor = self.speakers(speakers_B)
        return rows_BG[:, :, None]

    def embedded(self, text: Text) -> Tensor:
        """[B, C, P]: what the attention encoder is given, before it is scaled."""
        return self.text_encoder.embed(text.phones_BP)

    def read(
        self, text: Text, mask_B1P: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden states, means and log scales of the prior."""
        found: tuple[Tensor, Tensor, Tensor] = self.text_encoder(
            text.phones_BP, mask_B1P, speaker_BG1
        )
        return found

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        """Text encoder and durations. Always in float32: a length must not depend on rounding."""
        speaker_BG1 = self.speaker(batch.speakers_B)
        mask_B1P = None
        if batch.lengths_B is not None:
            mask_B1P = length_mask(batch.lengths_B, batch.phones_BP.shape[1])
        hidden_BCP, means_BCP, log_scales_BCP = self.read(batch, mask_B1P, speaker_BG1)
        if isinstance(self.durations, StochasticDurations):
            log_B1P = self.durations.reverse(
                hidden_BCP, mask_B1P, speaker_BG1, noise_B2P * batch.noise_scale_w_B[:, None, None]
            )
        else:
            log_B1P = self.durations(hidden_BCP, mask_B1P, speaker_BG1)
        return Plan(
            frames_BP=frame_counts(log_B1P, mask_B1P, batch.length_scale_B),
            per_phone_BKP=torch.cat([means_BCP, log_scales_BCP], dim=1),
            speaker_BG1=speaker_BG1,
        )

    def decode(self, spread: Spread) -> Tensor:
        """A sample of the prior, through the reversed flow."""
        return decode_prior(self.flow, spread)


Latent = Synthesizer | Vits
"""The acoustic models whose frames are a latent that a flow makes from a prior."""
