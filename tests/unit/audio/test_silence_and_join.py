"""Trimming, surrounding and joining are exact to the sample."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.audio.join import join, join_blocks
from sbv2cli.audio.silence import Edges, edges, surround, trim

RATE = 1000


def test_trim_keeps_ten_milliseconds_on_both_sides() -> None:
    sound = np.zeros(300, np.float32)
    sound[100:200] = 0.5
    kept, cut = trim(sound, RATE)
    assert cut == 90
    assert np.array_equal(kept, sound[90:210])


def test_trim_of_silence_leaves_almost_nothing_and_does_not_fail() -> None:
    kept, cut = trim(np.zeros(300, np.float32), RATE)
    assert (len(kept), cut) == (10, 0)
    assert edges(np.zeros(0, np.float32)) == Edges(start=0, end=0)


def test_threshold_is_relative_to_the_peak() -> None:
    sound = np.array([0.001, 1.0, 0.01, 0.001], np.float32)
    assert edges(sound) == Edges(start=1, end=3)
    assert edges(sound * np.float32(0.01)) == Edges(start=1, end=3)


def test_surround_adds_exact_silence() -> None:
    sound = np.ones(3, np.float32)
    assert surround(sound, 2, 1).tolist() == [0, 0, 1, 1, 1, 0]
    assert surround(sound, 0, 0) is sound


@given(
    lengths=st.lists(st.integers(0, 50), min_size=1, max_size=6),
    pauses=st.lists(st.integers(0, 30), min_size=5, max_size=5),
)
def test_join_puts_every_sound_where_it_says(lengths: list[int], pauses: list[int]) -> None:
    sounds = [np.full(n, i + 1, np.float32) for i, n in enumerate(lengths)]
    used = pauses[: len(lengths) - 1]
    whole, starts = join(sounds, used)
    assert len(whole) == sum(lengths) + sum(used)
    assert whole.dtype == np.float32
    for sound, start in zip(sounds, starts, strict=True):
        assert np.array_equal(whole[start : start + len(sound)], sound)
    assert np.count_nonzero(whole) == sum(lengths)


@given(parts=st.lists(st.one_of(st.integers(0, 200_000), st.lists(st.integers(0, 40), max_size=4))))
def test_blocks_are_joined_to_the_sample(parts: list[int | list[int]]) -> None:
    rng = np.random.default_rng(1)
    sounds = [
        part if isinstance(part, int) else [rng.random(n, np.float32) for n in part]
        for part in parts
    ]
    expected = [
        block
        for sound in sounds
        for block in ([np.zeros(sound, np.float32)] if isinstance(sound, int) else sound)
    ]
    blocks = list(join_blocks(sounds))
    assert max(map(len, blocks), default=0) <= 1 << 16
    empty = np.zeros(0, np.float32)
    assert np.array_equal(np.concatenate([empty, *blocks]), np.concatenate([empty, *expected]))
