"""Levels against sounds whose level is known by construction."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sbv2cli.audio import levels


def sine(hz: float, seconds: float, rate: int, amplitude: float = 1.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


def test_peak_and_rms_of_a_sine() -> None:
    tone = sine(1000, 1, 44100, 0.5)
    assert levels.peak_db(tone) == pytest.approx(-6.02, abs=0.01)
    assert levels.rms_db(tone) == pytest.approx(-9.03, abs=0.01)


def test_silence_and_nothing_have_no_level() -> None:
    for sound in (np.zeros(10, np.float32), np.zeros(0, np.float32)):
        assert levels.peak_db(sound) == -math.inf
        assert levels.rms_db(sound) == -math.inf


def test_gain_is_in_decibels_and_zero_is_free() -> None:
    tone = sine(100, 0.1, 8000, 0.25)
    assert levels.peak_db(levels.gain(tone, 6)) == pytest.approx(levels.peak_db(tone) + 6, abs=1e-4)
    assert levels.gain(tone, 0) is tone


def test_clipped_counts_samples_beyond_full_scale() -> None:
    assert levels.clipped(np.array([1.0, -1.0, 1.0001, -3.0], np.float32)) == 2
