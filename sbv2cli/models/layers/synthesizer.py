"""The wiring that the SBV2 networks share: plan (text, durations), then decode (flow).

All noise comes in as arguments. `plan` tells exact frame counts before the expensive half, so
that lines can be grouped anew by what they really cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sbv2cli.models.architecture import AcousticModel, Batch, Plan, Spread, Text
from sbv2cli.models.dims import DURATION_CHANNELS
from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.durations import DurationPredictor, StochasticDurations
from sbv2cli.models.layers.flows import Coupling, Flow
from sbv2cli.models.layers.masks import Mask, length_mask
from sbv2cli.models.layers.text_encoder import TextEncoder
from sbv2cli.models.layers.wavenet import WaveNet

if TYPE_CHECKING:
    from sbv2cli.models.dims import Dims

COUPLINGS = 4
FLOW_KERNEL = 5
WAVENET_LAYERS = 4
DURATION_KERNEL = 3


class Synthesizer(AcousticModel):
    """Text to latent, for speaking; training wraps it and adds what only learning needs."""

    def __init__(self, dims: Dims, *, bert_slots: int) -> None:
        super().__init__()
        self.dims = dims
        self.inventory = dims.inventory
        self.channels = self.noise_channels = dims.latent
        self.speaker_channels = dims.speaker_channels
        self.text_encoder = TextEncoder(dims, bert_slots)
        self.durations = DurationPredictor(
            dims.hidden, DURATION_CHANNELS, DURATION_KERNEL, dims.speaker_channels
        )
        self.stochastic_durations = StochasticDurations(dims.hidden, dims.speaker_channels)
        self.flow = Flow(
            Coupling(dims.latent, dims.hidden, _coupling_network(dims)) for _ in range(COUPLINGS)
        )
        self.speakers = nn.Embedding(dims.inventory.speakers, dims.speaker_channels)

    def speaker(self, speakers_B: Tensor) -> Tensor:
        """[B, G, 1]: the speakers' vectors."""
        rows_BG: Tensor = self.speakers(speakers_B)
        return rows_BG[:, :, None]

    def embedded(self, text: Text) -> Tensor:
        """[B, C, P]: what the attention encoder is given, before it is scaled."""
        return self.text_encoder.embed(
            text.phones_BP,
            text.tones_BP,
            text.languages_BP,
            text.style_BC,
            text.bert_BCP,
            text.bert_slot_B,
        )

    def read(
        self, text: Text, mask_B1P: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden states, means and log scales of the prior."""
        sum_BCP = self.embedded(text)
        found: tuple[Tensor, Tensor, Tensor] = self.text_encoder(sum_BCP, mask_B1P, speaker_BG1)
        return found

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        """Text encoder and durations. Always in float32: a length must not depend on rounding."""
        speaker_BG1 = self.speaker(batch.speakers_B)
        mask_B1P = None
        if batch.lengths_B is not None:
            mask_B1P = length_mask(batch.lengths_B, batch.phones_BP.shape[1])
        hidden_BCP, means_BCP, log_scales_BCP = self.read(batch, mask_B1P, speaker_BG1)
        log_B1P = self.log_durations(batch, hidden_BCP, mask_B1P, speaker_BG1, noise_B2P)
        return Plan(
            frames_BP=frame_counts(log_B1P, mask_B1P, batch.length_scale_B),
            per_phone_BKP=torch.cat([means_BCP, log_scales_BCP], dim=1),
            speaker_BG1=speaker_BG1,
        )

    def log_durations(
        self,
        batch: Batch,
        hidden_BCP: Tensor,
        mask_B1P: Mask,
        speaker_BG1: Tensor,
        noise_B2P: Tensor,
    ) -> Tensor:
        """Each line's mixture of the two predictors."""
        ratio_B11 = batch.sdp_ratio_B[:, None, None]
        fixed_B1P = self.durations(hidden_BCP, mask_B1P, speaker_BG1)
        drawn_B1P = self.stochastic_durations.reverse(
            hidden_BCP, mask_B1P, speaker_BG1, noise_B2P * batch.noise_scale_w_B[:, None, None]
        )
        return ratio_B11 * drawn_B1P + (1 - ratio_B11) * fixed_B1P

    def decode(self, spread: Spread) -> Tensor:
        """A sample of the prior, through the reversed flow."""
        return decode_prior(self.flow, spread)


def frame_counts(log_B1P: Tensor, mask_B1P: Mask, length_scale_B: Tensor) -> Tensor:
    """[B, P] whole frames: every real phone lasts at least one."""
    frames_B1P = torch.exp(log_B1P)
    if mask_B1P is not None:
        frames_B1P = frames_B1P * mask_B1P
    return torch.ceil(frames_B1P * length_scale_B[:, None, None])[:, 0]


def sample_prior(
    means_BCF: Tensor, log_scales_BCF: Tensor, noise_BCF: Tensor, noise_scale_B: Tensor
) -> Tensor:
    """Means and scales, already spread over frames, with noise of the given strength."""
    return means_BCF + noise_BCF * torch.exp(log_scales_BCF) * noise_scale_B[:, None, None]


def decode_prior(flow: Flow, spread: Spread) -> Tensor:
    """A sample of the prior, through the reversed flow: what a vocoder speaks."""
    prior_BCF, mask_B1F = prior_of(spread), None
    if spread.lengths_B is not None:
        mask_B1F = length_mask(spread.lengths_B, prior_BCF.shape[2], prior_BCF.dtype)
    return flow.reverse(prior_BCF, mask_B1F, spread.speaker_BG1)


def prior_of(spread: Spread) -> Tensor:
    """[B, C, F]: means and log scales, one above the other, with the line's noise."""
    means_BCF, log_scales_BCF = spread.values_BKF.chunk(2, dim=1)
    return sample_prior(means_BCF, log_scales_BCF, spread.noise_BNF, spread.noise_scale_B)


def _coupling_network(dims: Dims) -> nn.Module:
    if dims.transformer_flow:
        return AttentionEncoder(
            dims.hidden,
            dims.filter,
            dims.heads,
            dims.flow_layers,
            FLOW_KERNEL,
            dims.speaker_channels,
            dims.dropout,
        )
    return WaveNet(dims.hidden, FLOW_KERNEL, 1, WAVENET_LAYERS, dims.speaker_channels)
