"""The limiter holds its ceiling, touches nothing else, and knows no blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.audio.levels import peak_db
from sbv2cli.audio.limiter import REACH_SECONDS, Limiter, limit
from sbv2cli.audio.true_peak import TruePeakMeter

RATE = 16000


def noise(count: int) -> np.ndarray:
    rng = np.random.default_rng(2)
    swell = np.abs(np.sin(np.arange(count) / RATE * 3))
    return (rng.normal(0, 0.3, count) * swell).astype(np.float32)


@given(st.floats(-30, 0))
@settings(max_examples=20, deadline=None)
def test_the_ceiling_holds_between_samples_too(ceiling: float) -> None:
    limited = limit(noise(20_000), RATE, ceiling)
    meter = TruePeakMeter()
    meter.add(limited)
    assert len(limited) == 20_000
    assert peak_db(limited) <= ceiling + 1e-4
    assert meter.peak_db <= ceiling + 0.1


def test_what_lies_below_is_the_very_same() -> None:
    sound = noise(20_000)
    assert limit(sound, RATE, 12) is sound
    silence = np.zeros(0, np.float32)
    assert limit(silence, RATE, -3) is silence


def test_only_the_surroundings_of_a_peak_change() -> None:
    sound = (0.1 * np.sin(np.arange(RATE) / 20)).astype(np.float32)
    sound[8000:8010] = 0.9
    limited = limit(sound, RATE, -6)
    reach = 2 * round(REACH_SECONDS * RATE) + 40
    changed = np.flatnonzero(limited != sound)
    assert 8000 - reach <= changed[0] <= changed[-1] <= 8010 + reach
    assert peak_db(limited) == pytest.approx(-6, abs=1.5)  # no lower than it must
    assert np.array_equal(np.sign(limited), np.sign(sound))


@given(places=st.lists(st.integers(0, 90_000), max_size=6))
@settings(max_examples=15, deadline=None)
def test_any_split_gives_the_same_sound(places: list[int]) -> None:
    sound = noise(90_000)
    limiter = Limiter(RATE, -6)
    blocks = [new for old in np.split(sound, sorted(places)) for new in limiter.add(old)]
    assert np.array_equal(np.concatenate([*blocks, *limiter.rest()]), limit(sound, RATE, -6))
