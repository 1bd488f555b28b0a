"""Keys change with what can be heard and with nothing else; plans say why."""

from __future__ import annotations

from dataclasses import replace

import bare_lines
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.pipeline import keys
from sbv2cli.pipeline.diff import Decision
from sbv2cli.pipeline.keys import FileSettings, Model
from sbv2cli.pipeline.planning import Tally
from sbv2cli.records import Reading

SETTINGS = bare_lines.SETTINGS
MODEL = Model(voice="v")
FINISH = FileSettings(rate=44100)
READING = Reading(
    language="ja",
    text="あ",
    normalised="あ",
    model_text="あ",
    phones=("_", "a", "_"),
    tones=(0, 0, 0),
    phones_per_token=(1, 1, 1),
)


@pytest.mark.parametrize(
    "change",
    [
        {"speaker": 1},
        {"style": {0: 1.0, 1: 0.5}},
        {"speed": 1.1},
        {"sdp_ratio": 0.3},
        {"noise": 0.5},
        {"noise_w": 0.5},
        {"seed": 1},
        {"take": 2},
        {"assist_text": "わあ"},
        {"bert_scale": 0.5},
        {"steps": 10},
    ],
)
def test_what_is_heard_is_in_the_key(change: dict[str, object]) -> None:
    other = keys.synth_key("r", replace(SETTINGS, **change), MODEL)
    assert other != keys.synth_key("r", SETTINGS, MODEL)


@pytest.mark.parametrize(
    "change", [{"voice": "w"}, {"bert": "m"}, {"precision": "fp16"}, {"backend": "onnx"}]
)
def test_the_model_is_in_the_key(change: dict[str, object]) -> None:
    other = keys.synth_key("r", SETTINGS, replace(MODEL, **change))
    assert other != keys.synth_key("r", SETTINGS, MODEL)


@pytest.mark.parametrize(
    "change",
    [
        {"speed": 1.0 + 1e-9},
        {"style": {0: 1.0, 2: 0.0}},
        {"assist_weight": 0.5},  # of no text
        {"assist_text": "わあ", "assist_weight": 0.0},
    ],
)
def test_what_is_not_heard_is_not(change: dict[str, object]) -> None:
    same = keys.synth_key("r", replace(SETTINGS, **change), MODEL)
    assert same == keys.synth_key("r", SETTINGS, MODEL)


def test_steps_and_temperature_of_a_diffusion_are_in_the_key() -> None:
    ten = replace(SETTINGS, steps=10, temperature=1.5)
    others = [replace(ten, steps=4), replace(ten, temperature=1.3), replace(ten, temperature=None)]
    found = {keys.synth_key("r", settings, MODEL) for settings in (SETTINGS, ten, *others)}
    assert len(found) == 5


def test_keys_of_earlier_versions_still_hold() -> None:
    assert keys.synth_key("r", SETTINGS, MODEL) == "539f5b5be38ab73122daafa61e3b4a64"


@pytest.mark.parametrize(
    "change",
    [
        {"pitch": 1.0},
        {"intonation": 1.2},
        {"gain_db": -1.0},
        {"gain": "reference"},
        {"trim": True},
        {"lead": 0.1},
        {"tail": 0.1},
        {"format": "flac"},
        {"subtype": "pcm24"},
        {"rate": 48000},
    ],
)
def test_what_the_file_is_made_of_is_in_its_key(change: dict[str, object]) -> None:
    assert keys.post_key("s", replace(FINISH, **change)) != keys.post_key("s", FINISH)
    assert keys.post_key("t", FINISH) != keys.post_key("s", FINISH)


def test_a_voice_without_a_language_model_hears_phones_only() -> None:
    other = replace(READING, text="ア", model_text="ア", phones_per_token=(1, 1, 1))
    assert keys.reading_key(READING, bert=False) == keys.reading_key(other, bert=False)
    assert keys.reading_key(READING, bert=True) != keys.reading_key(other, bert=True)
    higher = replace(READING, tones=(0, 1, 0))
    assert keys.reading_key(READING, bert=False) != keys.reading_key(higher, bert=False)


def test_pieces_and_the_pause_between_them_are_one_key() -> None:
    assert keys.readings_key(["a"], []) == "a"
    assert keys.readings_key(["a", "b"], [0.4]) != keys.readings_key(["a", "b"], [0.5])
    assert keys.readings_key(["a", "b"], [0.4]) != keys.readings_key(["ab"], [])


@given(
    one=st.tuples(st.sampled_from(["ja", "en"]), st.text(), st.none() | st.text(), st.text()),
    two=st.tuples(st.sampled_from(["ja", "en"]), st.text(), st.none() | st.text(), st.text()),
)
def test_frontend_keys_differ_exactly_where_texts_do(
    one: tuple[str, str, str | None, str], two: tuple[str, str, str | None, str]
) -> None:
    assert (keys.frontend_key(*one) == keys.frontend_key(*two)) == (one == two)


def told(decisions: list[Decision]) -> list[str]:
    tally = Tally()
    for decision in decisions:
        tally.add(bare_lines.prepared("a"), decision)
    return tally.told()


def test_a_plan_is_told_in_numbers() -> None:
    decisions = [
        *[Decision(state="stale", why=("speed 1→1.1",))] * 400,
        *[Decision(state="stale", why=("text",))] * 12,
        Decision(state="new"),
        *[Decision(state="fresh")] * 3,
    ]
    rows = ["1 new", "412 stale: speed 1→1.1 (400), text (12)", "3 fresh"]
    assert told(decisions) == rows


def test_rare_reasons_are_counted_not_listed() -> None:
    decisions = [Decision(state="stale", why=(f"seed 0→{n}",)) for n in range(1, 9)]
    assert told(decisions)[0].endswith("seed 0→5 (1), 3 more")


def test_lines_that_say_what_others_say_are_one_reason() -> None:
    decisions = [Decision(state="reuse", why=(f"same as line-{n % 40}",)) for n in range(900)]
    assert told(decisions) == ["900 reuse: same as another line (900)"]
