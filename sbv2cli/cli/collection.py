"""Garbage collection where thousands of records live to the end of a command."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Between collections; 700 by default. 5,000 lines keep half a million, and reading makes no cycle
# at all (by hand, of 2,500 lines), so this is a bound for what nobody has thought of: some 400 MB.
_NEW_OBJECTS = 4_000_000


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Look for garbage in cycles seldom: each look goes through all records that are kept.

    They are kept on purpose and make no cycles; looking took a fifth of the time of `check --json`,
    and one look at half a million of them 0.2 s.
    What is there at the end is never looked through again: the first collection after it, and the
    one at exit, took 0.15 s more of 5,000 lines.
    """
    usual = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*usual)
