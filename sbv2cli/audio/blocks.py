"""A sound that comes in blocks of any length, cut anew into blocks of one length.

Whoever works on these computes the same, bit for bit, however the sound came.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Blocks:
    """Holds back what does not fill a block yet."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._parts: list[NDArray[np.float32]] = []
        self._held = 0

    def add(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """The blocks that are full now; take them all before adding more."""
        position = 0
        while self._held + len(samples) - position >= self.size:
            end = position + self.size - self._held
            yield self._joined(samples[position:end])
            position = end
        if position < len(samples):
            # A copy, as the giver may use the memory again.
            self._parts.append(samples[position:].copy())
            self._held += len(samples) - position

    def pending(self) -> NDArray[np.float32]:
        """What does not fill a block, still held."""
        return np.concatenate(self._parts) if self._parts else np.zeros(0, np.float32)

    def rest(self) -> NDArray[np.float32]:
        """What does not fill a block, at the end of the sound."""
        return self._joined(np.zeros(0, np.float32))

    def _joined(self, last: NDArray[np.float32]) -> NDArray[np.float32]:
        parts, self._parts, self._held = self._parts, [], 0
        return np.concatenate([*parts, last]) if parts else last
