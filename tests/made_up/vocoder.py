"""Its vocoder: every frame is a few samples, with noise of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sbv2cli.models.architecture import Vocoder, VocoderKind
from sbv2cli.models.layers.masks import length_mask


class Steps(Vocoder):
    def __init__(self, channels: int, hop: int) -> None:
        super().__init__()
        self.frame_samples = hop
        self.noise_channels = 2
        self.halo = 1
        self.bytes_per_frame = 4 * hop
        self.frames = nn.Conv1d(channels + self.noise_channels, hop, 3, padding=1)

    def forward(
        self,
        x_BCF: Tensor,
        lengths_B: Tensor | None,
        speaker_BG1: Tensor,
        noise_BNF: Tensor | None = None,
    ) -> Tensor:
        assert noise_BNF is not None
        assert speaker_BG1.shape[1] == 0
        x_BCF = torch.cat([x_BCF, noise_BNF], dim=1)
        mask_B1F = 1.0 if lengths_B is None else length_mask(lengths_B, x_BCF.shape[2])
        samples_BHF = self.frames(x_BCF * mask_B1F).tanh() * mask_B1F
        return samples_BHF.transpose(1, 2).reshape(len(x_BCF), 1, -1)


def build(section: Mapping[str, Any], channels: int, speaker_channels: int, where: str) -> Steps:
    assert speaker_channels == 0
    return Steps(channels, section["hop"])


VOCODER = VocoderKind(name="steps", build=build, names=(("out.*", "frames.*"),))
