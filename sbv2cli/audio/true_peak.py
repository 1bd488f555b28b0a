"""The highest point of the curve between samples, which a converter or a lossy codec will meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio.blocks import Blocks
from sbv2cli.audio.levels import decibels
from sbv2cli.audio.resample import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ITU-R BS.1770-4, annex 2: at four times the rate, twelve samples around each point.
OVERSAMPLING = 4
CROSSINGS = 6
KAISER_BETA = 5.0

_CHUNK = 1 << 9
_BLOCK = 1 << 16


class TruePeakMeter:
    """True peak of a sound that comes in blocks; any split gives the same number."""

    def __init__(self) -> None:
        self._curve = Curve()
        self._blocks = Blocks(_BLOCK)
        self._before = np.zeros(2 * self._curve.half, dtype=np.float32)
        self._peak = 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        """More of the sound."""
        for block in self._blocks.add(samples):
            heard = np.concatenate([self._before, block])
            self._peak = self._highest(heard)
            self._before = heard[-2 * self._curve.half :]

    @property
    def peak_db(self) -> float:
        """The true peak of all that was added, in dB re full scale."""
        rest = np.concatenate([self._before, self._blocks.pending()])
        return decibels(self._highest(np.pad(rest, (0, 2 * self._curve.half))))

    def _highest(self, heard: NDArray[np.float32]) -> float:
        return max(self._peak, float(self._curve.peaks(heard, beyond=self._peak).max(initial=0.0)))


class Curve:
    """What lies between samples, by a windowed-sinc filter of `half` samples to each side."""

    def __init__(self) -> None:
        self._kernels = kernels(OVERSAMPLING, 1, crossings=CROSSINGS, beta=KAISER_BETA, rolloff=1.0)
        self.half = self._kernels.shape[1] // 2
        # Nothing between samples exceeds the samples around it by more than this.
        self._most = float(np.abs(self._kernels).sum(axis=1).max())

    def peaks(self, heard: NDArray[np.float32], *, beyond: float) -> NDArray[np.float32]:
        """The highest of the curve from each sample to its neighbours, `half` left out at the ends.

        Where it cannot lie beyond `beyond`, the sample itself is told: that costs nothing.
        """
        peaks = np.abs(heard[self.half : len(heard) - self.half])
        taps = 2 * self.half + 1
        for start in range(0, len(peaks), _CHUNK):
            chunk = heard[start : start + _CHUNK + taps - 1]
            if float(np.abs(chunk).max()) * self._most > beyond:
                windows = np.lib.stride_tricks.sliding_window_view(chunk, taps)
                after = np.abs(windows @ self._kernels.T).max(axis=1)
                here = peaks[start : start + _CHUNK]
                np.maximum(here, after, out=here)
                # What lies after a sample lies before the next one.
                np.maximum(here[1:], after[:-1], out=here[1:])
                follows = peaks[start + _CHUNK : start + _CHUNK + 1]
                np.maximum(follows, after[-1:], out=follows)
        return peaks
