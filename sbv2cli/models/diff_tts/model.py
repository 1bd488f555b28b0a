"""The network of Diff-TTS: durations and hidden states of a text, frames by denoising."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sbv2cli.models.architecture import Batch, DiffusionModel, Plan, Spread
from sbv2cli.models.diff_tts import schedule
from sbv2cli.models.diff_tts.denoiser import Denoiser
from sbv2cli.models.diff_tts.dims import DiffTtsDims
from sbv2cli.models.diff_tts.encoder import TextEncoder
from sbv2cli.models.layers.durations import DurationPredictor
from sbv2cli.models.layers.masks import Mask, length_mask, masked
from sbv2cli.models.layers.synthesizer import frame_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What is the same in all steps."""

    layers: Sequence[Tensor]  # what each layer of the denoiser is given of the text
    mask_B1F: Mask


class DiffTts(DiffusionModel):
    """Text to mel spectrogram."""

    def __init__(self, dims: DiffTtsDims) -> None:
        super().__init__()
        self.dims = dims
        self.inventory = dims.inventory
        self.channels = self.noise_channels = dims.bands
        self.speaker_channels = 0  # a speaker is part of the hidden states
        self.bytes_per_frame = _bytes_per_frame(dims)
        self.alpha_bars = schedule.alpha_bars(dims.steps, dims.beta_min, dims.beta_max)
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

    def begin(self, spread: Spread) -> tuple[Tensor, Conditions]:
        """Noise and nothing else."""
        mask_B1F = None
        if spread.lengths_B is not None:
            mask_B1F = length_mask(spread.lengths_B, spread.values_BKF.shape[2])
        layers = self.denoiser.conditions(masked(spread.values_BKF, mask_B1F))
        return spread.noise_BNF, Conditions(layers=layers, mask_B1F=mask_B1F)

    def step(self, x_BMF: Tensor, conditions: Conditions, index: int, spread: Spread) -> Tensor:
        """One of the steps of training, which are equally far apart."""
        taus = schedule.taus_of(self.dims.steps, spread.steps)
        return self.step_among(taus, x_BMF, conditions, index, spread)

    def sample(self, spread: Spread, taus: Sequence[int]) -> Tensor:
        """`decode` over any steps of training, the largest first."""
        x_BMF, conditions = self.begin(spread)
        for index in range(len(taus)):
            x_BMF = self.step_among(taus, x_BMF, conditions, index, spread)
        return x_BMF

    def step_among(
        self,
        taus: Sequence[int],
        x_BMF: Tensor,
        conditions: Conditions,
        index: int,
        spread: Spread,
    ) -> Tensor:
        """The spectrogram that the network finds in it, with less noise around it."""
        at = schedule.step_of(taus, index, self.alpha_bars)
        tau_1 = torch.full((1,), at.tau, device=x_BMF.device)
        found_BMF = self.denoiser(x_BMF, tau_1, conditions.layers, conditions.mask_B1F)
        signal, noise = math.sqrt(at.alpha_bar), math.sqrt(1 - at.alpha_bar)
        if self.dims.velocity:
            clean_BMF = signal * x_BMF - noise * found_BMF
            noise_BMF = noise * x_BMF + signal * found_BMF
        else:
            clean_BMF, noise_BMF = (x_BMF - noise * found_BMF) / signal, found_BMF
        if at.next_alpha_bar == 1:
            return masked(clean_BMF, conditions.mask_B1F) * self.dims.deviation + self.dims.mean
        fresh = self.dims.eta * schedule.deviation(at)
        rest = math.sqrt(1 - at.next_alpha_bar - fresh**2)
        x_BMF = math.sqrt(at.next_alpha_bar) * clean_BMF + rest * noise_BMF
        if fresh:
            assert spread.step_noise is not None
            x_BMF = x_BMF + fresh * spread.step_noise(index)
        return masked(x_BMF, conditions.mask_B1F)


def _bytes_per_frame(dims: DiffTtsDims) -> int:
    """What layers are given of the text waits all the while; beside it the gates of one layer."""
    return 4 * (2 * dims.width * dims.layers + 10 * dims.width + dims.channels + 6 * dims.bands)
