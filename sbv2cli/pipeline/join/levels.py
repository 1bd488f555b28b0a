"""What is in a finished file: read again from the disk and measured, chapter by chapter."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio.blocks import Blocks
from sbv2cli.audio.levels import decibels
from sbv2cli.audio.loudness import Meter, together
from sbv2cli.audio.true_peak import TruePeakMeter
from sbv2cli.writers.audio import source

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The noise floor is the quietest half second, as ACX's own check has it.
_FLOOR_SECONDS = 0.5
# Where speech begins and ends: the first and last hundredth of a second above this.
_EDGE_SECONDS = 0.01
_EDGE_DB = -50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Of a file or a chapter in it. Decibels re full scale; minus infinity is silence."""

    seconds: float
    rms_db: float
    peak_db: float
    true_peak_db: float
    floor_db: float
    lufs: float
    head: float  # seconds before the first speech
    tail: float


def measure(
    path: Path, begins: Sequence[float], advance: Callable[[float], None]
) -> tuple[Levels, list[Levels]]:
    """The levels of a file, and of the stretches that begin at these seconds."""
    rate = source.facts(path).rate
    starts = [round(begin * rate) for begin in begins]
    found: list[Levels] = []
    energies: list[NDArray[np.float64]] = []
    stretch, position = _Stretch(rate), 0

    def end() -> None:
        found.append(stretch.levels())
        energies.append(stretch.loudness.hop_energies())

    for block in source.read_blocks(path):
        for index, piece in _pieces(block, position, starts):
            while len(found) < index:
                end()
                stretch = _Stretch(rate)
            stretch.add(piece)
        position += len(block)
        advance(len(block) / rate)
    while len(found) < len(starts):
        end()
        stretch = _Stretch(rate)
    lufs = found[0].lufs if len(found) == 1 else together(energies, rate)
    return _together(found, lufs), found


def _together(chapters: Sequence[Levels], lufs: float) -> Levels:
    seconds = sum(each.seconds for each in chapters)
    energy = sum(each.seconds * 10 ** (each.rms_db / 10) for each in chapters)
    return Levels(
        seconds=seconds,
        rms_db=10 * math.log10(energy / seconds) if energy else -math.inf,
        peak_db=max(each.peak_db for each in chapters),
        true_peak_db=max(each.true_peak_db for each in chapters),
        floor_db=min(each.floor_db for each in chapters),
        lufs=lufs,
        head=chapters[0].head,
        tail=chapters[-1].tail,
    )


def _pieces(
    block: NDArray[np.float32], position: int, starts: Sequence[int]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The pieces of a block with the number of the stretch that each belongs to."""
    first = int(np.searchsorted(starts, position, side="right")) - 1
    for index in range(max(first, 0), len(starts)):
        begin = max(starts[index] - position, 0)
        end = starts[index + 1] - position if index + 1 < len(starts) else len(block)
        if begin >= len(block):
            return
        if end > begin:
            yield index, block[begin:end]


class _Stretch:
    """Measures a sound that comes in blocks."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.loudness = Meter(rate)
        self._true_peak = TruePeakMeter()
        self._windows = Blocks(round(_FLOOR_SECONDS * rate))
        self._edge = round(_EDGE_SECONDS * rate)
        self._count = 0
        self._energy = 0.0
        self._peak = 0.0
        self._quietest = math.inf
        self._seen = 0  # samples in whole windows so far
        self._first: int | None = None
        self._last = 0

    def add(self, samples: NDArray[np.float32]) -> None:
        """More of the sound."""
        self.loudness.add(samples)
        self._true_peak.add(samples)
        self._count += len(samples)
        self._energy += float(np.sum(np.square(samples, dtype=np.float64)))
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))
        for window in self._windows.add(samples):
            self._quietest = min(self._quietest, float(np.mean(np.square(window, dtype=float))))
            self._find_edges(window)

    def levels(self) -> Levels:
        """Of all that was heard."""
        self._find_edges(self._windows.rest())
        floor = self._quietest if self._quietest < math.inf else self._mean()
        return Levels(
            seconds=self._count / self._rate,
            rms_db=decibels(math.sqrt(self._mean())),
            peak_db=decibels(self._peak),
            true_peak_db=self._true_peak.peak_db,
            floor_db=decibels(math.sqrt(floor)),
            lufs=self.loudness.lufs,
            head=(self._count if self._first is None else self._first) / self._rate,
            tail=(self._count - self._last) / self._rate,
        )

    def _mean(self) -> float:
        return self._energy / self._count if self._count else 0.0

    def _find_edges(self, window: NDArray[np.float32]) -> None:
        short = window[: len(window) // self._edge * self._edge].reshape(-1, self._edge)
        loud = np.flatnonzero(
            np.sqrt(np.mean(np.square(short, dtype=float), axis=1)) > 10 ** (_EDGE_DB / 20)
        )
        if len(loud):
            if self._first is None:
                self._first = self._seen + int(loud[0]) * self._edge
            self._last = self._seen + (int(loud[-1]) + 1) * self._edge
        self._seen += len(window)
