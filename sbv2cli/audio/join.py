"""Several sounds after one another, with silences that are exact to the sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Samples of a block of silence.
BLOCK = 1 << 16


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


def join_blocks(
    parts: Iterable[Iterable[NDArray[np.float32]] | int],
) -> Iterator[NDArray[np.float32]]:
    """Sounds in blocks after one another; a number among them is a silence of so many samples."""
    nothing = np.zeros(BLOCK, dtype=np.float32)
    for part in parts:
        if isinstance(part, int):
            yield from (nothing[: min(BLOCK, part - at)] for at in range(0, part, BLOCK))
        else:
            yield from part
