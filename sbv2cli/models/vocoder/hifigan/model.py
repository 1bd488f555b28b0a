"""HiFi-GAN decoder (Kong et al. 2020), conditioned on the speaker, exact for padded batches.

Biases and the speaker make padding sound, and every convolution carries that sound a little
further into the line. So the padding is silenced before every single convolution; silencing it
once per stage is not enough.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.architecture import Vocoder
from sbv2cli.models.layers.condition import condition, conditioned
from sbv2cli.models.layers.masks import Mask, length_mask, masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sbv2cli.models.vocoder.hifigan.dims import HifiganDims

SLOPE = 0.1
# The last activation was left at the library's default in every published network.
LAST_SLOPE = 0.01
EDGE_KERNEL = 7


Count = TypeVar("Count", int, Tensor)


def repeat_edges(x_BCF: Tensor, lengths_B: Tensor | None, count: int) -> Tensor:
    """Each line with its first and its last frame `count` times more."""
    places_BF = torch.arange(-count, x_BCF.shape[2] + count, device=x_BCF.device)[None]
    last_B1 = x_BCF.shape[2] - 1 if lengths_B is None else lengths_B[:, None] - 1
    places_BF = places_BF.clamp_min(0).clamp_max(last_B1)
    return x_BCF.gather(2, places_BF[:, None].expand(*x_BCF.shape[:2], -1))


def same_padding(kernel: int, dilation: int) -> int:
    """Zeros on each side that keep the length (odd kernels)."""
    return (kernel - 1) * dilation // 2


class PairedBlock(nn.Module):
    """Residual block "1": three pairs of a dilated and a plain convolution."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.first = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, dilation=d, padding=same_padding(kernel, d))
            for d in dilations
        )
        self.second = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, padding=same_padding(kernel, 1))
            for _ in dilations
        )

    def forward(self, x_BCT: Tensor, mask_B1T: Mask) -> Tensor:
        for first, second in zip(self.first, self.second, strict=True):
            branch = first(masked(functional.leaky_relu(x_BCT, SLOPE), mask_B1T))
            x_BCT = second(masked(functional.leaky_relu(branch, SLOPE), mask_B1T)) + x_BCT
        return masked(x_BCT, mask_B1T)


class SingleBlock(nn.Module):
    """Residual block "2": two dilated convolutions."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, dilation=d, padding=same_padding(kernel, d))
            for d in dilations
        )

    def forward(self, x_BCT: Tensor, mask_B1T: Mask) -> Tensor:
        for conv in self.convs:
            x_BCT = conv(masked(functional.leaky_relu(x_BCT, SLOPE), mask_B1T)) + x_BCT
        return masked(x_BCT, mask_B1T)


class HifiGan(Vocoder):
    """Frames of a latent or of a mel spectrogram -> samples."""

    kind = "hifigan"

    def __init__(self, dims: HifiganDims) -> None:
        super().__init__()
        self.dims = dims
        self.frame_samples = dims.frame_samples
        self.bytes_per_frame = _bytes_per_frame(dims)
        self.rates = dims.upsample_rates
        self.kernels = dims.upsample_kernels
        # One sample more than length * rate comes out of a stage where this is one.
        self.extras = tuple((k - u) % 2 for k, u in zip(self.kernels, self.rates, strict=True))
        self.blocks_per_stage = len(dims.residual_kernels)
        width = dims.upsample_initial
        edge = same_padding(EDGE_KERNEL, 1)
        self.conv_in = nn.Conv1d(dims.channels, width, EDGE_KERNEL, padding=edge)
        self.condition = condition(dims.speaker_channels, width)
        self.upsamplers = nn.ModuleList(
            nn.ConvTranspose1d(
                width >> index,
                width >> (index + 1),
                kernel,
                stride=rate,
                padding=(kernel - rate) // 2,
            )
            for index, (rate, kernel) in enumerate(zip(self.rates, self.kernels, strict=True))
        )
        block = PairedBlock if dims.residual_block == "1" else SingleBlock
        self.blocks = nn.ModuleList(
            block(width >> (stage + 1), kernel, dilations)
            for stage in range(len(self.rates))
            for kernel, dilations in zip(
                dims.residual_kernels, dims.residual_dilations, strict=True
            )
        )
        last = width >> len(self.rates)
        self.conv_out = nn.Conv1d(last, 1, EDGE_KERNEL, padding=edge, bias=dims.standalone)
        # Where a stage makes an odd sample, pieces would not line up.
        self.halo = None if any(self.extras) else _halo_frames(dims)

    def normed(self) -> Iterator[nn.Module]:
        """All but those at the edges; in a vocoder of its own those, too."""
        edges = (self.conv_in, self.conv_out) if self.dims.standalone else ()
        for part in (self.upsamplers, self.blocks, *edges):
            convolutions = nn.Conv1d | nn.ConvTranspose1d
            yield from (layer for layer in part.modules() if isinstance(layer, convolutions))

    def output_length(self, frames: Count) -> Count:
        """Samples that `frames` frames become."""
        for rate, extra in zip(self.rates, self.extras, strict=True):
            frames = frames * rate + extra
        return frames

    def forward(
        self,
        x_BCF: Tensor,
        lengths_B: Tensor | None,
        speaker_BG1: Tensor,
        noise_BNF: Tensor | None = None,
    ) -> Tensor:
        """See `Vocoder.forward`."""
        del noise_BNF  # it wants none
        edge, frames, heard = self.dims.edge_frames, x_BCF.shape[2], lengths_B
        if edge:
            x_BCF = repeat_edges(x_BCF, lengths_B, edge)
            heard = None if lengths_B is None else lengths_B + 2 * edge
        samples_B1S = self._speak(x_BCF, heard, speaker_BG1)
        if edge:
            samples_B1S = self.without_edges(samples_B1S, frames)
            if lengths_B is not None:
                samples_B1S = masked(
                    samples_B1S, _mask_like(self.output_length(lengths_B), samples_B1S)
                )
        return samples_B1S

    def without_edges(self, samples_B1S: Tensor, frames: int) -> Tensor:
        """The sound of the line itself, of that of a line with repeated edges."""
        start = self.dims.edge_frames * self.frame_samples
        return samples_B1S[:, :, start : start + self.output_length(frames)]

    def _speak(self, x_BCF: Tensor, lengths_B: Tensor | None, speaker_BG1: Tensor) -> Tensor:
        mask = _mask_like(lengths_B, x_BCF)
        x_BCT = conditioned(self.conv_in(masked(x_BCF, mask)), self.condition, speaker_BG1)
        for stage, upsample in enumerate(self.upsamplers):
            x_BCT = upsample(masked(functional.leaky_relu(x_BCT, SLOPE), mask))
            if lengths_B is not None:
                lengths_B = lengths_B * self.rates[stage] + self.extras[stage]
            mask = _mask_like(lengths_B, x_BCT)
            x_BCT = self._blend(masked(x_BCT, mask), stage, mask)
        x_BCT = masked(functional.leaky_relu(x_BCT, LAST_SLOPE), mask)
        return masked(torch.tanh(self.conv_out(x_BCT)), mask)

    def _blend(self, x_BCT: Tensor, stage: int, mask_B1T: Mask) -> Tensor:
        """Mean over the stage's residual blocks, all fed the same input."""
        start = stage * self.blocks_per_stage
        total_BCT = self.blocks[start](x_BCT, mask_B1T)
        for block in self.blocks[start + 1 : start + self.blocks_per_stage]:
            total_BCT = total_BCT + block(x_BCT, mask_B1T)
        return total_BCT / self.blocks_per_stage


def _mask_like(lengths_B: Tensor | None, x_BCT: Tensor) -> Mask:
    return None if lengths_B is None else length_mask(lengths_B, x_BCT.shape[2], x_BCT.dtype)


def _halo_frames(dims: HifiganDims) -> int:
    """Frames on each side that a sample can depend on, from the sizes of all convolutions."""
    reach = float(same_padding(EDGE_KERNEL, 1))  # in frames
    step = 1  # samples of the stage per frame
    plain = 1 if dims.residual_block == "1" else 0
    for rate, kernel in zip(dims.upsample_rates, dims.upsample_kernels, strict=True):
        reach += kernel / rate / step
        step *= rate
        block = max(
            sum(same_padding(k, d) + plain * same_padding(k, 1) for d in dilations)
            for k, dilations in zip(dims.residual_kernels, dims.residual_dilations, strict=True)
        )
        reach += block / step
    return math.ceil(reach + same_padding(EDGE_KERNEL, 1) / step)


def _bytes_per_frame(dims: HifiganDims) -> int:
    """Of the widest stage."""
    samples, widest = 1, 0
    for stage, rate in enumerate(dims.upsample_rates):
        samples *= rate
        widest = max(widest, (dims.upsample_initial >> (stage + 1)) * samples)
    # Six tensors of it live at once in float32: input, total, branch and the convolution's own.
    return 6 * 4 * widest
