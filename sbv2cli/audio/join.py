"""Several sounds after one another, with silences that are exact to the sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def join(
    sounds: Sequence[NDArray[np.float32]], pauses: Sequence[int]
) -> tuple[NDArray[np.float32], list[int]]:
    """All sounds in one, `pauses[i]` samples of silence after sound i; and where each begins.

    There is one pause fewer than there are sounds: what follows the last is not ours to say.
    """
    assert len(pauses) == max(0, len(sounds) - 1)
    starts: list[int] = []
    position = 0
    parts: list[NDArray[np.float32]] = []
    for index, sound in enumerate(sounds):
        starts.append(position)
        parts.append(sound)
        position += len(sound)
        if index < len(pauses):
            parts.append(np.zeros(pauses[index], dtype=np.float32))
            position += pauses[index]
    if not parts:
        return np.zeros(0, dtype=np.float32), starts
    return np.concatenate(parts).astype(np.float32, copy=False), starts
