"""The network of Grad-TTS: means from the text, frames by the reverse of a diffusion."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sbv2cli.models.architecture import Batch, DiffusionModel, Plan, Spread
from sbv2cli.models.grad_tts.dims import FRAME_MULTIPLE, LEVELS, GradTtsDims
from sbv2cli.models.grad_tts.estimator import HEAD_CHANNELS, HEADS, Estimator
from sbv2cli.models.grad_tts.windows import Windows, at_levels, windows
from sbv2cli.models.layers.masks import Mask, length_mask, masked
from sbv2cli.models.layers.prenet_encoder import PrenetEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What is the same in all steps."""

    means_BMF: Tensor
    images_BCMF: Tensor  # that the estimator reads beside the noisy one
    levels: list[Windows]


class GradTts(DiffusionModel):
    """Text to mel spectrogram."""

    def __init__(self, dims: GradTtsDims) -> None:
        super().__init__()
        self.dims = dims
        self.inventory = dims.inventory
        self.channels = self.noise_channels = dims.bands
        self.speaker_channels = 0  # those of its speakers are not a vocoder's
        self.frame_multiple = FRAME_MULTIPLE
        self.bytes_per_frame = _bytes_per_frame(dims)
        self.text_encoder = PrenetEncoder(dims.encoder)
        self.estimator = Estimator(dims.width, dims.bands, dims.speaker_channels, dims.time_scale)
        self.speakers: nn.Embedding | None = None
        if dims.speaker_channels:
            self.speakers = nn.Embedding(dims.inventory.speakers, dims.speaker_channels)

    def speaker(self, speakers_B: Tensor) -> Tensor:
        """[B, G, 1]: the speakers' vectors, without channels where there is no table."""
        if self.speakers is None:
            return self.estimator.conv_out.weight.new_empty(len(speakers_B), 0, 1)
        rows_BG: Tensor = self.speakers(speakers_B)
        return rows_BG[:, :, None]

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:  # noqa: ARG002
        """Text encoder and durations; neither hears the speaker."""
        mask_B1P = None
        if batch.lengths_B is not None:
            mask_B1P = length_mask(batch.lengths_B, batch.phones_BP.shape[1])
        hidden_BCP, means_BMP, _ = self.text_encoder(batch.phones_BP, mask_B1P)
        log_B1P = self.text_encoder.log_durations(hidden_BCP, mask_B1P, hidden_BCP[:, :0, :1])
        return Plan(
            frames_BP=frame_counts(log_B1P, mask_B1P, batch.length_scale_B),
            per_phone_BKP=means_BMP,
            speaker_BG1=self.speaker(batch.speakers_B),
        )

    def begin(self, spread: Spread) -> tuple[Tensor, Conditions]:
        """The first noise around the means."""
        at = windows(spread.lengths_B, spread.values_BKF.shape[2], FRAME_MULTIPLE)
        mask_B1F = None if at.real is None else at.real[:, 0]
        means_BMF = masked(spread.values_BKF, mask_B1F)
        noise_BMF = spread.noise_BNF
        if spread.temperature_B is not None:
            noise_BMF = noise_BMF / spread.temperature_B[:, None, None]
        conditions = Conditions(
            means_BMF=means_BMF,
            images_BCMF=self.estimator.images(means_BMF, spread.speaker_BG1),
            levels=at_levels(at, LEVELS),
        )
        return masked(means_BMF + noise_BMF, mask_B1F), conditions

    def step(self, x_BMF: Tensor, conditions: Conditions, index: int, spread: Spread) -> Tensor:
        """One step of the reverse, all of them as long."""
        levels = conditions.levels
        time_1 = self.time(spread.steps, index, x_BMF.device)
        score_BMF = self.estimator(x_BMF, conditions.images_BCMF, levels, time_1)
        x_BMF = self._reverse(x_BMF, conditions.means_BMF, score_BMF, time_1, spread, index)
        return masked(x_BMF, None if levels[0].real is None else levels[0].real[:, 0])

    @staticmethod
    def time(steps: int, step: int, device: torch.device) -> Tensor:
        """[1]: the middle of a step, the first of which is at the end of time."""
        return torch.full((1,), 1 - (step + 0.5) / steps, device=device)

    def _reverse(
        self,
        x_BMF: Tensor,
        means_BMF: Tensor,
        score_BMF: Tensor,
        time_1: Tensor,
        spread: Spread,
        step: int,
    ) -> Tensor:
        """The next spectrogram, with noise of the step's own (SDE) or without (ODE)."""
        rate = self.beta(time_1) / spread.steps
        drift_BMF = 0.5 * (means_BMF - x_BMF)
        if not self.dims.stochastic:
            return x_BMF - (drift_BMF - 0.5 * score_BMF) * rate
        assert spread.step_noise is not None
        noise_BMF = spread.step_noise(step)
        return x_BMF - ((drift_BMF - score_BMF) * rate + noise_BMF * rate.sqrt())

    def beta(self, time_B: Tensor) -> Tensor:
        """How much noise comes in at a time."""
        return self.dims.beta_min + (self.dims.beta_max - self.dims.beta_min) * time_B

    def noise_until(self, time_B: Tensor) -> Tensor:
        """The integral of `beta`."""
        rise = 0.5 * (self.dims.beta_max - self.dims.beta_min) * time_B.square()
        return self.dims.beta_min * time_B + rise


def frame_counts(log_B1P: Tensor, mask_B1P: Mask, length_scale_B: Tensor) -> Tensor:
    """[B, P] whole frames: each phone's are rounded up, and scaled after that.

    So ends of phones are no whole numbers. A frame belongs to the first phone that ends behind its
    begin, and the line ends at the last whole frame. In sum on the host, in order: elsewhere it
    would be another in the last bit for every size of batch.
    """
    whole_BP = masked(torch.ceil(torch.exp(log_B1P)), mask_B1P)[:, 0] * length_scale_B[:, None]
    ends_BP = whole_BP.float().cpu().cumsum(dim=1).to(log_B1P.device)
    total_B1 = ends_BP[:, -1:].floor().clamp_min(1)
    ends_BP = torch.minimum(ends_BP.ceil(), total_B1)
    # Where all of them vanish there is a frame nevertheless.
    ends_BP = torch.where(ends_BP[:, -1:] < 1, total_B1, ends_BP)
    return ends_BP.diff(dim=1, prepend=torch.zeros_like(total_B1))


def _bytes_per_frame(dims: GradTtsDims) -> int:
    """Of the first level, where images are largest: attention, and what waits for it.

    Queries, keys and values, the softmax of the keys and what is read lie side by side; six images
    of the level's own width are its input, its output and what convolutions and norms leave.
    """
    attention = (3 + 1 + 1) * HEADS * HEAD_CHANNELS
    return 4 * dims.bands * (attention + 6 * dims.width)
