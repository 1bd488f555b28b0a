"""How much of a spectrogram remains after so many steps of noise, and which steps sampling takes.

A network answers the noise of a noisy spectrogram x = sqrt(a) clean + sqrt(1 - a) noise, or its
velocity v = sqrt(a) noise - sqrt(1 - a) clean (Salimans and Ho 2022), from which both follow. Where
nearly all is noise, the noise says next to nothing of the spectrogram: what it is wrong by becomes
wrong by 1 / sqrt(a), 164 at the last of 400 steps. The velocity is the spectrogram itself there, so
a few steps suffice, and a network need not learn first to pass its input on.

In double precision: a float32 product of 400 factors is good to four digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingStep:
    """A step of sampling: from training step `tau` to the next smaller one that is taken."""

    tau: int
    alpha_bar: float  # share of the signal's power at `tau`
    next_alpha_bar: float  # 1: the spectrogram itself


def alpha_bars(steps: int, beta_min: float, beta_max: float) -> NDArray[np.float64]:
    """[T + 1]: share of the signal's power after 0, 1, ... T steps."""
    betas = np.linspace(beta_min, beta_max, steps, dtype=np.float64)
    return np.concatenate([[1.0], np.cumprod(1 - betas)])


def deviation(at: SamplingStep) -> float:
    """Of the noise that a step adds at most: as much as the posterior of the process has."""
    share = (1 - at.next_alpha_bar) / (1 - at.alpha_bar)
    return math.sqrt(share * (1 - at.alpha_bar / at.next_alpha_bar))


def taus_of(trained: int, steps: int) -> list[int]:
    """So many of T steps, equally far apart: T and 1 among them, where their distance fits."""
    gamma = max(1, (trained - 1) // max(1, steps - 1))
    return [1 + gamma * index for index in reversed(range(steps))]


def step_of(taus: Sequence[int], index: int, bars: NDArray[np.float64]) -> SamplingStep:
    """One of these steps, the largest first."""
    following = taus[index + 1] if index + 1 < len(taus) else 0
    return SamplingStep(
        tau=taus[index], alpha_bar=float(bars[taus[index]]), next_alpha_bar=float(bars[following])
    )
