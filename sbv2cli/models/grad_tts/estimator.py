"""The score of a noisy spectrogram: a U-Net over images of bands and frames.

Suffixes: M bands, F frames, both of the level; C channels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.grad_tts.dims import GROUPS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbv2cli.models.grad_tts.windows import Windows

HEADS, HEAD_CHANNELS = 4, 32
EPSILON = 1e-5
LONGEST_PERIOD = 10_000


class WindowNorm(nn.GroupNorm):
    """Group norm over the window of each line; a neighbour's length is not heard."""

    def __init__(self, channels: int) -> None:
        super().__init__(GROUPS, channels, EPSILON)

    def forward(self, x_BCMF: Tensor, at: Windows) -> Tensor:  # type: ignore[override]
        if at.inside is None or at.counts_B111 is None:
            return super().forward(x_BCMF)
        _, channels, bands, _ = x_BCMF.shape
        per_group = channels // GROUPS * bands
        inside = at.inside[:, :, None]
        counts = at.counts_B111[:, :, None] * per_group
        x_BGCMF = x_BCMF.unflatten(1, (GROUPS, channels // GROUPS)) * inside
        axes = (2, 3, 4)
        centred = (x_BGCMF - x_BGCMF.sum(axes, keepdim=True) / counts) * inside
        variance = centred.square().sum(axes, keepdim=True) / counts
        normed_BCMF = (centred * torch.rsqrt(variance + self.eps)).reshape(x_BCMF.shape)
        return normed_BCMF * self.weight[:, None, None] + self.bias[:, None, None]


class Block(nn.Module):
    """Convolution, norm, mish."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, 3, padding=1)
        self.norm = WindowNorm(out)

    def forward(self, x_BCMF: Tensor, at: Windows) -> Tensor:
        return at.silenced(functional.mish(self.norm(self.conv(at.silenced(x_BCMF)), at)))


class TimedBlock(nn.Module):
    """Two blocks, the time between them, and a way around."""

    def __init__(self, channels: int, out: int, time_channels: int) -> None:
        super().__init__()
        self.time = nn.Linear(time_channels, out)
        self.first = Block(channels, out)
        self.second = Block(out, out)
        self.around = nn.Conv2d(channels, out, 1) if channels != out else nn.Identity()

    def forward(self, x_BCMF: Tensor, at: Windows, time_BD: Tensor) -> Tensor:
        h_BCMF = self.first(x_BCMF, at) + self.time(functional.mish(time_BD))[:, :, None, None]
        around_BCMF: Tensor = self.around(at.silenced(x_BCMF))
        return self.second(h_BCMF, at) + around_BCMF


class LinearAttention(nn.Module):
    """Each place reads from a summary of all, so that the work grows with their number.

    Keys go through a softmax over the places of the line's window; queries are taken as they are.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.qkv = nn.Conv2d(channels, 3 * HEADS * HEAD_CHANNELS, 1, bias=False)
        self.out = nn.Conv2d(HEADS * HEAD_CHANNELS, channels, 1)

    def forward(self, x_BCMF: Tensor, at: Windows) -> Tensor:
        batch, _, bands, frames = x_BCMF.shape
        query, key, value = (
            self.qkv(x_BCMF).reshape(batch, 3, HEADS, HEAD_CHANNELS, bands * frames).unbind(1)
        )
        if at.inside is not None:
            outside = (at.inside == 0).expand(-1, -1, bands, -1).flatten(2)[:, :, None]
            key = key.masked_fill(outside, -math.inf)
        summary = functional.softmax(key, dim=-1) @ value.transpose(2, 3)
        read = summary.transpose(2, 3) @ query
        return self.out(read.reshape(batch, HEADS * HEAD_CHANNELS, bands, frames))


class Attended(nn.Module):
    """Attention added to its input, with a gain that a new network has at zero."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(1))
        self.attention = LinearAttention(channels)

    def forward(self, x_BCMF: Tensor, at: Windows) -> Tensor:
        attended_BCMF: Tensor = self.attention(x_BCMF, at)
        return x_BCMF + self.gain * attended_BCMF


class Level(nn.Module):
    """One size of image, on the way down or up."""

    def __init__(self, channels: int, out: int, time_channels: int) -> None:
        super().__init__()
        self.first = TimedBlock(channels, out, time_channels)
        self.second = TimedBlock(out, out, time_channels)
        self.attended = Attended(out)

    def forward(self, x_BCMF: Tensor, at: Windows, time_BD: Tensor) -> Tensor:
        x_BCMF = self.second(self.first(x_BCMF, at, time_BD), at, time_BD)
        attended_BCMF: Tensor = self.attended(x_BCMF, at)
        return attended_BCMF


class Estimator(nn.Module):
    """Spectrogram, means and time -> the score."""

    def __init__(self, width: int, bands: int, speaker_channels: int, time_scale: float) -> None:
        super().__init__()
        self.width = width
        self.time_scale = time_scale
        self.time = nn.Sequential(
            nn.Linear(width, 4 * width), nn.Mish(), nn.Linear(4 * width, width)
        )
        self.speaker = None
        if speaker_channels:
            self.speaker = nn.Sequential(
                nn.Linear(speaker_channels, 4 * speaker_channels),
                nn.Mish(),
                nn.Linear(4 * speaker_channels, bands),
            )
        images = 2 if self.speaker is None else 3
        widths = [width << level for level in range(LEVELS)]
        self.downs = nn.ModuleList(
            Level(channels, out, width)
            for channels, out in zip([images, *widths], widths, strict=False)
        )
        self.shrink = nn.ModuleList(
            nn.Conv2d(out, out, 3, stride=2, padding=1) for out in widths[:-1]
        )
        self.middle_first = TimedBlock(widths[-1], widths[-1], width)
        self.middle_attended = Attended(widths[-1])
        self.middle_second = TimedBlock(widths[-1], widths[-1], width)
        self.ups = nn.ModuleList(
            Level(2 * wide, narrow, width)
            for wide, narrow in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(out, out, 4, stride=2, padding=1) for out in widths[-2::-1]
        )
        self.final = Block(width, width)
        self.conv_out = nn.Conv2d(width, 1, 1)

    def images(self, means_BMF: Tensor, speaker_BG1: Tensor) -> Tensor:
        """[B, 1 or 2, M, F]: means, and the speaker over all frames; the same in all steps."""
        images = [means_BMF]
        if self.speaker is not None:
            images.append(self.speaker(speaker_BG1[:, :, 0])[:, :, None].expand_as(means_BMF))
        return torch.stack(images, dim=1)

    def forward(
        self, x_BMF: Tensor, images_BCMF: Tensor, levels: Sequence[Windows], time_B: Tensor
    ) -> Tensor:
        """[B, M, F]; times are those of the lines, or one for all."""
        time_BD = self.time(time_embedding(time_B * self.time_scale, self.width))
        x_BCMF = torch.cat([images_BCMF[:, :1], x_BMF[:, None], images_BCMF[:, 1:]], dim=1)
        levels, kept = [*levels], []
        for level, down in enumerate(self.downs):
            x_BCMF = down(x_BCMF, levels[level], time_BD)
            if level < len(self.shrink):
                # The widest image goes no way around; published networks leave it out.
                kept.append(x_BCMF)
                x_BCMF = self.shrink[level](levels[level].silenced(x_BCMF))
        kept = [*kept[1:], x_BCMF]
        here = levels.pop()
        x_BCMF = self.middle_first(x_BCMF, here, time_BD)
        x_BCMF = self.middle_second(self.middle_attended(x_BCMF, here), here, time_BD)
        for up, grow in zip(self.ups, self.grow, strict=True):
            x_BCMF = up(torch.cat([x_BCMF, kept.pop()], dim=1), here, time_BD)
            x_BCMF = grow(here.silenced(x_BCMF))
            here = levels.pop()
        score_B1MF: Tensor = here.silenced(self.conv_out(here.silenced(self.final(x_BCMF, here))))
        return score_B1MF[:, 0]


def time_embedding(time_B: Tensor, channels: int) -> Tensor:
    """[B, D]: sines, then cosines, of falling frequencies."""
    half = channels // 2
    steps = torch.arange(half, device=time_B.device, dtype=torch.float32)
    angles_BD = time_B[:, None] * torch.exp(steps * -(math.log(LONGEST_PERIOD) / (half - 1)))
    return torch.cat([angles_BD.sin(), angles_BD.cos()], dim=1)
