"""How much of a spectrogram is left after so many steps, and in which leaps one goes back.

In double precision: a float32 product of 400 factors is good to four digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Leap:
    """One step back: from `tau`, where `there` of the signal's power is left, to `here`."""

    tau: int
    there: float
    here: float  # 1: the spectrogram itself


def powers(steps: int, beta_min: float, beta_max: float) -> NDArray[np.float64]:
    """[T + 1]: share of the signal's power (alpha bar) after 0, 1, ... T steps."""
    betas = np.linspace(beta_min, beta_max, steps, dtype=np.float64)
    return np.concatenate([[1.0], np.cumprod(1 - betas)])


def taus_of(steps: int, leaps: int) -> list[int]:
    """So many steps of T, equally far apart: T and 1 among them, where their distance fits."""
    gamma = max(1, (steps - 1) // max(1, leaps - 1))
    return [1 + gamma * index for index in reversed(range(leaps))]


def leaps_of(taus: list[int], left: NDArray[np.float64]) -> list[Leap]:
    """The way back over these steps, the largest first."""
    here = [float(left[tau]) for tau in taus[1:]]
    return [
        Leap(tau=tau, there=float(left[tau]), here=after)
        for tau, after in zip(taus, [*here, 1.0], strict=True)
    ]
