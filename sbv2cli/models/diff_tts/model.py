"""The network of Diff-TTS: durations and hidden states of a text, frames by denoising."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sbv2cli.models.architecture import AcousticModel, Batch, Plan, Spread
from sbv2cli.models.diff_tts import schedule
from sbv2cli.models.diff_tts.denoiser import Denoiser
from sbv2cli.models.diff_tts.dims import DiffTtsDims
from sbv2cli.models.diff_tts.encoder import TextEncoder
from sbv2cli.models.diff_tts.schedule import Leap
from sbv2cli.models.layers.durations import DurationPredictor
from sbv2cli.models.layers.masks import Mask, length_mask, masked
from sbv2cli.models.layers.synthesizer import frame_counts


class DiffTts(AcousticModel):
    """Text to mel spectrogram."""

    def __init__(self, dims: DiffTtsDims) -> None:
        super().__init__()
        self.dims = dims
        self.inventory = dims.inventory
        self.channels = self.noise_channels = dims.bands
        self.speaker_channels = 0  # a speaker is heard in the hidden states
        self.bytes_per_frame = _bytes_per_frame(dims)
        self.left = schedule.powers(dims.steps, dims.beta_min, dims.beta_max)
        self.text_encoder = TextEncoder(dims)
        self.durations = DurationPredictor(
            dims.channels, dims.duration_filter, dims.duration_kernel, 0, dims.dropout
        )
        self.denoiser = Denoiser(dims)
        self.speakers: nn.Embedding | None = None
        if dims.inventory.speakers > 1:
            self.speakers = nn.Embedding(dims.inventory.speakers, dims.channels)
            nn.init.normal_(self.speakers.weight, 0.0, dims.channels**-0.5)

    def read(self, phones_BP: Tensor, mask_B1P: Mask, speakers_B: Tensor) -> Tensor:
        """[B, C, P]: hidden states, as this speaker has them."""
        hidden_BCP: Tensor = self.text_encoder(phones_BP, mask_B1P)
        if self.speakers is None:
            return hidden_BCP
        return masked(hidden_BCP + self.speakers(speakers_B)[:, :, None], mask_B1P)

    def log_durations(self, hidden_BCP: Tensor, mask_B1P: Mask) -> Tensor:
        """[B, 1, P]; hidden states do not learn from durations."""
        log_B1P: Tensor = self.durations(hidden_BCP.detach(), mask_B1P, hidden_BCP[:, :0, :1])
        return log_B1P

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:  # noqa: ARG002
        """Text encoder and durations."""
        mask_B1P = None
        if batch.lengths_B is not None:
            mask_B1P = length_mask(batch.lengths_B, batch.phones_BP.shape[1])
        hidden_BCP = self.read(batch.phones_BP, mask_B1P, batch.speakers_B)
        log_B1P = self.log_durations(hidden_BCP, mask_B1P)
        return Plan(
            frames_BP=frame_counts(log_B1P, mask_B1P, batch.length_scale_B),
            per_phone_BKP=hidden_BCP,
            speaker_BG1=hidden_BCP.new_empty(len(hidden_BCP), 0, 1),
        )

    def decode(self, spread: Spread) -> Tensor:
        """From noise to a spectrogram, over as many steps as are asked for."""
        return self.walk(spread, schedule.taus_of(self.dims.steps, spread.steps))

    def walk(self, spread: Spread, taus: list[int]) -> Tensor:
        """From noise to a spectrogram, over these steps, the largest first."""
        mask_B1F = None
        if spread.lengths_B is not None:
            mask_B1F = length_mask(spread.lengths_B, spread.values_BKF.shape[2])
        heard = self.denoiser.conditions(masked(spread.values_BKF, mask_B1F))
        x_BMF = spread.noise_BNF
        for index, leap in enumerate(schedule.leaps_of(taus, self.left)):
            x_BMF = masked(self._back(x_BMF, leap, index, heard, mask_B1F, spread), mask_B1F)
        return x_BMF * self.dims.deviation + self.dims.mean

    def _back(
        self,
        x_BMF: Tensor,
        leap: Leap,
        index: int,
        heard: Sequence[Tensor],
        mask_B1F: Mask,
        spread: Spread,
    ) -> Tensor:
        """One step: the spectrogram that the network sees in it, with less noise around it."""
        step_1 = torch.full((1,), leap.tau, device=x_BMF.device)
        noise_BMF = self.denoiser(x_BMF, step_1, heard, mask_B1F)
        clean_BMF = (x_BMF - math.sqrt(1 - leap.there) * noise_BMF) / math.sqrt(leap.there)
        if leap.here == 1:
            return clean_BMF
        fresh = self.dims.eta * math.sqrt(
            (1 - leap.here) / (1 - leap.there) * (1 - leap.there / leap.here)
        )
        rest = math.sqrt(1 - leap.here - fresh**2)
        x_BMF = math.sqrt(leap.here) * clean_BMF + rest * noise_BMF
        if fresh:
            assert spread.step_noise is not None
            x_BMF = x_BMF + fresh * spread.step_noise(index)
        return x_BMF


def _bytes_per_frame(dims: DiffTtsDims) -> int:
    """What the layers hear of the text waits all the while; beside it the gates of one layer."""
    return 4 * (2 * dims.width * dims.layers + 10 * dims.width + dims.channels + 6 * dims.bands)
