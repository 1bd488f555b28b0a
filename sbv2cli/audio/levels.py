"""How loud a sound is, and making it louder by a known amount. Decibels are re full scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def decibels(ratio: float) -> float:
    """Amplitude ratio -> dB; nothing at all is minus infinity."""
    return 20 * math.log10(ratio) if ratio > 0 else -math.inf


def factor(gain_db: float) -> float:
    """DB -> amplitude ratio."""
    return float(10 ** (gain_db / 20))


def peak_db(samples: NDArray[np.float32]) -> float:
    """The largest sample."""
    return decibels(float(np.abs(samples).max(initial=0.0)))


def rms_db(samples: NDArray[np.float32]) -> float:
    """Root mean square over the whole sound, pauses included."""
    if len(samples) == 0:
        return -math.inf
    return decibels(math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))))


def gain(samples: NDArray[np.float32], gain_db: float) -> NDArray[np.float32]:
    """The same sound, louder or softer; 0 dB returns the very same array."""
    if gain_db == 0:
        return samples
    return samples * np.float32(factor(gain_db))


def clipped(samples: NDArray[np.float32]) -> int:
    """How many samples lie beyond full scale, and so would be cut off in an integer file."""
    return int(np.count_nonzero(np.abs(samples) > 1.0))
