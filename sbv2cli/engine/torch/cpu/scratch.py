"""Memory that is taken once and used again.

What a line needs depends on its length; taken anew for each, the heap falls to pieces between long
and short ones, and every fresh page costs a fault. Sizes here depend on the voice alone.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Numbers begin where a line of the cache does.
ALIGNMENT = 64


class Scratch:
    """A stretch of memory that is handed out from its beginning, again and again."""

    def __init__(self) -> None:
        self._bytes = torch.empty(0, dtype=torch.uint8)
        self._taken = 0

    def begin(self) -> None:
        """Forget what was handed out."""
        self._taken = 0

    def rows(self, rows: int, width: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Room for [rows, width], with whatever is in it."""
        size = rows * width * dtype.itemsize
        start, end = self._taken, self._taken + size
        if end > len(self._bytes):
            # What was handed out before stays valid in the old stretch, while it is in use.
            self._bytes = torch.empty(end + end // 8, dtype=torch.uint8)
        self._taken = -(-end // ALIGNMENT) * ALIGNMENT
        return self._bytes[start:end].view(dtype).view(rows, width)
