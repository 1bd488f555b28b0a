"""The wiring of Glow-TTS: plan (text, durations), then decode (a sample through the flow)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.architecture import AcousticModel, Batch, Plan, Spread
from sbv2cli.models.glow_tts.dims import GlowDims
from sbv2cli.models.glow_tts.flow import GlowFlow
from sbv2cli.models.layers.masks import Mask, length_mask, masked
from sbv2cli.models.layers.prenet_encoder import PrenetEncoder

# Of the length of a speaker's vector, which is divided by it.
LEAST_LENGTH = 1e-12


class GlowTts(AcousticModel):
    """Text to mel spectrograms, for speaking; training adds nothing."""

    def __init__(self, dims: GlowDims) -> None:
        super().__init__()
        self.dims = dims
        self.inventory = dims.inventory
        self.channels = self.noise_channels = dims.bands
        self.speaker_channels = 0  # a vocoder of spectrograms hears none
        self.frame_multiple = dims.squeeze
        self.text_encoder = PrenetEncoder(dims.encoder)
        self.flow = GlowFlow(dims)
        self.speakers = None
        if dims.speaker_channels:
            self.speakers = nn.Embedding(dims.inventory.speakers, dims.speaker_channels)
            nn.init.uniform_(self.speakers.weight, -0.1, 0.1)

    def speaker(self, speakers_B: Tensor) -> Tensor:
        """[B, G, 1]: speakers' vectors of length one; without channels where there is no table."""
        if self.speakers is None:
            return self.text_encoder.symbols.weight.new_empty(len(speakers_B), 0, 1)
        rows_BG: Tensor = self.speakers(speakers_B)
        return functional.normalize(rows_BG, dim=1, eps=LEAST_LENGTH)[:, :, None]

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        """Text encoder and durations, which nothing is drawn for."""
        del noise_B2P
        phones, speaker_BG1 = batch.phones_BP.shape[1], self.speaker(batch.speakers_B)
        mask_B1P = None if batch.lengths_B is None else length_mask(batch.lengths_B, phones)
        hidden_BCP, means_BMP, log_scales_BMP = self.text_encoder(batch.phones_BP, mask_B1P)
        log_B1P = self.text_encoder.log_durations(hidden_BCP, mask_B1P, speaker_BG1)
        frames_BP = self.frame_counts(log_B1P, mask_B1P, batch.length_scale_B)
        values = [means_BMP] if log_scales_BMP is None else [means_BMP, log_scales_BMP]
        return Plan(
            frames_BP=whole_frames(frames_BP, batch.lengths_B, self.dims.squeeze),
            per_phone_BKP=torch.cat(values, dim=1),
            speaker_BG1=speaker_BG1,
        )

    def frame_counts(self, log_B1P: Tensor, mask_B1P: Mask, length_scale_B: Tensor) -> Tensor:
        """[B, P] frames as the durations have them, before the line's end is cut."""
        lasts_B1P = torch.exp(log_B1P)
        if self.dims.durations == "log1p":
            lasts_B1P = lasts_B1P - 1
        counts_B1P = torch.ceil(masked(lasts_B1P, mask_B1P) * length_scale_B[:, None, None])
        if self.dims.durations == "log1p":
            counts_B1P = masked(counts_B1P.clamp_min(1), mask_B1P)
        return counts_B1P[:, 0]

    def latent(self, spread: Spread) -> tuple[Tensor, Mask]:
        """A sample around the means, and which frames of it are real."""
        means_BMF = spread.values_BKF[:, : self.channels]
        noise_BMF = spread.noise_BNF * spread.noise_scale_B[:, None, None]
        if not self.dims.encoder.mean_only:
            noise_BMF = noise_BMF * torch.exp(spread.values_BKF[:, self.channels :])
        mask_B1F = None
        if spread.lengths_B is not None:
            mask_B1F = length_mask(spread.lengths_B, means_BMF.shape[2], means_BMF.dtype)
        return masked(means_BMF + noise_BMF, mask_B1F), mask_B1F

    def decode(self, spread: Spread) -> Tensor:
        """A sample through the reversed flow: a mel spectrogram."""
        z_BMF, mask_B1F = self.latent(spread)
        return self.flow.reverse(z_BMF, mask_B1F, spread.speaker_BG1)


def whole_frames(frames_BP: Tensor, lengths_B: Tensor | None, multiple: int) -> Tensor:
    """Frames of each phone where a line has as many as `multiple` divides, at least one times.

    What is too much is lost at the line's end, as in every published network.
    """
    ends_BP = frames_BP.cumsum(dim=1)
    kept_B1 = torch.floor(ends_BP[:, -1:] / multiple).clamp_min(1) * multiple
    ends_BP = ends_BP.minimum(kept_B1)
    # A line that is too short goes on with its last phone.
    phones = frames_BP.shape[1]
    last_B = (
        lengths_B - 1 if lengths_B is not None else frames_BP.new_full((len(ends_BP),), phones - 1)
    )
    beyond_BP = torch.arange(phones, device=frames_BP.device) >= last_B[:, None]
    ends_BP = torch.where(beyond_BP, kept_B1, ends_BP)
    return ends_BP.diff(dim=1, prepend=ends_BP.new_zeros(len(ends_BP), 1))
