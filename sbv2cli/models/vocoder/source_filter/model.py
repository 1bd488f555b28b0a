"""The network: frames -> pitch and filters -> samples. Exact for padded batches.

What runs on from frame to frame, and every transform, is in float32 whatever the blocks are in:
half precision would move the pitch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.architecture import Vocoder
from sbv2cli.models.layers.masks import Mask, length_mask
from sbv2cli.models.vocoder.source_filter import filters, source

if TYPE_CHECKING:
    from sbv2cli.models.vocoder.source_filter.dims import SourceFilterDims

KERNEL = 7
# The pitch is a mean over classes that lie evenly on a logarithmic scale.
LOWEST_HERTZ, HIGHEST_HERTZ, CLASSES = 50.0, 800.0, 96
# Log gains to begin with: about those of speech.
FIRST_PULSES, FIRST_NOISE = -3.5, -4.5
FIRST_SCALE = 0.2  # of what a block adds


class Block(nn.Module):
    """ConvNeXt: a convolution over time for each channel, then an MLP for each frame."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, hidden)
        self.narrow = nn.Linear(hidden, width)
        self.scale = nn.Parameter(torch.full((width,), FIRST_SCALE))

    def forward(self, x_BFC: Tensor, mask_BF1: Mask) -> Tensor:
        """[B, F, C], silent beyond each line's end."""
        y_BFC = self.depthwise(x_BFC.transpose(1, 2)).transpose(1, 2)
        y_BFC = self.narrow(functional.gelu(self.widen(self.norm(y_BFC))))
        return _silenced(x_BFC + self.scale * y_BFC, mask_BF1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePrediction:
    """What the network found in the frames."""

    pitch_logits_BFK: Tensor
    log_hertz_BF: Tensor  # in float64
    cepstra_BTQ: Tensor  # the three filters beside each other, two of each to a frame


class PitchNetwork(nn.Module):
    """Frames -> a distribution over classes of pitch."""

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv1d(channels, width, KERNEL, padding=KERNEL // 2)
        self.blocks = nn.ModuleList(Block(width, 2 * width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, CLASSES)

    def forward(self, x_BCF: Tensor, mask_BF1: Mask) -> Tensor:
        h_BFC = _silenced(self.conv_in(x_BCF).transpose(1, 2), mask_BF1)
        for block in self.blocks:
            h_BFC = block(h_BFC, mask_BF1)
        return self.out(self.norm(h_BFC))


class FilterNetwork(nn.Module):
    """Frames and their pitch -> cepstra."""

    def __init__(self, dims: SourceFilterDims) -> None:
        super().__init__()
        width = dims.width
        self.conv_in = nn.Conv1d(dims.channels, width, KERNEL, padding=KERNEL // 2)
        self.pitch_in = nn.Linear(CLASSES, width)
        self.speaker_in = (
            nn.Linear(dims.speaker_channels, width, bias=False) if dims.speaker_channels else None
        )
        self.norm_in = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(Block(width, dims.hidden) for _ in range(dims.blocks))
        self.norm_out = nn.LayerNorm(width)
        per_window = dims.minimum_phase + dims.maximum_phase + dims.noise_filter
        self.out = nn.Linear(width, filters.PER_FRAME * per_window)
        nn.init.normal_(self.out.weight, std=0.02)
        with torch.no_grad():
            bias_TQ = self.out.bias.zero_().view(filters.PER_FRAME, per_window)
            bias_TQ[:, 0] = FIRST_PULSES
            bias_TQ[:, dims.minimum_phase + dims.maximum_phase] = FIRST_NOISE
        if self.speaker_in is not None:
            nn.init.zeros_(self.speaker_in.weight)

    def forward(
        self, x_BCF: Tensor, pitch_BFK: Tensor, speaker_BG1: Tensor, mask_BF1: Mask
    ) -> Tensor:
        """[B, F, C] cepstra of a frame's windows, one after the other."""
        h_BFC = self.conv_in(x_BCF).transpose(1, 2) + self.pitch_in(pitch_BFK)
        if self.speaker_in is not None:
            h_BFC = h_BFC + self.speaker_in(speaker_BG1.transpose(1, 2))
        h_BFC = _silenced(self.norm_in(h_BFC), mask_BF1)
        for block in self.blocks:
            h_BFC = block(h_BFC, mask_BF1)
        return self.out(self.norm_out(h_BFC))


class SourceFilter(Vocoder):
    """Frames of a latent or of a mel spectrogram -> samples."""

    kind = "source_filter"

    def __init__(self, dims: SourceFilterDims) -> None:
        super().__init__()
        self.dims = dims
        self.frame_samples = dims.frame_samples
        self.noise_channels = dims.frame_samples  # a number for each sample
        self.halo = None  # the phase of a sample depends on all frames before it
        self.size = filters.transform_size(dims.frame_samples)
        # Four complex spectra of each window, and the signals they come from.
        self.bytes_per_frame = filters.PER_FRAME * self.size * 4 * 8 + 8 * dims.hidden
        self.pitch = PitchNetwork(dims.channels, dims.pitch_width, dims.pitch_blocks)
        self.filters = FilterNetwork(dims)

    def forward(
        self,
        x_BCF: Tensor,
        lengths_B: Tensor | None,
        speaker_BG1: Tensor,
        noise_BNF: Tensor | None = None,
    ) -> Tensor:
        """See `Vocoder.forward`."""
        assert noise_BNF is not None
        mask_BF1 = None
        if lengths_B is not None:
            mask_BF1 = length_mask(lengths_B, x_BCF.shape[2]).transpose(1, 2)
        heard = self.hear(x_BCF, speaker_BG1, mask_BF1)
        log_hertz_BF = heard.log_hertz_BF
        if lengths_B is not None:
            # Beyond a line's end the pitch stays: the last frame looks one frame ahead.
            last_B1 = lengths_B[:, None] - 1
            index_BF = torch.arange(x_BCF.shape[2], device=x_BCF.device)[None].minimum(last_B1)
            log_hertz_BF = log_hertz_BF.gather(1, index_BF)
        return self.sound(heard.cepstra_BTQ, log_hertz_BF, noise_BNF, mask_BF1)

    def lower(self, precision: torch.dtype) -> torch.dtype:
        """See `Vocoder.lower`."""
        self.filters.to(precision)
        return torch.float32

    def hear(self, x_BCF: Tensor, speaker_BG1: Tensor, mask_BF1: Mask = None) -> FramePrediction:
        """Pitch and filters of all frames."""
        x_BCF = _silenced(x_BCF.transpose(1, 2), mask_BF1).transpose(1, 2)
        logits_BFK = self.pitch(x_BCF.to(self.pitch.out.weight.dtype), mask_BF1).float()
        # In float64: a phase is a sum over a line, and what float32 rounds away in a pitch would
        # be heard in its highest harmonics after a second.
        pitch_BFK = logits_BFK.double().softmax(dim=-1)
        dtype = self.filters.out.weight.dtype
        cepstra_BFC = self.filters(
            x_BCF.to(dtype),
            # The filters know the pitch and have no say in it.
            pitch_BFK.detach().to(dtype),
            speaker_BG1.to(dtype),
            None if mask_BF1 is None else mask_BF1.to(dtype),
        ).float()
        count, frames, _ = cepstra_BFC.shape
        return FramePrediction(
            pitch_logits_BFK=logits_BFK,
            log_hertz_BF=pitch_BFK @ classes(x_BCF.device),
            cepstra_BTQ=cepstra_BFC.reshape(count, frames * filters.PER_FRAME, -1),
        )

    def sound(
        self,
        cepstra_BTQ: Tensor,
        log_hertz_BF: Tensor,
        noise_BNF: Tensor,
        mask_BF1: Mask = None,
        start_B: Tensor | None = None,
    ) -> Tensor:
        """[B, 1, S] what pulses and noise become in the filters."""
        dims = self.dims
        pulses_BS = source.pulses(log_hertz_BF, dims.rate, dims.frame_samples, start_B)
        noise_BS = noise_BNF.float().transpose(1, 2).flatten(1)
        mask_BS = None
        if mask_BF1 is not None:
            mask_BS = mask_BF1.expand(-1, -1, dims.frame_samples).flatten(1)
        signals = [_silenced(signal, mask_BS) for signal in (pulses_BS, noise_BS)]
        return _silenced(self._filtered(signals, cepstra_BTQ, mask_BF1), mask_BS)[:, None]

    def _filtered(self, signals: Sequence[Tensor], cepstra_BTQ: Tensor, mask_BF1: Mask) -> Tensor:
        dims = self.dims
        minimum_BTQ, maximum_BTQ, noise_BTQ = cepstra_BTQ.split(
            [dims.minimum_phase, dims.maximum_phase, dims.noise_filter], dim=-1
        )
        pulses_BTK, gain_BTK = filters.responses(minimum_BTQ, maximum_BTQ, noise_BTQ, self.size)
        spectra = [
            torch.fft.rfft(filters.windowed(signal, dims.frame_samples), self.size)
            for signal in signals
        ]
        answers_BTW = torch.fft.irfft(spectra[0] * pulses_BTK + spectra[1] * gain_BTK, self.size)
        # The first window beyond the end still holds a quarter of a frame, and a line that is alone
        # has no such window.
        mask_BT1 = None
        if mask_BF1 is not None:
            mask_BT1 = mask_BF1.repeat_interleave(filters.PER_FRAME, dim=1)
        answers_BTW = _silenced(answers_BTW, mask_BT1)
        return filters.overlapped(answers_BTW, dims.frame_samples)


def _silenced(x: Tensor, mask: Mask) -> Tensor:
    return x if mask is None else x * mask


@lru_cache(maxsize=8)
def classes(device: torch.device) -> Tensor:
    """[K] logarithms of the pitches that the classes stand for."""
    with torch.inference_mode(False):  # noqa: FBT003 - kept, and so used for training too
        return torch.linspace(
            math.log(LOWEST_HERTZ),
            math.log(HIGHEST_HERTZ),
            CLASSES,
            dtype=torch.float64,
            device=device,
        )
