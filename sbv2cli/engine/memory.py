"""Memory that a process holds and no longer needs."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# glibc's malloc.h: the number of heaps that threads take turns in.
M_ARENA_MAX = -8

# What oneDNN asks, when it computes for the first time.
PROGRAMS_KEPT = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"


def one_heap() -> None:
    """Let all threads take memory from one heap; without effect once they have their own.

    With a heap for each thread, what one has freed is out of reach of the others: 1,200 lines on
    two threads held 1.95 GiB, with one heap 1.54 GiB, at the same speed (`sbv2 bench engine
    --soak`, when decoders took their buffers anew for each line). Threads hardly meet there.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def keep_programs() -> None:
    """Let oneDNN keep more than its 1,024 programs; without effect once it has begun.

    It writes one for each shape that it meets. A published voice needs about 1,200, a third of a
    megabyte each; where they don't fit, most are written anew for every line.
    """
    os.environ.setdefault(PROGRAMS_KEPT, "4096")


@contextmanager
def keep_all() -> Iterator[None]:
    """Make what stays: Python looks for no garbage among it meanwhile.

    Libraries and networks are hundreds of thousands of objects, all of them in use; looking through
    them again and again was a tenth of the time until a word was said.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def give_back() -> None:
    """Return what is free between the pieces of the heap.

    Each window begins with its longest lines, whose buffers no longer fit into what the short
    lines of the window before have left; without this a script of thousands of lines grows.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


# "could not construct a memory descriptor" is about something else.
_FULL = re.compile(
    r"out of memory|not enough memory|allocate|bad[_ ]alloc|insufficient memory", re.IGNORECASE
)


def is_full(error: Exception) -> bool:
    """Whether an error says that memory did not suffice.

    Allocators of CPUs have no exception class of their own.
    """
    return isinstance(error, MemoryError) or _FULL.search(str(error)) is not None
