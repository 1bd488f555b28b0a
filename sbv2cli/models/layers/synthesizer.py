"""The wiring that the SBV2 networks share: plan (text, durations), then render (flow, decoder).

All noise comes in as arguments. `plan` tells exact frame counts before the expensive half, so
that lines can be grouped anew by what they really cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sbv2cli.models.dims import DURATION_CHANNELS
from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.durations import DurationPredictor, StochasticDurations
from sbv2cli.models.layers.flows import Coupling, Flow
from sbv2cli.models.layers.masks import Mask, length_mask
from sbv2cli.models.layers.text_encoder import TextEncoder
from sbv2cli.models.layers.wavenet import WaveNet
from sbv2cli.models.vocoder.hifigan.model import Decoder

if TYPE_CHECKING:
    from sbv2cli.models.dims import Dims

COUPLINGS = 4
FLOW_KERNEL = 5
WAVENET_LAYERS = 4
DURATION_KERNEL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a text encoder is given."""

    phones_BP: Tensor
    tones_BP: Tensor
    languages_BP: Tensor
    style_BC: Tensor
    bert_BCP: Tensor | None  # `None`: zeros
    bert_slot_B: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Text):
    """Lines side by side, padded to the longest; what the engine makes of utterances."""

    lengths_B: Tensor | None  # phones per line; `None` where all are as long as the batch
    speakers_B: Tensor
    length_scale_B: Tensor
    sdp_ratio_B: Tensor
    noise_scale_w_B: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `plan` found out: how long each phone lasts, and the prior it is spoken from."""

    frames_BP: Tensor  # whole numbers as floats; zero in the padding
    means_BCP: Tensor
    log_scales_BCP: Tensor
    speaker_BG1: Tensor


class Synthesizer(nn.Module):
    """An SBV2 network for speaking; training wraps it and adds what only learning needs."""

    def __init__(self, dims: Dims, *, bert_slots: int) -> None:
        super().__init__()
        self.dims = dims
        self.text_encoder = TextEncoder(dims, bert_slots)
        self.durations = DurationPredictor(
            dims.hidden, DURATION_CHANNELS, DURATION_KERNEL, dims.speaker_channels
        )
        self.stochastic_durations = StochasticDurations(dims.hidden, dims.speaker_channels)
        self.flow = Flow(
            Coupling(dims.latent, dims.hidden, _coupling_network(dims)) for _ in range(COUPLINGS)
        )
        self.decoder = Decoder(dims)
        self.speakers = nn.Embedding(dims.speakers, dims.speaker_channels)

    def speaker(self, speakers_B: Tensor) -> Tensor:
        """[B, G, 1]: the speakers' vectors."""
        rows_BG: Tensor = self.speakers(speakers_B)
        return rows_BG[:, :, None]

    def read(
        self, text: Text, mask_B1P: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden states, means and log scales of the prior."""
        sum_BCP = self.text_encoder.embed(
            text.phones_BP,
            text.tones_BP,
            text.languages_BP,
            text.style_BC,
            text.bert_BCP,
            text.bert_slot_B,
        )
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
            means_BCP=means_BCP,
            log_scales_BCP=log_scales_BCP,
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

    def latents(self, prior_BCF: Tensor, lengths_B: Tensor | None, speaker_BG1: Tensor) -> Tensor:
        """The reversed flow: a sample of the prior -> what the decoder speaks."""
        mask_B1F = None
        if lengths_B is not None:
            mask_B1F = length_mask(lengths_B, prior_BCF.shape[2], prior_BCF.dtype)
        return self.flow.reverse(prior_BCF, mask_B1F, speaker_BG1)

    def render(self, prior_BCF: Tensor, lengths_B: Tensor | None, speaker_BG1: Tensor) -> Tensor:
        """Flow and decoder: [B, S] samples, zero beyond each line's end."""
        latent_BCF = self.latents(prior_BCF, lengths_B, speaker_BG1)
        return self.decoder(latent_BCF, lengths_B, speaker_BG1)[:, 0]


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
