"""Batches are a partition under a budget, with little padding."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.engine import batching
from sbv2cli.engine.batching import Budget

LENGTHS = st.lists(st.integers(1, 5000), max_size=200)


@given(LENGTHS, st.integers(1, 20_000), st.integers(1, 64))
def test_every_line_is_in_one_batch_under_the_budget(lengths, length, lines):
    budget = Budget(length=length, lines=lines)
    batches = batching.group(lengths, budget)
    assert sorted(p for batch in batches for p in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= lines
        longest = max(lengths[p] for p in batch)
        assert len(batch) == 1 or longest * len(batch) <= length
        assert longest <= max(2, 1.1 * 1.000001 * min(lengths[p] for p in batch) + 1)


def test_classes_grow_by_a_tenth():
    assert batching.length_class(1) == 0
    for length in range(1, 5000):
        assert batching.length_class(length) <= batching.length_class(length + 1)
    assert batching.length_class(1000) < batching.length_class(1111)


def test_padding_of_a_thousand_mixed_lines_is_under_six_percent():
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(5.3, 0.6, 1000), 20, 3000).astype(int).tolist()
    batches = batching.group(lengths, Budget(length=45_600, lines=64))
    assert batching.padded_share(batches, lengths) < 0.06
    in_order = [list(range(start, start + 25)) for start in range(0, 1000, 25)]
    assert batching.padded_share(in_order, lengths) > 0.5


def test_no_lines_no_batches():
    assert batching.group([], Budget(length=10)) == []
    assert batching.padded_share([], []) == 0.0
