"""Styles, speakers, ids and blanks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tiny_voice

from sbv2cli.errors import ReadingError, ScriptError, UsageError
from sbv2cli.records import Delivery, LineId, Reading
from sbv2cli.voices import styles, to_utterance
from sbv2cli.voices.phonologies import published
from sbv2cli.voices.phonologies import published_symbols as symbols

READING = Reading(
    language="ja",
    text="本",
    normalised="本",
    model_text="本",
    phones=("_", "h", "o", "N", "_"),
    tones=(0, 1, 1, 0, 0),
    phones_per_token=(1, 3, 1),
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return tiny_voice.opened(tmp_path_factory.mktemp("v") / "tiny")


def cast(bundle, **delivery):
    return to_utterance.to_utterance(LineId("a"), READING, bundle, Delivery(**delivery))


def test_the_inventory_is_the_published_one(golden: Path):
    recorded = json.loads((golden / "model" / "symbols.json").read_text(encoding="utf-8"))
    assert list(symbols.SYMBOLS) == recorded["symbols"]
    assert recorded["num_tones"] == symbols.TONE_COUNT
    tags = {"ZH": "zh", "JP": "ja", "EN": "en"}
    for tag, code in tags.items():
        assert symbols.TONE_OFFSETS[code] == recorded["tone_start"][tag]
        assert symbols.LANGUAGE_IDS[code] == recorded["language_id"][tag]


def test_blanks_carry_tone_and_language_zero(bundle):
    spoken = cast(bundle)
    ids = [symbols.SYMBOL_IDS[phone] for phone in READING.phones]
    assert spoken.phones.tolist() == [0, ids[0], 0, ids[1], 0, ids[2], 0, ids[3], 0, ids[4], 0]
    assert spoken.tones.tolist() == [0, 6, 0, 7, 0, 7, 0, 6, 0, 6, 0]
    assert spoken.languages.tolist() == [0, 1] * 5 + [0]
    assert spoken.phones_per_token == (3, 6, 2)
    assert sum(spoken.phones_per_token) == len(spoken.phones)
    assert spoken.model_text is None  # this voice needs no language model


def test_multilingual_voices_know_another_moraic_nasal(tmp_path):
    voice = tiny_voice.opened(tmp_path / "m", version="2.2", data={"add_blank": False})
    spoken = to_utterance.to_utterance(LineId("a"), READING, voice, Delivery())
    assert spoken.phones.tolist()[3] == symbols.SYMBOL_IDS["n"]
    assert len(spoken.phones) == 5


def test_speed_is_a_rate_and_defaults_are_published(bundle):
    assert cast(bundle, speed=2.0).length_scale == 0.5
    spoken = cast(bundle)
    assert (spoken.length_scale, spoken.sdp_ratio) == (1.0, 0.2)
    assert (spoken.noise_scale, spoken.noise_scale_w) == (0.6, 0.8)


def test_styles(bundle):
    mean, happy, sad = bundle.style_vectors
    np.testing.assert_array_equal(cast(bundle).style, mean)
    np.testing.assert_allclose(cast(bundle, style="Happy").style, happy, atol=1e-6)
    np.testing.assert_allclose(cast(bundle, style="happy").style, happy, atol=1e-6)
    np.testing.assert_allclose(cast(bundle, style="2").style, sad, atol=1e-6)
    half = mean + 0.5 * (happy - mean)
    np.testing.assert_allclose(cast(bundle, style="Happy:0.5").style, half, atol=1e-6)
    np.testing.assert_allclose(cast(bundle, style="Happy", style_weight=0.5).style, half, atol=1e-6)
    blend = mean + 0.6 * (happy - mean) + 0.2 * (sad - mean)
    np.testing.assert_allclose(cast(bundle, style="Happy:0.6+Sad:0.2").style, blend, atol=1e-6)
    np.testing.assert_array_equal(cast(bundle, style="Neutral:7").style, mean)
    raw = np.arange(256, dtype=np.float64)
    np.testing.assert_array_equal(styles.style_vector(bundle, raw), raw)


@pytest.mark.parametrize(
    ("style", "code", "hint"),
    [
        ("Hapy", "voice.style-unknown", 'did you mean "Happy"?'),
        ("Happy+Zad", "voice.style-unknown", 'did you mean "Sad"?'),
        ("3", "voice.style-unknown", 'known: "Neutral", "Happy", "Sad"'),
        ("Happy:much", "voice.style-weight", 'write it like "Happy:0.8"'),
        ("Happy:nan", "voice.style-weight", 'write it like "Happy:0.8"'),
    ],
)
def test_styles_that_are_not_there(bundle, style, code, hint):
    with pytest.raises(ScriptError) as caught:
        cast(bundle, style=style)
    assert caught.value.code == code
    assert hint in str(caught.value)


def test_a_style_may_be_named_like_the_notation(tmp_path):
    voice = tiny_voice.opened(tmp_path / "v", data={"style2id": {"Neutral": 0, "A+B": 1, "A:2": 2}})
    np.testing.assert_allclose(styles.style_vector(voice, "A+B"), voice.style_vectors[1], atol=1e-6)
    np.testing.assert_allclose(styles.style_vector(voice, "A:2"), voice.style_vectors[2], atol=1e-6)


@pytest.mark.parametrize("raw", [np.zeros(255), np.zeros((1, 256)), np.full(256, np.nan)])
def test_raw_vectors_that_are_none(bundle, raw):
    with pytest.raises(ScriptError):
        styles.style_vector(bundle, raw)


def test_speakers(bundle):
    assert cast(bundle).speaker == 0
    assert cast(bundle, speaker="Taro").speaker == 1
    assert cast(bundle, speaker="taro").speaker == 1
    assert cast(bundle, speaker="花子").speaker == 0
    assert cast(bundle, speaker="1").speaker == 1
    with pytest.raises(ScriptError) as caught:
        cast(bundle, speaker="Tero")
    assert 'did you mean "Taro"?' in str(caught.value)
    with pytest.raises(ScriptError):
        cast(bundle, speaker="2")


def test_a_voice_does_not_speak_every_language(bundle):
    english = Reading(
        language="en", text="a", normalised="a", model_text="a",
        phones=("_", "ah", "_"), tones=(0, 1, 0), phones_per_token=(1, 1, 1),
    )  # fmt: skip
    with pytest.raises(ReadingError) as caught:
        to_utterance.to_utterance(LineId("a"), english, bundle, Delivery())
    assert caught.value.code == "voice.language"


@pytest.mark.parametrize(
    ("phones", "tones", "code"),
    [
        (("_", "kw", "_"), (0, 0, 0), "reading.phone"),
        (("_", "a", "_"), (0, 2, 0), "reading.tone"),
        (("_", "a", "_"), (0, 1), "reading.tone"),
    ],
)
def test_readings_that_no_voice_knows(phones, tones, code):
    with pytest.raises(ReadingError) as caught:
        published.ids(phones, tones, "ja")
    assert caught.value.code == code


@pytest.mark.parametrize("wish", [{"speed": 0.0}, {"sdp_ratio": 1.1}, {"noise": float("nan")}])
def test_numbers_that_cannot_be_meant(bundle, wish):
    with pytest.raises(UsageError):
        cast(bundle, **wish)


def test_the_noise_follows_what_is_said():
    import dataclasses

    other = dataclasses.replace(READING, tones=(0, 0, 0, 0, 0))
    renamed = dataclasses.replace(READING, text="ほん")
    assert to_utterance.noise_name(READING) == to_utterance.noise_name(renamed)
    assert to_utterance.noise_name(READING) != to_utterance.noise_name(other)
