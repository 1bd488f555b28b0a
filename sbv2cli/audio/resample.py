"""Another sampling rate, by a windowed-sinc filter evaluated where the new samples lie."""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# 32 zero crossings on each side under a Kaiser window with beta 12: the stop band lies about
# 110 dB down, below the noise of 16 bits.
CROSSINGS = 32
KAISER_BETA = 12.0
# The pass band ends this share below the lower Nyquist frequency, to leave the filter its slope.
ROLLOFF = 0.945
# New samples per step, so that memory stays flat for a chapter.
STEP = 16384


def resample(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """The same sound at `wanted` samples per second; equal rates return the very same array."""
    if rate == wanted or len(samples) == 0:
        return samples
    resampler = Resampler(rate, wanted)
    return np.concatenate([resampler.add(samples), resampler.rest()])


class Resampler:
    """The same for a sound that comes in blocks; the samples are those of the sound as a whole."""

    def __init__(self, rate: int, wanted: int) -> None:
        common = gcd(rate, wanted)
        self._up, self._down = wanted // common, rate // common
        self._kernels = kernels(self._up, self._down) if rate != wanted else None
        self._given = 0  # old samples so far
        self._made = 0  # new samples so far
        # Old samples that are still needed, `half` of them zeros before the sound.
        self._held = np.zeros(self._half, dtype=np.float32)
        self._first = 0  # place of the first held one, counted with those zeros

    @property
    def _half(self) -> int:
        return 0 if self._kernels is None else self._kernels.shape[1] // 2

    def add(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The new samples that no later block can change."""
        self._given += len(samples)
        if self._kernels is None:
            return samples
        self._held = np.concatenate([self._held, samples])
        # New sample n is made of the old ones from n·down/up on, as many as there are taps.
        complete = self._first + len(self._held) - self._kernels.shape[1] + 1
        return self._new(-(-max(0, complete) * self._up // self._down))

    def rest(self) -> NDArray[np.float32]:
        """The new samples at the end of the sound."""
        if self._kernels is None:
            return np.zeros(0, dtype=np.float32)
        self._held = np.pad(self._held, (0, self._half))
        return self._new(-(-self._given * self._up // self._down))

    def _new(self, until: int) -> NDArray[np.float32]:
        assert self._kernels is not None
        taps = self._kernels.shape[1]
        new = np.empty(max(0, until - self._made), dtype=np.float32)
        if len(new) == 0:
            return new
        windows = np.lib.stride_tricks.sliding_window_view(self._held, taps)
        for start in range(self._made, until, STEP):
            end = min(until, start + STEP)
            position = np.arange(start, end, dtype=np.int64) * self._down
            new[start - self._made : end - self._made] = np.einsum(
                "nt,nt->n",
                windows[position // self._up - self._first],
                self._kernels[position % self._up],
            )
        self._made = until
        kept = until * self._down // self._up
        self._held = self._held[kept - self._first :].copy()
        self._first = kept
        return new


@lru_cache(maxsize=8)
def kernels(
    up: int,
    down: int,
    *,
    crossings: int = CROSSINGS,
    beta: float = KAISER_BETA,
    rolloff: float = ROLLOFF,
) -> NDArray[np.float32]:
    """One filter for each place that a new sample can have between two old ones."""
    # Row p holds the filter for a new sample that lies p/up of a sample after an old one.
    cutoff = rolloff * min(1.0, up / down)
    half = int(np.ceil(crossings / cutoff))
    distance = np.arange(-half, half + 1)[None, :] - np.arange(up)[:, None] / up
    window = np.i0(beta * np.sqrt(np.clip(1 - (distance / (half + 1)) ** 2, 0, None)))
    kernels = cutoff * np.sinc(cutoff * distance) * window / np.i0(beta)
    # Unit gain at 0 Hz for every phase, or the sound would carry a faint tone of the step rate.
    kernels /= kernels.sum(axis=1, keepdims=True)
    return np.asarray(kernels, dtype=np.float32)
