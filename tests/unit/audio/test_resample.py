"""Resampling keeps tones, lengths and silence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.audio.resample import Resampler, resample


@pytest.mark.parametrize(("rate", "wanted"), [(44100, 48000), (44100, 22050), (22050, 24000)])
def test_a_tone_stays_the_same_tone(rate: int, wanted: int) -> None:
    seconds, hz = 0.5, 3000
    old = np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate).astype(np.float32)
    new = resample(old, rate, wanted)
    assert len(new) == -(-len(old) * wanted // rate)
    ideal = np.sin(2 * np.pi * hz * np.arange(len(new)) / wanted)
    middle = slice(wanted // 20, -wanted // 20)  # the edges see the silence outside
    assert np.abs(new[middle] - ideal[middle]).max() < 1e-4


def test_what_the_lower_rate_cannot_hold_is_gone() -> None:
    high = np.sin(2 * np.pi * 15000 * np.arange(22050) / 44100).astype(np.float32)
    assert np.abs(resample(high, 44100, 22050)[1000:-1000]).max() < 1e-4


def test_equal_rates_and_nothing_are_free() -> None:
    sound = np.ones(5, np.float32)
    assert resample(sound, 44100, 44100) is sound
    assert len(resample(sound[:0], 44100, 48000)) == 0


def test_a_constant_stays_constant() -> None:
    new = resample(np.ones(5000, np.float32), 44100, 48000)
    assert np.abs(new[200:-200] - 1).max() < 1e-5


@given(places=st.lists(st.integers(0, 40_000), max_size=6))
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize(("rate", "wanted"), [(44100, 48000), (44100, 16000), (16000, 44100)])
def test_blocks_give_the_samples_of_the_whole(rate: int, wanted: int, places: list[int]) -> None:
    sound = np.random.default_rng(0).normal(0, 0.3, 40_000).astype(np.float32)
    resampler = Resampler(rate, wanted)
    parts = [resampler.add(block) for block in np.split(sound, sorted(places))]
    found = np.concatenate([*parts, resampler.rest()])
    assert np.array_equal(found, resample(sound, rate, wanted))
