"""The decoder of one line on a CPU: the same mathematics on rows, in memory that stays.

Knows the network of `models/vocoder/hifigan`, which is the reference for what is computed here.
What adds up is kept in float32, what convolutions read in the precision of their products. Shapes:
F frames, T rows of a stage, C channels, S samples.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import ceil, lcm

import torch
from torch import Tensor, nn

from sbv2cli.engine.torch.cpu import convolution, padded_signal
from sbv2cli.engine.torch.cpu.convolution import Direct, activate
from sbv2cli.engine.torch.cpu.linear import can_reorder
from sbv2cli.engine.torch.cpu.padded_signal import Frame, RowConvolution, Signal
from sbv2cli.engine.torch.cpu.scratch import Scratch
from sbv2cli.engine.torch.cpu.winograd import WinogradConv
from sbv2cli.models.architecture import Vocoder
from sbv2cli.models.vocoder.hifigan.model import (
    LAST_SLOPE,
    SLOPE,
    HifiGan,
    PairedBlock,
    SingleBlock,
    repeat_edges,
)

# Numbers of a signal that go through all blocks of a stage at a time: 8 MiB in float32.
TILE = 1 << 21


class Memory(threading.local):
    """What a thread computes in."""

    def __init__(self) -> None:
        # A stage reads what the one before it wrote: two of them take turns.
        self.stages = (Scratch(), Scratch())
        self.tile = Scratch()
        # What stands between two convolutions, and what the second of them, or a single one, needs.
        self.between, self.products = Scratch(), Scratch()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """Samples of a step, from `first` to before `end`, that hear the same steps around it."""

    first: int
    end: int
    away: int  # from the step to the first that is heard
    conv: Direct

    @property
    def reach(self) -> int:
        """Rows that are heard before the first."""
        return max(0, -self.away)

    @property
    def more(self) -> int:
        """Rows that are read beyond as many as are made."""
        return self.reach + max(0, self.away + self.conv.kernel - 1)

    @property
    def grain(self) -> int:
        """Any number of rows can be made."""
        return 1


class PackedUpsampler:
    """A transposed convolution as ordinary ones that make samples of a step at once.

    Sample r of step t is a sum over a few neighbours of t, the same ones for several r in a row.
    One convolution for all of them would hear half as many neighbours again, with weights of zero.
    """

    def __init__(self, conv: nn.ConvTranspose1d, scale: float, dtype: torch.dtype) -> None:
        rate, kernel, padding = conv.stride[0], conv.kernel_size[0], conv.padding[0]
        assert isinstance(padding, int)
        assert conv.bias is not None
        bias_C, weight_COK = conv.bias, conv.weight * scale
        self.rate, self.inner, self.outer = rate, weight_COK.shape[0], weight_COK.shape[1]

        def heard_by(r: int) -> dict[int, int]:
            """The tap that sample r hears each neighbour with."""
            taps = {at: r + padding - at * rate for at in range(-kernel, kernel + 1)}
            return {at: tap for at, tap in taps.items() if 0 <= tap < kernel}

        self.phases = []
        for heard, members in groupby(range(rate), lambda r: tuple(heard_by(r))):
            samples = list(members)
            weights = [
                weight_COK[:, :, list(heard_by(r).values())].transpose(0, 1) for r in samples
            ]
            self.phases.append(
                Phases(
                    first=samples[0],
                    end=samples[-1] + 1,
                    away=heard[0],
                    conv=convolution.pack(
                        torch.cat(weights), bias_C.repeat(len(samples)), dilation=1, dtype=dtype
                    ),
                )
            )
        self.frame = padded_signal.frame(self.inner, self.phases, made=rate * self.outer)

    def __call__(self, source: Signal, first: int, x: Signal) -> None:
        """Rows of `x` from those of `source` that begin at `first`."""
        for start, count in self.frame.chunks(x.length // self.rate):
            made = x.part(start * self.rate, count * self.rate).view(count, self.rate, self.outer)
            for phases in self.phases:
                conv = phases.conv
                heard_TC = source.part(first + start + phases.away, count + conv.more)
                y_TC = convolution.valid(heard_TC, conv.weight, conv.bias, conv.dilation)
                made[:, phases.first : phases.end].copy_(y_TC.view(count, -1, self.outer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a residual block adds at a time: a convolution, or two with an activation between."""

    first: RowConvolution | None
    last: RowConvolution

    @property
    def _between(self) -> int:
        """Rows that the first convolution makes beyond as many as are added."""
        assert self.first is not None
        return -(-self.last.more // self.first.grain) * self.first.grain

    @property
    def reach(self) -> int:
        """Rows that are heard before the first."""
        return self.last.reach + (0 if self.first is None else self.first.reach)

    @property
    def more(self) -> int:
        """Rows that are read beyond as many as are added."""
        return self.last.more if self.first is None else self._between + self.first.more

    @property
    def grain(self) -> int:
        """The number of rows that are added is a multiple of this."""
        return self.last.grain if self.first is None else lcm(self.first.grain, self.last.grain)

    def accumulate(self, heard: Signal, start: int, sum_TC: Tensor, memory: Memory) -> None:
        """Add to the rows of a signal that begin at `start` what this step hears around them."""
        size = len(sum_TC)
        if self.first is None:
            heard_TC = heard.heard_by(self.last, start, size)
        else:
            begin, count = start - self.last.reach, size + self._between
            heard_TC = self.first.activated(
                heard.heard_by(self.first, begin, count), SLOPE, memory.between
            )
            # A convolution makes something of the silence around the sound; the next one must not
            # hear it.
            heard_TC[: max(0, -begin)].zero_()
            heard_TC[max(0, heard.length - begin) :].zero_()
            heard_TC = heard_TC[: size + self.last.more]
        self.last.accumulate(heard_TC, sum_TC, memory.products)


class PackedBlock:
    """A residual block, "1" in pairs, or "2" of single convolutions."""

    def __init__(self, block: nn.Module, dtype: torch.dtype) -> None:
        if isinstance(block, PairedBlock):
            self.steps = [
                Step(first=padded_signal.pack(first, dtype), last=padded_signal.pack(last, dtype))
                for first, last in zip(block.first, block.second, strict=True)
            ]
        else:
            assert isinstance(block, SingleBlock)
            self.steps = [
                Step(first=None, last=padded_signal.pack(conv, dtype)) for conv in block.convs
            ]

    @property
    def reach(self) -> int:
        """Rows that a sample hears on each side."""
        return sum(step.reach for step in self.steps)

    @property
    def combines(self) -> bool:
        """Whether samples are combined somewhere."""
        return any(
            isinstance(conv, WinogradConv)
            for step in self.steps
            for conv in (step.first, step.last)
        )


class Tile:
    """The signals of a stage, for as many rows as go through it at a time."""

    def __init__(self, frame: Frame, length: int, dtype: torch.dtype, memory: Memory) -> None:
        memory.tile.begin()
        # What convolutions hear is `x` activated, for all blocks, and `even` and `odd`, which take
        # turns along a block.
        self.x, self.active, self.branch, self.even, self.odd, self.total = (
            padded_signal.signal(frame, length, dtype, memory.tile) for _ in range(6)
        )
        for heard in (self.active, self.even, self.odd):
            heard.silence_before()
        self.memory = memory


class PackedStage:
    """Upsampling, and the sum over residual blocks."""

    def __init__(
        self, upsampler: nn.Module, blocks: Sequence[nn.Module], scale: float, dtype: torch.dtype
    ) -> None:
        assert isinstance(upsampler, nn.ConvTranspose1d)
        self.upsampler = PackedUpsampler(upsampler, scale, dtype)
        self.blocks = [PackedBlock(block, dtype) for block in blocks]
        rate = self.upsampler.rate
        # Whole rows of the source.
        self.reach = -(-max(block.reach for block in self.blocks) // rate) * rate
        # Combined samples are exact to begin with; where there are none, nothing is converted.
        combines = any(block.combines for block in self.blocks)
        self.dtype = torch.float32 if combines else dtype
        self.frame = padded_signal.frame(
            self.upsampler.outer,
            [step for block in self.blocks for step in block.steps],
            after=self.upsampler.frame.grain * rate,
        )

    def __call__(self, source: Signal, out: Signal, slope: float, memory: Memory) -> None:
        """`out` is activated for what hears it."""
        rate = self.upsampler.rate
        tile_rows = TILE // self.frame.channels
        count = ceil(max(1, out.length - 2 * self.reach) / tile_rows)
        edges = [source.length * index // count * rate for index in range(count + 1)]
        for start, end in pairwise(edges):
            # Rows at a tile's ends hear silence where the line goes on, and are left out.
            first, last = max(start - self.reach, 0), min(end + self.reach, out.length)
            tile = Tile(self.frame, last - first, self.dtype, memory)
            self.upsampler(source, first // rate, tile.x)
            self._add_blocks(tile)
            for at in range(start, end, self.frame.chunk):
                size = min(self.frame.chunk, end - at)
                activate(tile.total.part(at - first, size), slope, out.part(at, size))
        out.silence_before()
        out.silence_after()

    def _add_blocks(self, tile: Tile) -> None:
        for start, size in tile.x.chunks():
            activate(tile.x.part(start, size), SLOPE, tile.active.part(start, size))
        tile.active.silence_after()
        for index, block in enumerate(self.blocks):
            _run(block, tile, first=index == 0)


def _run(block: PackedBlock, tile: Tile, *, first: bool) -> None:
    """Add what a block makes of `tile.x` to `tile.total`; the first one begins the total."""
    x, heard = tile.x, tile.active
    for index, step in enumerate(block.steps):
        last = index == len(block.steps) - 1
        total = tile.total if last or first else tile.branch
        active = tile.even if heard is tile.odd else tile.odd
        for start, size in x.chunks():
            x_TC, total_TC = x.part(start, size), total.part(start, size)
            if last and not first:
                total_TC.add_(x_TC)
            elif total is not x:
                total_TC.copy_(x_TC)
            step.accumulate(heard, start, total_TC, tile.memory)
            if not last:
                activate(total_TC, SLOPE, active.part(start, size))
        if not last:
            active.silence_after()
        x, heard = total, active


def pack(decoder: HifiGan, dtype: torch.dtype) -> Vocoder | None:
    """The same vocoder for one line at a time; nothing where it, or this machine, cannot."""
    odd = any(kernel % 2 == 0 for kernel in decoder.dims.residual_kernels)
    if odd or any(decoder.extras) or not can_reorder(dtype) or not convolution.can_pack(dtype):
        return None
    packed = PackedDecoder(decoder, dtype)
    # The packed weights take their place.
    decoder.to("meta")
    return packed


class PackedDecoder(Vocoder):
    """The decoder of one line, whose stages must not make odd samples."""

    def __init__(self, decoder: HifiGan, dtype: torch.dtype) -> None:
        super().__init__()
        assert not any(decoder.extras)
        self.dims = decoder.dims
        self.frame_samples = decoder.frame_samples
        self.bytes_per_frame = decoder.bytes_per_frame
        self.dtype = dtype
        self.halo = decoder.halo
        self.condition = deepcopy(decoder.condition)
        self.conv_in = convolution.pack(
            decoder.conv_in.weight, decoder.conv_in.bias, dilation=1, dtype=dtype
        )
        # The mean over a stage's blocks is a sum whose share the next weight takes: the
        # activation between them lets a positive factor through.
        count = decoder.blocks_per_stage
        self.stages = [
            PackedStage(
                upsampler,
                list(decoder.blocks[index * count : (index + 1) * count]),
                1 / count if index else 1.0,
                dtype,
            )
            for index, upsampler in enumerate(decoder.upsamplers)
        ]
        self.conv_out = LastConvolution(decoder.conv_out.weight / count, decoder.conv_out.bias)
        self.memory = Memory()

    def forward(
        self,
        x_BCF: Tensor,
        lengths_B: Tensor | None,
        speaker_BG1: Tensor,
        noise_BNF: Tensor | None = None,
    ) -> Tensor:
        """See `Vocoder.forward`; of one line, on rows [F, C]."""
        assert lengths_B is None
        assert noise_BNF is None
        memory, edge, frames = self.memory, self.dims.edge_frames, x_BCF.shape[2]
        if edge:
            x_BCF = repeat_edges(x_BCF, None, edge)
        heard = self._enter(x_BCF[0].T, speaker_BG1[0, :, 0], memory)
        for index, stage in enumerate(self.stages):
            last = index == len(self.stages) - 1
            following = None if last else self.stages[index + 1].upsampler
            scratch = memory.stages[(index + 1) % 2]
            scratch.begin()
            out = padded_signal.signal(
                self.conv_out.frame if following is None else following.frame,
                heard.length * stage.upsampler.rate,
                # It ends the sound: in float32.
                torch.float32 if last else self.dtype,
                scratch,
            )
            stage(heard, out, LAST_SLOPE if last else SLOPE, memory)
            heard = out
        start = edge * self.frame_samples
        return self.conv_out(heard)[None, None, start : start + frames * self.frame_samples]

    def _enter(self, z_FC: Tensor, speaker_G: Tensor, memory: Memory) -> Signal:
        """What the first upsampler hears."""
        entry, into = memory.stages[1], memory.stages[0]
        entry.begin()
        into.begin()
        width = self.stages[0].upsampler.inner
        frame = padded_signal.frame(z_FC.shape[1], [self.conv_in], made=width)
        z = padded_signal.signal(frame, len(z_FC), self.dtype, entry)
        z.part(0, len(z_FC)).copy_(z_FC)
        z.silence_before()
        z.silence_after()
        x = padded_signal.signal(self.stages[0].upsampler.frame, len(z_FC), self.dtype, into)
        own_C = 0.0 if self.condition is None else self.condition(speaker_G[None, :, None])[0, :, 0]
        for start, size in z.chunks():
            y_TC = convolution.valid(
                z.heard_by(self.conv_in, start, size), self.conv_in.weight, self.conv_in.bias, 1
            )
            real = min(size, x.length - start)
            activate((y_TC + own_C)[:real], SLOPE, x.part(start, real))
        x.silence_before()
        x.silence_after()
        return x


class LastConvolution:
    """The last convolution, to one channel: each tap's product with all rows, added up."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.grain = 1
        self.bias = 0.0 if bias is None else float(bias)
        self.weight_KC = weight[0].T.contiguous()
        self.more = len(self.weight_KC) - 1
        self.reach = self.more // 2
        self.frame = padded_signal.frame(weight.shape[1], [self])

    def __call__(self, x: Signal) -> Tensor:
        """[S] samples."""
        samples_S = torch.full((x.frame.rounded(x.length),), self.bias)
        for start, size in x.chunks():
            # A row of products for each tap; columns would be read with gaps, three times as long.
            products_KT = torch.mm(self.weight_KC, x.heard_by(self, start, size).T)
            made_S = samples_S[start : start + size]
            for tap, products_T in enumerate(products_KT):
                made_S.add_(products_T[tap : tap + size])
        return torch.tanh(samples_S[: x.length])
