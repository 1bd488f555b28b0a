"""Blocks of one length from blocks of any."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.audio.blocks import Blocks


@given(lengths=st.lists(st.integers(0, 50), max_size=8), size=st.integers(1, 20))
def test_nothing_is_lost_and_all_but_the_last_are_full(lengths: list[int], size: int) -> None:
    whole = np.arange(sum(lengths), dtype=np.float32)
    blocks = Blocks(size)
    found = []
    for part in np.split(whole, np.cumsum(lengths)[:-1]):
        found += [block.copy() for block in blocks.add(part)]
        part[:] = -1  # the giver may use its memory again
        part[:] = np.arange(len(part))
    del whole
    assert all(len(block) == size for block in found)
    assert len(blocks.pending()) < size
    assert np.array_equal(blocks.pending(), rest := blocks.rest())
    assert sum(map(len, found)) + len(rest) == sum(lengths)
    assert len(blocks.rest()) == 0


@given(places=st.lists(st.integers(0, 1000), max_size=6), size=st.integers(1, 300))
def test_the_order_is_kept(places: list[int], size: int) -> None:
    whole = np.arange(1000, dtype=np.float32)
    blocks = Blocks(size)
    found = [block for part in np.split(whole, sorted(places)) for block in blocks.add(part)]
    assert np.array_equal(np.concatenate([*found, blocks.rest()]), whole)
