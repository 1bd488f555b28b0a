"""Discriminators of durations: real log durations against predicted ones, phone by phone.

Two kinds, because two generations of voices were trained against different ones.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers.masks import masked
from sbv2cli.models.layers.norm import ChannelNorm

KERNEL = 3
DROPOUT = 0.1

# Published name -> ours.
NAMES = (
    ("conv_1.*", "trunk.first.*"),
    ("norm_1.*", "trunk.first_norm.*"),
    ("conv_2.*", "trunk.second.*"),
    ("norm_2.*", "trunk.second_norm.*"),
    ("dur_proj.*", "trunk.durations.*"),
    ("cond.*", "trunk.condition.*"),
    ("LSTM.*", "recurrent.*"),
    ("pre_out_conv_1.*", "first.*"),
    ("pre_out_norm_1.*", "first_norm.*"),
    ("pre_out_conv_2.*", "second.*"),
    ("pre_out_norm_2.*", "second_norm.*"),
    ("output_layer.0.*", "score.*"),
)


class DurationDiscriminator(Protocol):
    """Scores [B, P, 1] for real and for predicted log durations."""

    def __call__(
        self,
        hidden_BCP: Tensor,
        mask_B1P: Tensor,
        target_B1P: Tensor,
        predicted_B1P: Tensor,
        speaker_BG1: Tensor,
    ) -> tuple[Tensor, Tensor]: ...


class Trunk(nn.Module):
    """What both kinds know of the text, and how a duration is put beside it."""

    def __init__(self, channels: int, speaker_channels: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(channels, channels, KERNEL, padding=KERNEL // 2)
        self.first_norm = ChannelNorm(channels)
        self.second = nn.Conv1d(channels, channels, KERNEL, padding=KERNEL // 2)
        self.second_norm = ChannelNorm(channels)
        self.durations = nn.Conv1d(1, channels, 1)
        self.condition = nn.Conv1d(speaker_channels, channels, 1)

    def text(self, hidden_BCP: Tensor, mask_B1P: Tensor, speaker_BG1: Tensor | None) -> Tensor:
        x_BCP = hidden_BCP.detach()
        if speaker_BG1 is not None:
            x_BCP = x_BCP + self.condition(speaker_BG1.detach())
        x_BCP = _block(self, x_BCP, mask_B1P, self.first, self.first_norm)
        return _block(self, x_BCP, mask_B1P, self.second, self.second_norm)

    def beside(self, text_BCP: Tensor, durations_B1P: Tensor) -> Tensor:
        """[B, 2C, P]."""
        return torch.cat([text_BCP, self.durations(durations_B1P)], dim=1)


class RecurrentDurationDiscriminator(nn.Module):
    """Of JP-Extra: reads the whole line in both directions."""

    def __init__(self, channels: int, speaker_channels: int) -> None:
        super().__init__()
        self.trunk = Trunk(channels, speaker_channels)
        self.recurrent = nn.LSTM(2 * channels, channels, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * channels, 1)

    def forward(
        self,
        hidden_BCP: Tensor,
        mask_B1P: Tensor,
        target_B1P: Tensor,
        predicted_B1P: Tensor,
        speaker_BG1: Tensor,
    ) -> tuple[Tensor, Tensor]:
        text_BCP = self.trunk.text(hidden_BCP, mask_B1P, speaker_BG1)
        return self._score(text_BCP, target_B1P), self._score(text_BCP, predicted_B1P)

    def _score(self, text_BCP: Tensor, durations_B1P: Tensor) -> Tensor:
        beside_BPC = self.trunk.beside(text_BCP, durations_B1P).transpose(1, 2)
        read_BPC, _ = self.recurrent(beside_BPC)
        return torch.sigmoid(self.score(read_BPC))


class ConvolutionalDurationDiscriminator(nn.Module):
    """Of multilingual voices.

    They were trained with the two durations exchanged and without the speaker, so this one
    rewards predictions and its term teaches the predictor nothing. Kept as it is: training that
    goes on from a published voice then sees the losses that the voice knows.
    """

    def __init__(self, channels: int, speaker_channels: int) -> None:
        super().__init__()
        self.trunk = Trunk(channels, speaker_channels)
        self.first = nn.Conv1d(2 * channels, channels, KERNEL, padding=KERNEL // 2)
        self.first_norm = ChannelNorm(channels)
        self.second = nn.Conv1d(channels, channels, KERNEL, padding=KERNEL // 2)
        self.second_norm = ChannelNorm(channels)
        self.score = nn.Linear(channels, 1)
        # Never used, so it has no gradient that processes could share.
        self.trunk.condition.requires_grad_(False)  # noqa: FBT003 - torch's signature

    def forward(
        self,
        hidden_BCP: Tensor,
        mask_B1P: Tensor,
        target_B1P: Tensor,
        predicted_B1P: Tensor,
        speaker_BG1: Tensor,
    ) -> tuple[Tensor, Tensor]:
        del speaker_BG1
        text_BCP = self.trunk.text(hidden_BCP, mask_B1P, None)
        return (
            self._score(text_BCP, mask_B1P, predicted_B1P),
            self._score(text_BCP, mask_B1P, target_B1P),
        )

    def _score(self, text_BCP: Tensor, mask_B1P: Tensor, durations_B1P: Tensor) -> Tensor:
        x_BCP = self.trunk.beside(text_BCP, durations_B1P)
        x_BCP = _block(self, x_BCP, mask_B1P, self.first, self.first_norm)
        x_BCP = _block(self, x_BCP, mask_B1P, self.second, self.second_norm)
        return torch.sigmoid(self.score(masked(x_BCP, mask_B1P).transpose(1, 2)))


def _block(
    owner: nn.Module, x_BCP: Tensor, mask_B1P: Tensor, conv: nn.Module, norm: nn.Module
) -> Tensor:
    x_BCP = norm(functional.relu(conv(masked(x_BCP, mask_B1P))))
    return functional.dropout(x_BCP, DROPOUT, owner.training)
