"""Keeps a sound below a ceiling by turning it down around its peaks, and nowhere else.

The gain is the least that is needed within `REACH_SECONDS` on both sides, smoothed by a window as
wide: it falls before a peak and rises after it, slower than the slowest voice vibrates. It looks
at a fixed stretch of sound, so a sound in blocks comes out as the whole does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio.blocks import Blocks
from sbv2cli.audio.levels import factor
from sbv2cli.audio.true_peak import Curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Two periods of a voice at 100 Hz.
REACH_SECONDS = 0.02
_BLOCK = 1 << 15


def limit(samples: NDArray[np.float32], rate: int, ceiling_db: float) -> NDArray[np.float32]:
    """The sound with its true peak at `ceiling_db` at most; the very same array if it is already.

    Between samples a peak may still exceed the ceiling by a tenth of a decibel.
    """
    limiter = Limiter(rate, ceiling_db)
    blocks = [*limiter.add(samples), *limiter.rest()]
    return np.concatenate(blocks) if limiter.worked else samples


class Limiter:
    """The same for a sound that comes in blocks."""

    def __init__(self, rate: int, ceiling_db: float) -> None:
        self.worked = False  # whether anything had to be turned down
        self._ceiling = factor(ceiling_db)
        self._curve = Curve()
        self._reach = round(REACH_SECONDS * rate)
        # What decides over a sample: means and maximum as far as they reach, and for each of those
        # the curve to its neighbours.
        self._margin = 2 * self._reach + 1 + self._curve.half
        self._blocks = Blocks(_BLOCK)
        self._held = np.zeros(self._margin, dtype=np.float32)

    def add(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """What no later block can change."""
        for block in self._blocks.add(samples):
            yield from self._next(block)

    def rest(self) -> Iterator[NDArray[np.float32]]:
        """The end of the sound."""
        yield from self._next(np.pad(self._blocks.rest(), (0, self._margin)))

    def _next(self, block: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        heard = np.concatenate([self._held, block])
        self._held = heard[-2 * self._margin :] if len(heard) >= 2 * self._margin else heard
        inner = heard[self._margin : len(heard) - self._margin]
        if len(inner):
            yield self._limited(heard, inner)

    def _limited(
        self, heard: NDArray[np.float32], inner: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        # The first and last sample of the margin serve the peaks between samples.
        highest = self._curve.peaks(heard, beyond=self._ceiling)[1:-1]
        if float(highest.max()) <= self._ceiling:
            return inner
        self.worked = True
        too_much = 1 - self._ceiling / np.maximum(highest, self._ceiling)
        cut = _maximum(too_much, 2 * self._reach + 1)
        # Two means of half the width: a triangle, and exactly nothing where nothing is cut.
        cut = _mean(_mean(cut, self._reach + 1), self._reach + 1)
        # Sums in another order may miss the last bit; the ceiling may not.
        cut = np.maximum(cut, too_much[2 * self._reach : -2 * self._reach])
        return np.asarray(inner * (1 - cut).astype(np.float32))


def _maximum(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The largest of every `width` neighbours, by doubling."""
    done = 1
    while done < width:
        step = min(done, width - done)
        values = np.maximum(values[:-step], values[step:])
        done += step
    return values


def _mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    return np.asarray((sums[width:] - sums[:-width]) / width)
