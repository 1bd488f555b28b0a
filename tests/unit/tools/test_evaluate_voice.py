"""Measures of a voice beside its teacher, on sounds whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from tools.evaluate_voice import learned_metrics, metrics, pictures
from tools.evaluate_voice.metrics import HOP, RATE, AlignedSound

BUZZ = tuple(range(1, 9))


def buzz(hertz: np.ndarray) -> np.ndarray:
    """A voiced sound whose pitch in each sample is given."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return (0.1 * sum(np.sin(n * phase) / n for n in BUZZ)).astype(np.float32)


def spoken(phones: str, tones: str, frames: list[int], hertz: list[float]) -> AlignedSound:
    """Phones at their own pitch each; 0 Hz is silence."""
    counts = [count * HOP for count in frames]
    pitch = np.repeat(np.array(hertz), counts)
    samples = np.where(pitch > 0, buzz(np.maximum(pitch, 1)), 0).astype(np.float32)
    return AlignedSound(
        samples=samples,
        phones=phones.split(),
        tones=[int(tone) for tone in tones.split()],
        frames=np.array(frames),
    )


AME = ("_ a m e . _", "0 1 0 0 0 0", [8, 10, 6, 10, 8, 8])


@pytest.mark.parametrize("hertz", [100.0, 180.0, 250.0, 333.0, 470.0])
def test_pitch_of_a_buzz(hertz: float) -> None:
    found = metrics.pitch(buzz(np.full(RATE, hertz)))
    assert len(found) == RATE // HOP
    np.testing.assert_allclose(found[2:-2], hertz, rtol=2e-3)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert (metrics.pitch(noise) > 0).mean() < 0.05
    assert not metrics.pitch(np.zeros(RATE, dtype=np.float32)).any()


def test_a_fall_where_the_tones_fall_is_right() -> None:
    right = spoken(*AME, [0, 250, 220, 200, 0, 0])
    wrong = spoken(*AME, [0, 200, 220, 250, 0, 0])
    assert metrics.tone_changes(right) == (1, 1)
    assert metrics.tone_changes(wrong) == (0, 1)


def test_a_pause_ends_the_phrase() -> None:
    sound = spoken("_ a , e _", "0 1 0 0 0", [8, 10, 10, 10, 8], [0, 250, 0, 200, 0])
    assert metrics.tone_changes(sound) == (0, 0)


def test_the_same_sound_slower_is_near_and_another_is_far() -> None:
    teacher = spoken(*AME, [0, 250, 220, 200, 0, 0])
    slower = spoken(AME[0], AME[1], [8, 15, 9, 14, 8, 8], [0, 250, 220, 200, 0, 0])
    other = spoken(*AME, [0, 150, 120, 110, 0, 0])
    assert metrics.mel_distance(teacher, teacher) == 0
    assert metrics.mel_distance(slower, teacher) < 0.5 * metrics.mel_distance(other, teacher)
    ours, theirs = metrics.pitch_pairs(slower, teacher)
    assert len(ours) > 20
    assert np.median(np.abs(ours - theirs)) < 3


def test_a_brighter_voice_has_another_timbre_and_a_lower_tone_none() -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, RATE)
    spectrum = np.fft.rfft(noise)
    spectrum[np.fft.rfftfreq(RATE, 1 / RATE) > 3000] *= 2
    brighter = np.fft.irfft(spectrum, RATE)
    tone = 0.1 * np.sin(2 * np.pi * 300 * np.arange(RATE) / RATE)

    voice, bright, toned = (x.astype(np.float32) for x in (noise, brighter, noise + tone))
    away = metrics.timbre([bright]) - metrics.timbre([voice])
    assert away[0] == pytest.approx(0, abs=0.02)
    assert away[-1] == pytest.approx(np.log(2), abs=0.02)
    np.testing.assert_allclose(metrics.timbre([toned]), metrics.timbre([voice]), atol=0.02)


def test_silent_vowels_are_found() -> None:
    assert metrics.voiced_energy(spoken(*AME, [0, 250, 220, 0, 0, 0])) == (1, 2)


def test_a_click_is_found_and_a_loud_voice_is_none() -> None:
    sound = buzz(np.full(RATE, 220.0))
    assert metrics.clicks(sound) == 0
    broken = sound.copy()
    broken[[7000, 15000]] += 0.6
    assert metrics.clicks(broken) == 2


def test_phones_of_a_text() -> None:
    assert learned_metrics.phones_of("「菊」、です。") == ["k", "i", "k", "u", "d", "e", "s", "u"]
    assert learned_metrics.phones_of("") == []


def test_a_comb_at_the_frame_rate_is_seen() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.01, 4 * RATE).astype(np.float32)
    assert abs(metrics.comb_db(noise)) < 1
    # One frame of noise again and again, below new noise 20 dB under it.
    repeated = np.tile(noise[:HOP], len(noise) // HOP) + 0.1 * noise
    assert metrics.comb_db(repeated) > 20
    assert metrics.comb_db(np.zeros(RATE, dtype=np.float32)) == 0


def test_spectrograms_side_by_side() -> None:
    tone = buzz(np.full(RATE, 250.0))
    silence = np.zeros(RATE // 2, dtype=np.float32)
    picture = pictures.side_by_side([(tone, silence), (silence, silence)])
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (2 * (200 + pictures.GAP), 2 * (513 + pictures.GAP))


def test_a_fall_may_come_late() -> None:
    # 雨が: high, higher still, low. 飴が: low, high, high.
    rain = [(1, 1, 5.6), (3, 0, 5.7), (5, 0, 5.2)]
    sweet = [(1, 0, 5.2), (3, 1, 5.6), (5, 1, 5.6)]
    fell, semitones = metrics.falls(rain)
    assert fell
    assert semitones == pytest.approx(-6.92, abs=0.01)
    fell, semitones = metrics.falls(sweet)
    assert not fell
    assert semitones > 0
