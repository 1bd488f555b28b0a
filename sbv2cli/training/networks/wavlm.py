"""A frozen speech model whose hidden states discriminator what a voice says (WavLM; optional)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.errors import VoiceError

RATE = 16000

# The windowed-sinc filter of the published trainer: six zero crossings, pass band to 99 %.
CROSSINGS = 6
ROLLOFF = 0.99


class Wavlm(nn.Module):
    """Hidden states of a model folder in the format of the transformers library."""

    def __init__(self, folder: Path, rate: int) -> None:
        super().__init__()
        from transformers import AutoModel  # noqa: PLC0415 - optional and large

        try:
            self.model = AutoModel.from_pretrained(
                str(folder), local_files_only=True, dtype=torch.float32
            )
        except (OSError, ValueError) as error:
            raise VoiceError(
                "train.wavlm",
                f"the speech model cannot be opened: {str(error).partition(chr(10))[0][:160]}",
                at=str(folder),
                hint="give a folder with config.json and weights of wavlm-base-plus",
            ) from None
        self.model.eval().requires_grad_(False)  # noqa: FBT003
        self.channels = self.model.config.hidden_size * (self.model.config.num_hidden_layers + 1)
        self.filters = resampling_kernel(rate, RATE)
        self.register_buffer("kernel", self.filters.kernel, persistent=False)

    def train(self, mode: bool = True) -> Wavlm:  # noqa: FBT001, FBT002 - torch's signature
        """Stay as it is: the model is frozen."""
        del mode
        return self

    def states(self, samples_BS: Tensor) -> list[Tensor]:
        """All hidden states, embedding included, each [B, T, C]."""
        with torch.autocast(samples_BS.device.type, enabled=False):
            filters = replace(self.filters, kernel=self.get_buffer("kernel"))
            heard = resample(samples_BS, filters)
            return list(self.model(heard, output_hidden_states=True).hidden_states)

    def stacked(self, samples_BS: Tensor) -> Tensor:
        """[B, layers * C, T]."""
        return self.stack(self.states(samples_BS))

    @staticmethod
    def stack(states: list[Tensor]) -> Tensor:
        """Layer after layer along the channels."""
        return torch.stack(states, dim=1).transpose(2, 3).flatten(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """A windowed sinc for each place of a new sample between old ones."""

    kernel: Tensor  # [up, 1, taps]
    up: int
    down: int
    edge: int  # old samples on each side


def resampling_kernel(rate: int, wanted: int) -> Filters:
    """Filters for `rate` to `wanted` samples per second."""
    common = math.gcd(rate, wanted)
    down, up = rate // common, wanted // common
    base = min(down, up) * ROLLOFF
    edge = math.ceil(CROSSINGS * down / base)
    index = torch.arange(-edge, edge + down, dtype=torch.float64)[None] / down
    shift = torch.arange(0, -up, -1, dtype=torch.float64)[:, None] / up
    time = ((shift + index) * base).clamp(-CROSSINGS, CROSSINGS)
    window = torch.cos(time * math.pi / CROSSINGS / 2) ** 2
    kernel = torch.sinc(time) * window * base / down
    return Filters(kernel=kernel.float()[:, None], up=up, down=down, edge=edge)


def resample(samples_BS: Tensor, filters: Filters) -> Tensor:
    """The same sounds at the other rate; gradients pass."""
    if filters.up == filters.down:
        return samples_BS
    count = math.ceil(samples_BS.shape[1] * filters.up / filters.down)
    padded = functional.pad(samples_BS[:, None], (filters.edge, filters.edge + filters.down))
    phases = functional.conv1d(padded, filters.kernel, stride=filters.down)
    return phases.transpose(1, 2).flatten(1)[:, :count]
