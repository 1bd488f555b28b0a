"""How work grows with its input, by CPU time: what other programs do does not count."""

from __future__ import annotations

import time
from collections.abc import Callable

TRIES = 5
ENOUGH_S = 0.02  # a shorter time says little about a clock's unit
SLACK = 3  # caches and the garbage collector; the square of ten is still far above


def assert_linear(work: Callable[[int], object], size: int, times: int) -> None:
    """Work on `times` as much takes about `times` as long.

    Noise only makes a measurement slower, so the best of a few decides. No size comes twice: the
    languages remember answers.
    """
    seen = []
    quickest = float("inf")
    for more in range(TRIES):
        quickest = min(quickest, _seconds(work, size + more))
        seen.append(_seconds(work, size * times + more) / max(quickest, ENOUGH_S))
        if seen[-1] <= SLACK * times:
            return
    raise AssertionError(f"{times} times the input takes {min(seen):.0f} times the time")


def _seconds(work: Callable[[int], object], size: int) -> float:
    began = time.process_time()
    work(size)
    return time.process_time() - began
