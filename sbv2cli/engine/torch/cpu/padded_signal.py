"""Rows [T, C] of a signal with silence on both sides, and convolutions over them.

Long signals are convolved a few hundred kilobytes at a time: what one operator leaves in the
cache the next one finds there, and what an operator takes from the system is always of one size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import lcm
from typing import Protocol

import torch
from torch import Tensor, nn

from sbv2cli.engine.torch.cpu import convolution, winograd
from sbv2cli.engine.torch.cpu.scratch import Scratch

# Numbers that a convolution makes at a time. Threads take turns in calling operators, so there must
# not be too many: with a quarter of this, two threads in half precision took a fifth longer.
CHUNK = 1 << 20

# Lengths are rounded up to this part of a chunk: oneDNN writes a program for each that it meets.
LENGTHS = 16


class Listener(Protocol):
    """What makes rows from as many and some `more`, beginning `reach` earlier."""

    @property
    def reach(self) -> int:
        """Rows that are heard before the first."""

    @property
    def more(self) -> int:
        """Rows that are read beyond as many as are made."""

    @property
    def grain(self) -> int:
        """The number of rows that are made is a multiple of this."""


class RowConvolution(Listener, Protocol):
    """A convolution that keeps the length of its input."""

    def activated(self, x_TC: Tensor, slope: float, scratch: Scratch) -> Tensor:
        """`leaky_relu(conv(x))`, perhaps in `scratch`."""

    def accumulate(self, x_TC: Tensor, sum_TC: Tensor, scratch: Scratch) -> None:
        """`sum += conv(x)`."""


def pack(conv: nn.Module, dtype: torch.dtype) -> RowConvolution:
    """A convolution of a network, in the way that is faster here."""
    assert isinstance(conv, nn.Conv1d)
    outer, inner, kernel = conv.weight.shape
    kind = winograd if pays(min(outer, inner), kernel, dtype) else convolution
    return kind.pack(conv.weight, conv.bias, dilation=conv.dilation[0], dtype=dtype)


def pays(channels: int, kernel: int, dtype: torch.dtype) -> bool:
    """Whether a Winograd convolution gains more than it costs (`tools.bench_convolutions`).

    Where a processor multiplies in tiles, products cost less and combining as much: measured on
    an AMD EPYC (Zen 4) without tiles and an Intel Xeon with them.
    """
    tiles = has_tiles()
    if dtype == torch.bfloat16:
        # Products take half the time there, and combining as long; in tiles a tenth.
        return not tiles and kernel >= 7 and channels >= 256
    return kernel >= 3 and channels * kernel >= (1400 if tiles else 384)


@cache
def has_tiles() -> bool:
    """Whether this processor multiplies matrices in tiles (AMX)."""
    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return supported is not None and bool(supported())


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How much silence stands around a signal, and in which steps its length is counted."""

    channels: int
    before: int
    after: int
    grain: int
    chunk: int  # rows that are made at a time

    def rounded(self, length: int) -> int:
        """The length that is computed."""
        return -(-length // self.grain) * self.grain

    def chunks(self, length: int) -> Iterator[tuple[int, int]]:
        """First row and number of rows of each part of a signal; parts are about equal."""
        end = self.rounded(length)
        size = self.rounded(-(-end // max(1, -(-end // self.chunk))))
        for start in range(0, end, max(1, size)):
            yield start, min(size, end - start)


def frame(
    channels: int, listeners: Sequence[Listener], *, made: int | None = None, after: int = 0
) -> Frame:
    """The frame of signals that these listeners hear; with `after` rows behind, at least.

    Of each row listeners make `made` numbers, or as many as there are channels.
    """
    chunk = CHUNK // (made or channels)
    grain = lcm(*(x.grain for x in listeners))
    grain *= max(1, chunk // LENGTHS // grain)
    heard = max(x.more - x.reach for x in listeners)
    return Frame(
        channels=channels,
        before=max(x.reach for x in listeners),
        after=max(after, grain + heard),
        grain=grain,
        chunk=max(1, chunk // grain) * grain,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Rows that sound, in a frame of rows that don't."""

    frame: Frame
    length: int
    rows_TC: Tensor  # with what stands before and after

    def part(self, start: int, rows: int) -> Tensor:
        """Rows from `start` on, which may lie in the silence."""
        first = self.frame.before + start
        return self.rows_TC[first : first + rows]

    def heard_by(self, listener: Listener, start: int, rows: int) -> Tensor:
        """What a listener must read to make those rows."""
        return self.part(start - listener.reach, rows + listener.more)

    def chunks(self) -> Iterator[tuple[int, int]]:
        """First row and number of rows of what is computed at a time."""
        return self.frame.chunks(self.length)

    def silence_before(self) -> None:
        """Make what stands before the sound silent: memory is used again."""
        self.rows_TC[: self.frame.before].zero_()

    def silence_after(self) -> None:
        """Make what stands behind the sound silent: the last chunk ends there."""
        self.rows_TC[self.frame.before + self.length :].zero_()


def signal(frame: Frame, length: int, dtype: torch.dtype, scratch: Scratch) -> Signal:
    """Room for a signal of that length."""
    rows = frame.before + length + frame.after
    return Signal(frame=frame, length=length, rows_TC=scratch.rows(rows, frame.channels, dtype))
