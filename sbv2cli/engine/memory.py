"""Memory that a process holds and no longer needs."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return what is free between the pieces of the heap.

    Each window begins with its longest lines, whose buffers no longer fit into what the short
    lines of the window before have left; without this a script of thousands of lines grows.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def is_full(error: Exception) -> bool:
    """Whether an error says that memory did not suffice.

    Allocators of CPUs have no exception class of their own.
    """
    return isinstance(error, MemoryError) or "memory" in str(error)
