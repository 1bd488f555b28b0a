"""Loudness and true peak: known tones, ffmpeg's meter, and any split into blocks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.audio.loudness import Meter, loudness
from sbv2cli.audio.true_peak import TruePeakMeter


def sine(hz: float, seconds: float, rate: int, amplitude: float = 1.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


def speech_like(seconds: float, rate: int) -> np.ndarray:
    """Noise in bursts, some of them far below the relative gate, with pauses between."""
    rng = np.random.default_rng(11)
    count = round(seconds * rate)
    level = np.repeat(rng.choice([0, 0.003, 0.05, 0.2], count * 3 // rate + 1), rate // 3 + 1)
    low = np.convolve(rng.normal(0, 1, count), np.ones(12) / 12, "same")
    return (low * level[:count]).astype(np.float32)


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
def test_loudness_of_the_reference_tone(rate: int) -> None:
    # BS.1770: a full-scale 997 Hz sine in one channel reads -3.01 LUFS.
    assert loudness(sine(997, 3, rate), rate) == pytest.approx(-3.01, abs=0.06)


def test_loudness_follows_gain_and_ignores_long_pauses() -> None:
    tone = sine(997, 3, 44100, 0.1)
    alone = loudness(tone, 44100)
    assert alone == pytest.approx(-23.01, abs=0.06)
    spaced = np.concatenate([tone, np.zeros(44100 * 20, np.float32), tone])
    assert loudness(spaced, 44100) == pytest.approx(alone, abs=0.3)


def test_a_short_sound_is_measured_too() -> None:
    assert loudness(sine(997, 0.2, 44100), 44100) == pytest.approx(-3.0, abs=0.3)


def test_silence_and_nothing_have_no_loudness() -> None:
    for count in (0, 10, 44100):
        assert loudness(np.zeros(count, np.float32), 44100) == -math.inf
        meter = TruePeakMeter()
        meter.add(np.zeros(count, np.float32))
        assert meter.peak_db == -math.inf


@given(places=st.lists(st.integers(0, 50_000), max_size=6))
@settings(max_examples=30, deadline=None)
def test_any_split_gives_the_same_numbers(places: list[int]) -> None:
    sound = speech_like(50_000 / 16000, 16000)
    meter, peak, peak_of_whole = Meter(16000), TruePeakMeter(), TruePeakMeter()
    for block in np.split(sound, sorted(places)):
        meter.add(block)
        peak.add(block)
    peak_of_whole.add(sound)
    assert meter.lufs == loudness(sound, 16000)
    assert peak.peak_db == peak_of_whole.peak_db


def test_reading_on_the_way_changes_nothing() -> None:
    sound = speech_like(5, 16000)
    meter, peak = Meter(16000), TruePeakMeter()
    for block in np.array_split(sound, 17):
        meter.add(block)
        peak.add(block)
        assert meter.lufs <= 0
        assert peak.peak_db <= 6
    whole = TruePeakMeter()
    whole.add(sound)
    assert meter.lufs == loudness(sound, 16000)
    assert peak.peak_db == whole.peak_db


def test_a_peak_between_samples() -> None:
    # A quarter of the rate, sampled at 45 degrees: every sample is 3.01 dB below the crest.
    tone = np.sin(np.pi / 2 * np.arange(44100) + np.pi / 4).astype(np.float32)
    meter = TruePeakMeter()
    meter.add(tone)
    assert float(np.abs(tone).max()) == pytest.approx(math.sqrt(0.5), abs=1e-3)
    # Where it begins and ends out of nothing, the curve overshoots.
    assert 0 <= meter.peak_db < 1
    middle = TruePeakMeter()
    middle.add(tone * np.hanning(len(tone)).astype(np.float32))
    assert middle.peak_db == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("gain_db", [0, -20])
@pytest.mark.parametrize("rate", [44100, 48000])
def test_ffmpeg_measures_the_same(rate: int, gain_db: int) -> None:
    av = pytest.importorskip("av", reason='needs the extra "book"')
    sound = speech_like(30, rate) * np.float32(10 ** (gain_db / 20))
    graph = av.filter.Graph()
    nodes = [
        graph.add_abuffer(sample_rate=rate, format="flt", layout="mono"),
        graph.add("ebur128", "peak=true:metadata=1"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    metadata: dict[str, str] = {}
    for at in range(0, len(sound), rate):
        frame = av.AudioFrame.from_ndarray(sound[None, at : at + rate], format="flt", layout="mono")
        frame.sample_rate = rate
        frame.pts = at
        graph.push(frame)
        while True:
            try:
                metadata |= graph.pull().metadata
            except (av.BlockingIOError, av.EOFError):
                break
    assert loudness(sound, rate) == pytest.approx(float(metadata["lavfi.r128.I"]), abs=0.1)
    peak = TruePeakMeter()
    peak.add(sound)
    theirs = 20 * math.log10(float(metadata["lavfi.r128.true_peaks_ch0"]))
    assert peak.peak_db == pytest.approx(theirs, abs=0.2)
