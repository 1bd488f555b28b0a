"""Room tone: of the level that was asked for, without a seam, the same however the sound comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.audio import levels, room_tone

RATE = 16000


@pytest.mark.parametrize("level", [-72.0, -60.0])
def test_noise_has_its_level_and_is_the_same_every_time(level: float) -> None:
    noise = room_tone.noise(RATE, level)
    assert levels.rms_db(noise) == pytest.approx(level, abs=0.01)
    assert np.array_equal(noise, room_tone.noise(RATE, level))
    # Its end runs into its beginning as any sample into the next.
    step = np.abs(np.diff(np.concatenate([noise, noise[:1]])))
    assert step[-1] < 6 * step.mean()


def test_a_recording_runs_into_its_beginning() -> None:
    t = np.arange(2 * RATE) / RATE
    ramp = (0.001 * t).astype(np.float32)  # its end is far from its beginning
    loop = room_tone.loop(ramp, RATE)
    assert len(loop) == len(ramp) - RATE // 2
    jump = abs(float(loop[0]) - float(loop[-1]))
    assert jump < 0.01 * float(ramp[-1])


@given(places=st.lists(st.integers(0, 5000), max_size=5))
def test_any_split_gives_the_same(places: list[int]) -> None:
    sound = np.zeros(5000, np.float32)
    tone = np.arange(1, 778, dtype=np.float32)
    whole = np.concatenate(list(room_tone.under([sound], tone)))
    cut = np.concatenate(list(room_tone.under(np.split(sound, sorted(places)), tone)))
    assert np.array_equal(whole, cut)
    assert np.array_equal(whole[:777], tone)
    assert np.array_equal(whole[777:1554], tone)
