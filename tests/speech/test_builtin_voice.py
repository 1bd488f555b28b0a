"""The voice that ships: what can be asserted of its speech without anybody listening.

Whether it is understood is measured by `python -m tools.evaluate_voice` (docs/how-to/
train-the-built-in-voice.md), with figures in the voice's own README.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

import sbv2cli
from sbv2cli.records import Delivery

SENTENCES = (
    "こんにちは。",
    "はい。",
    "おはようございます。今日はいい天気ですね。",
    "本当に、それでいいんですか？",
    "えっ、もう帰るの？",
    "ちょっと待って！",
    "駅前の喫茶店で、コーヒーを二杯飲みました。",
    "2026年11月21日、午後3時15分の電車に乗ります。",
    "雨が降ってきたので、飴をなめながら歩いた。",
    "橋の端で箸を落とした。",
    "キャベツとピーマンを、ぎゅっと絞ってください。",
    "ヴァイオリンの発表会は、来週の土曜日だ。",
    "ありがとうございました。",
    "さあ、行こう。",
    "彼女は静かに頷いて、窓の外を見た。",
    "電話番号は、03の1234の5678です。",
    "うーん、どうしようかな。",
    "すごい、すごい、すごい！",
    "この先、道路工事のため、通り抜けできません。",
    "むかしむかし、あるところに、おじいさんとおばあさんがいました。",
)
VOWELS = frozenset("aeo")  # i and u may be devoiced
AUDIBLE_DB = -50.0
CLIPPING = 32767 / 32768
MORAE_PER_SECOND = (3.5, 11.0)


@pytest.fixture(scope="module")
def voice():
    return sbv2cli.load_voice(device="cpu")


@pytest.fixture(scope="module")
def sounds(voice):
    delivery = Delivery(seed=0)
    return list(voice.speak(sbv2cli.Line(text=x, delivery=delivery) for x in SENTENCES))


def test_every_sentence_is_spoken(sounds):
    assert [sound.failure for sound in sounds] == [None] * len(SENTENCES)
    for sound in sounds:
        assert np.isfinite(sound.samples).all(), sound.line.text
        assert np.abs(sound.samples).max() < CLIPPING, sound.line.text
        assert abs(float(sound.samples.mean())) < 0.01, sound.line.text


def test_the_pace_is_that_of_speech(sounds):
    """Over all: a word alone may be slow."""
    morae = seconds = 0.0
    for sound in sounds:
        spoken = [p for p in sound.phones if p.symbol not in "_.,!?…'-"]
        morae += sum(p.symbol in {"a", "i", "u", "e", "o", "N", "q"} for p in spoken)
        seconds += sum(p.end - p.start for p in spoken)
        assert all(p.end - p.start < 0.6 for p in spoken), sound.line.text
    assert MORAE_PER_SECOND[0] < morae / seconds < MORAE_PER_SECOND[1]


def test_vowels_are_audible_and_silence_is_silent(sounds):
    heard = total = 0
    for sound in sounds:
        for phone in sound.phones:
            if phone.symbol in VOWELS:
                total += 1
                heard += _level(sound, phone.start, phone.end) > AUDIBLE_DB
        assert _level(sound, 0.0, 0.03) < AUDIBLE_DB, sound.line.text
    assert heard / total > 0.99


def test_lines_are_about_as_loud_as_each_other(sounds):
    levels = [_level(sound, 0.1, sound.seconds - 0.2) for sound in sounds]
    assert np.ptp(levels) < 12
    assert np.std(levels) < 4


def test_the_same_seed_gives_the_same_bytes(voice, sounds):
    line = sbv2cli.Line(text=SENTENCES[2], delivery=Delivery(seed=0))
    (again,) = voice.speak([line])
    first = sounds[2].samples
    assert len(again.samples) == len(first)
    # Alone it has all threads, among others one: only the order of sums differs.
    assert np.abs(again.samples - first).max() < 1e-4
    (third,) = voice.speak([line])
    assert third.samples.tobytes() == again.samples.tobytes()


def test_takes_and_noise_are_heard(voice):
    def spoken(**changes) -> np.ndarray:
        delivery = Delivery(seed=0, sdp_ratio=0.0, **changes)
        (sound,) = voice.speak([sbv2cli.Line(text=SENTENCES[1], delivery=delivery)])
        return sound.samples

    first = spoken()
    for other in (spoken(take=2), spoken(noise=0.0), spoken(noise=1.0)):
        assert len(other) == len(first)
        # At least as loud as 40 dB below the voice; without a source of noise it was 51.
        assert np.mean((other - first) ** 2) > 1e-4 * np.mean(first**2)


def test_styles_are_heard(voice):
    """Each style is another sound, and more so with more weight."""
    text = SENTENCES[6]

    def spoken(style: str, weight: float) -> np.ndarray:
        delivery = Delivery(style=style, style_weight=weight, seed=0, sdp_ratio=0.0)
        (sound,) = voice.speak([sbv2cli.Line(text=text, delivery=delivery)])
        return _spectrum(sound.samples)

    neutral = spoken(voice.styles[0], 1.0)
    assert len(voice.styles) >= 4
    for style in voice.styles[1:]:
        full, half = spoken(style, 1.0), spoken(style, 0.5)
        far, near = (float(np.abs(x - neutral).mean()) for x in (full, half))
        assert far > 1.0, style  # dB, of the mean spectrum
        assert near < far, style


def test_it_is_the_default_and_says_what_it_was_made_of(voice):
    folder = voice.bundle.weights.parent
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert config["sbv2cli"]["bert"] == "none"
    assert "CC BY 4.0" in card
    assert "Tohoku University" in card
    assert sum(file.stat().st_size for file in folder.iterdir()) < 25e6


def _level(sound: sbv2cli.Sound, start: float, end: float) -> float:
    """Root mean square of a stretch, in dB of full scale."""
    piece = sound.samples[int(start * sound.rate) : int(end * sound.rate)].astype(np.float64)
    return float(10 * np.log10(np.mean(piece**2) + 1e-12))


def _spectrum(samples: np.ndarray) -> np.ndarray:
    """Mean spectrum in dB, in 64 bands."""
    count = len(samples) // 1024 * 1024
    frames = samples[:count].reshape(-1, 1024) * np.hanning(1024)
    power = (np.abs(np.fft.rfft(frames, axis=1)[:, :512]) ** 2).mean(axis=0)
    return 10 * np.log10(power.reshape(64, 8).mean(axis=1) + 1e-10)
