"""Where a sound begins and ends, and the silence put around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio.levels import factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Speech is what lies within this much of the line's own peak. Relative, because voices differ in
# level; 50 dB keeps the breath of a soft ending and drops the decoder's noise floor.
THRESHOLD_DB = -50.0
# Kept on both sides of the speech when trimming, so that no attack is cut.
MARGIN_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Half-open range of samples that hold the speech; empty for silence."""

    start: int
    end: int


def edges(samples: NDArray[np.float32], threshold_db: float = THRESHOLD_DB) -> Edges:
    """The range from the first to the last sample that is not silence."""
    level = np.abs(samples)
    loud = np.flatnonzero(level > level.max(initial=0.0) * factor(threshold_db))
    if len(loud) == 0:
        return Edges(start=0, end=0)
    return Edges(start=int(loud[0]), end=int(loud[-1]) + 1)


def trim(samples: NDArray[np.float32], rate: int) -> tuple[NDArray[np.float32], int]:
    """The sound without the silence around it, and how many samples were cut off its front."""
    found = edges(samples)
    margin = round(MARGIN_SECONDS * rate)
    start = max(0, found.start - margin)
    return samples[start : found.end + margin], start


def surround(samples: NDArray[np.float32], lead: int, tail: int) -> NDArray[np.float32]:
    """The sound with `lead` and `tail` samples of silence around it."""
    if lead == 0 and tail == 0:
        return samples
    return np.pad(samples, (lead, tail))


def samples_of(seconds: float, rate: int) -> int:
    """A duration in whole samples."""
    return round(seconds * rate)


def of(count: int) -> NDArray[np.float32]:
    """So many samples of nothing."""
    return np.zeros(count, dtype=np.float32)
