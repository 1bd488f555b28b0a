"""The U-Net of Grad-TTS for one line on a CPU: the same mathematics on packed weights.

Knows the network of `models/grad_tts`, which is the reference for what is computed here. Channels
lie beside each other, so that a convolution of one place is a product of matrices. What adds up is
kept in float32, what wider convolutions read in the precision of their products. Frames behind the
last real one are zero wherever they are read. Shapes: M bands, F frames, both of a level; N places
of an image, M times F; C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.engine.torch.cpu import convolution
from sbv2cli.engine.torch.cpu.flow import AloneEncoder
from sbv2cli.engine.torch.cpu.linear import CPU, Linear, can_reorder, linear
from sbv2cli.models.grad_tts.estimator import (
    HEAD_CHANNELS,
    HEADS,
    Attended,
    Block,
    Estimator,
    Level,
    TimedBlock,
    time_embedding,
)

if TYPE_CHECKING:
    from sbv2cli.models.architecture import AcousticModel
    from sbv2cli.models.grad_tts.model import GradTts
    from sbv2cli.models.grad_tts.windows import Windows

# Numbers that are activated at a time: they stay in the cache from one operator to the next.
CHUNK = 1 << 16

# From here on mish is the identity, and the square of its exponential nears the largest float32.
LINEAR = 20.0

# Frames and bands that weights are laid out for.
TYPICAL = (20, 100)


def pack(acoustic: GradTts, dtype: torch.dtype) -> AcousticModel | None:
    """The same acoustic model for one line at a time; nothing where this machine cannot."""
    if not can_reorder(torch.float32) or not convolution.can_pack(dtype):
        return None
    encoder = acoustic.text_encoder
    encoder.encoder = AloneEncoder(encoder.encoder)  # type: ignore[assignment] # the same call
    packed = PackedEstimator(acoustic.estimator, dtype)
    acoustic.estimator = packed  # type: ignore[assignment] # the same calls
    return acoustic


class PackedEstimator(nn.Module):
    """In the place of an `Estimator`; of one line."""

    def __init__(self, plain: Estimator, dtype: torch.dtype) -> None:
        super().__init__()
        self.width, self.time_scale = plain.width, plain.time_scale
        self.time, self.speaker = plain.time, plain.speaker
        self.conv_out = plain.conv_out
        self.downs = [PackedLevel(level, dtype) for level in plain.downs]
        self.shrink = [PackedConv(conv, dtype) for conv in plain.shrink]
        self.middle = (
            PackedTimedBlock(plain.middle_first, dtype),
            PackedAttended(plain.middle_attended),
            PackedTimedBlock(plain.middle_second, dtype),
        )
        self.ups = [PackedLevel(level, dtype) for level in plain.ups]
        self.grow = [PackedGrowth(conv, dtype) for conv in plain.grow]
        self.final = PackedBlock(plain.final, dtype)

    images = Estimator.images

    def forward(
        self, x_1MF: Tensor, images_1CMF: Tensor, levels: Sequence[Windows], time_1: Tensor
    ) -> Tensor:
        """See `Estimator.forward`."""
        assert levels[0].inside is None
        real = x_1MF.shape[2]
        if levels[0].real is not None:
            real = int(levels[0].real.sum())
        time_D = self.time(time_embedding(time_1 * self.time_scale, self.width))
        time_D = functional.mish(time_D)[0]
        images = [images_1CMF[0, :1], x_1MF, images_1CMF[0, 1:]]
        x = Image(torch.cat(images).permute(1, 2, 0).contiguous(), real).silenced()
        kept: list[Image] = []
        reals = [real]
        for level, down in enumerate(self.downs):
            x = down(x, time_D)
            if level < len(self.shrink):
                kept.append(x)
                reals.append(-(-reals[-1] // 2))
                x = Image(self.shrink[level](x), reals[-1]).silenced()
        # The widest image goes no way around; published networks leave it out.
        kept = [*kept[1:], x]
        first, attended, second = self.middle
        x = second(attended(first(x, time_D)), time_D)
        for up, grow in zip(self.ups, self.grow, strict=True):
            both = torch.cat([x.places_MFC, kept.pop().places_MFC], dim=2)
            x = up(Image(both, reals.pop()), time_D)
            x = Image(grow(x), reals[-1]).silenced()
        places_NC = self.final(x).rows
        weight_C, bias = self.conv_out.weight.flatten(), self.conv_out.bias
        score_MF = torch.mv(places_NC, weight_C).view(x.places_MFC.shape[:2])
        if bias is not None:
            score_MF = score_MF + bias
        score_MF[:, real:] = 0
        return score_MF[None]


@dataclass(frozen=True, slots=True)
class Image:
    """An image whose frames from `real` on are zero."""

    places_MFC: Tensor
    real: int

    @property
    def rows(self) -> Tensor:
        """All places, one after the other."""
        return self.places_MFC.view(-1, self.places_MFC.shape[2])

    def silenced(self) -> Image:
        """This image, its frames behind the real ones made zero."""
        self.places_MFC[:, self.real :] = 0
        return self

    def like(self, rows_NC: Tensor) -> Image:
        """Other channels at the same places."""
        return Image(rows_NC.view(*self.places_MFC.shape[:2], -1), self.real).silenced()


class PackedConv:
    """A convolution of images, of any stride."""

    def __init__(self, conv: nn.Module, dtype: torch.dtype) -> None:
        assert isinstance(conv, nn.Conv2d)
        self.dtype = dtype
        self.stride = list(conv.stride)
        assert isinstance(conv.padding, tuple)
        self.padding = list(conv.padding)
        weight = conv.weight.to(dtype).contiguous(memory_format=torch.channels_last)
        self.weight = torch.ops.mkldnn._reorder_convolution_weight(  # noqa: SLF001
            weight, self.padding, self.stride, [1, 1], 1, [1, weight.shape[1], *TYPICAL]
        )
        self.bias = None if conv.bias is None else conv.bias.to(dtype)

    def __call__(self, x: Image) -> Tensor:
        """[M, F, C] in float32; frames behind the real ones are what it makes of them."""
        y_1CMF = torch.ops.mkldnn._convolution_pointwise(  # noqa: SLF001
            _picture(x.places_MFC.to(self.dtype)),
            self.weight,
            self.bias,
            self.padding,
            self.stride,
            [1, 1],
            1,
            "none",
            [],
            "",
        )
        return y_1CMF[0].permute(1, 2, 0).float()


class PackedGrowth:
    """A transposed convolution to twice the size."""

    def __init__(self, conv: nn.Module, dtype: torch.dtype) -> None:
        assert isinstance(conv, nn.ConvTranspose2d)
        assert isinstance(conv.padding, tuple)
        self.dtype, self.stride, self.padding = dtype, conv.stride, conv.padding
        self.weight = conv.weight.to(dtype).contiguous(memory_format=torch.channels_last)
        self.bias = None if conv.bias is None else conv.bias.to(dtype)

    def __call__(self, x: Image) -> Tensor:
        """See `PackedConv`."""
        y_1CMF = functional.conv_transpose2d(
            _picture(x.places_MFC.to(self.dtype)),
            self.weight,
            self.bias,
            self.stride,
            self.padding,
        )
        return y_1CMF[0].permute(1, 2, 0).contiguous().float()


def _picture(x_MFC: Tensor) -> Tensor:
    """An image seen as [1, C, M, F]; nothing moves."""
    bands, frames, channels = x_MFC.shape
    size = bands * frames * channels
    return x_MFC.as_strided((1, channels, bands, frames), (size, 1, frames * channels, channels))


class PackedBlock:
    """Convolution, norm, mish; then perhaps the time."""

    def __init__(self, block: Block, dtype: torch.dtype) -> None:
        self.conv = PackedConv(block.conv, dtype)
        self.norm = block.norm

    def __call__(self, x: Image, time_C: Tensor | None = None) -> Image:
        norm = self.norm
        # Its statistics run over all frames of the window, also over those behind the real ones.
        normed_1CMF = functional.group_norm(
            _picture(self.conv(x)), norm.num_groups, norm.weight, norm.bias, norm.eps
        )
        y = Image(normed_1CMF[0].permute(1, 2, 0), x.real)
        activate(y.rows, time_C)
        return y.silenced()


def activate(x_NC: Tensor, time_C: Tensor | None) -> None:
    """`x = mish(x) + time`, in place: with p = 1 + e^x, mish is x - 2 x / (p p + 1)."""
    rows = max(1, CHUNK // x_NC.shape[1])
    scratch_NC = torch.empty(min(rows, len(x_NC)), x_NC.shape[1])
    for part_NC in x_NC.split(rows):
        p_NC = scratch_NC[: len(part_NC)]
        torch.clamp_max(part_NC, LINEAR, out=p_NC)
        p_NC.exp_().add_(1).square_().add_(1)
        torch.addcdiv(part_NC, part_NC, p_NC, value=-2, out=part_NC)
        if time_C is not None:
            part_NC.add_(time_C)


class PackedTimedBlock:
    """Two blocks, the time between them, and a way around."""

    def __init__(self, block: TimedBlock, dtype: torch.dtype) -> None:
        self.time = block.time
        self.first, self.second = (PackedBlock(b, dtype) for b in (block.first, block.second))
        self.around: Linear | None = None
        if isinstance(block.around, nn.Conv2d):
            weight = block.around.weight.flatten(1)
            self.around = linear(weight, block.around.bias, CPU, torch.float32)

    def __call__(self, x: Image, time_D: Tensor) -> Image:
        y = self.second(self.first(x, self.time(time_D)))
        y.places_MFC.add_(x.places_MFC if self.around is None else self._around(x))
        return y.silenced()

    def _around(self, x: Image) -> Tensor:
        assert self.around is not None
        return self.around(x.rows).view(*x.places_MFC.shape[:2], -1)


class PackedAttended:
    """Linear attention added to its input.

    What each place reads is its own vector times a matrix, which is the same for all places: so
    queries and values are never made, only the summary that the keys weigh.
    """

    def __init__(self, module: Attended) -> None:
        qkv, out = module.attention.qkv.weight.flatten(1), module.attention.out
        query, key, value = qkv.chunk(3)
        self.key = linear(key, None, CPU, torch.float32)
        self.query_HDC, self.value_HDC = (
            rows.reshape(HEADS, HEAD_CHANNELS, -1).contiguous() for rows in (query, value)
        )
        assert out.bias is not None
        gain = module.gain
        self.out_HDC = (gain * out.weight.flatten(1).T).reshape(HEADS, HEAD_CHANNELS, -1)
        self.bias_C = gain * out.bias

    def __call__(self, x: Image) -> Image:
        rows_NC = x.rows
        key_NK = self.key(rows_NC)
        key_NK.sub_(key_NK.amax(dim=0)).exp_()
        summary_KC = (key_NK.T @ rows_NC) / key_NK.sum(dim=0)[:, None]
        summary_HDC = summary_KC.view(HEADS, HEAD_CHANNELS, -1)
        context_HDE = summary_HDC @ self.value_HDC.transpose(1, 2)
        read_CC = (self.query_HDC.transpose(1, 2) @ context_HDE @ self.out_HDC).sum(dim=0)
        read_CC.diagonal().add_(1)
        return x.like(torch.addmm(self.bias_C, rows_NC, read_CC))


class PackedLevel:
    """One size of image, on the way down or up."""

    def __init__(self, level: nn.Module, dtype: torch.dtype) -> None:
        assert isinstance(level, Level)
        self.first, self.second = (
            PackedTimedBlock(block, dtype) for block in (level.first, level.second)
        )
        self.attended = PackedAttended(level.attended)

    def __call__(self, x: Image, time_D: Tensor) -> Image:
        return self.attended(self.second(self.first(x, time_D), time_D))
