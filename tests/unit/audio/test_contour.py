"""Peaks and pitch for drawing: tones of known pitch, and WORLD's opinion of a real voice."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from sbv2cli.audio.contour import HOP_SECONDS, contour


def tone(hertz: np.ndarray, rate: int) -> np.ndarray:
    phase = 2 * np.pi * np.cumsum(hertz) / rate
    return (0.2 * sum(np.sin(n * phase) / n for n in range(1, 8))).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("hertz", [75, 110, 220, 330, 480])
def test_the_pitch_of_a_tone(rate: int, hertz: int) -> None:
    found = contour([tone(np.full(rate, float(hertz)), rate)], rate).hertz[3:-3]
    assert np.abs(12 * np.log2(found / hertz)).max() < 0.5


def test_a_glide_is_followed() -> None:
    rate = 24_000
    wanted = np.geomspace(150, 300, 2 * rate)
    found = contour([tone(wanted, rate)], rate).hertz
    at = ((np.arange(len(found)) * HOP_SECONDS) * rate).astype(int)
    inner = slice(3, -3)
    assert np.abs(12 * np.log2(found[inner] / wanted[at][inner])).max() < 0.5


def test_noise_and_silence_have_no_pitch() -> None:
    rng = np.random.default_rng(0)
    noise = (0.1 * rng.standard_normal(24_000)).astype(np.float32)
    assert (contour([noise], 24_000).hertz > 0).mean() < 0.1
    silence = contour([np.zeros(24_000, dtype=np.float32)], 24_000)
    assert not silence.hertz.any()
    assert not silence.peaks.any()


def test_peaks_are_those_of_each_hop() -> None:
    samples = np.zeros(24_000, dtype=np.float32)
    samples[12_000] = -0.7
    found = contour([samples], 24_000).peaks
    assert len(found) == 50
    assert found[25] == pytest.approx(0.7)
    assert np.count_nonzero(found) == 1


def test_blocks_of_any_length_give_the_same() -> None:
    sound = tone(np.geomspace(150, 300, 44_100), 44_100)
    whole = contour([sound], 44_100)
    parts = contour(np.array_split(sound, 17), 44_100)
    assert np.array_equal(whole.peaks, parts.peaks)
    assert np.array_equal(whole.hertz, parts.hertz)


@pytest.mark.parametrize("samples", [0, 1, 100, 479, 481])
def test_sounds_of_hardly_any_length(samples: int) -> None:
    found = contour([np.full(samples, 0.5, dtype=np.float32)], 24_000)
    assert len(found.peaks) == len(found.hertz) == -(-samples // 480)


@pytest.mark.skipif(find_spec("pyworld") is None, reason="the extra `pitch` is not installed")
def test_world_agrees_on_a_voice() -> None:
    from pathlib import Path

    import soundfile

    from sbv2cli.audio.pitch import _world

    samples, rate = soundfile.read(Path(__file__).parents[3] / "samples/styles/neutral.ogg")
    theirs = _world().harvest(samples, rate)[0][::4]
    ours = contour([samples.astype(np.float32)], rate).hertz
    length = min(len(ours), len(theirs))
    both = (ours[:length] > 0) & (theirs[:length] > 0)
    assert both.sum() > 50
    apart = np.abs(12 * np.log2(ours[:length][both] / theirs[:length][both]))
    assert (apart < 1).mean() > 0.88
