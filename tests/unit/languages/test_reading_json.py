from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sbv2cli.errors import ReadingError
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.corrections import notation_of
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.reading_json import dumps, from_json, loads, to_json
from sbv2cli.records import Doubt, Reading

TEXT = "東京に行きました。"


@pytest.fixture
def document():
    return to_json(JAPANESE.read(TEXT))


@pytest.mark.parametrize("text", [TEXT, "", " ", "あ\ud842い", "彁\x00", "\u2028", '"\\'])
def test_it_comes_back_as_it_was(text):
    reading = JAPANESE.read(text)
    written = dumps(reading, indent=1)
    written.encode("utf-8")
    assert loads(written) == reading


def test_japanese_stays_readable():
    assert TEXT in dumps(JAPANESE.read(TEXT))


def test_other_languages_pass_through():
    reading = Reading(
        language="zh",
        text="你",
        normalised="你",
        model_text="你",
        phones=("_", "n", "i", "_"),
        tones=(0, 3, 3, 0),
        phones_per_token=(1, 2, 1),
    )
    assert loads(dumps(reading)) == reading
    with pytest.raises(ReadingError) as caught:
        from_json({**to_json(reading), "kana": "ニ"})
    assert caught.value.at == "kana"


def test_an_edited_kana_is_used(document):
    assert document["kana"] == "トーキョーニ/イキマ'シタ。"
    document["kana"] = "エドニ/イキマ'シタ。"
    assert notation_of(from_json(document)) == "エドニ/イキマ'シタ。"


def test_a_corrected_word_is_used(document):
    document["words"][0]["correction"] = "エド"
    reading = from_json(document)
    assert reading.words[0].kana == "エド"
    assert reading.words[1:] == JAPANESE.read(TEXT).words[1:]
    assert sum(reading.phones_per_token) == len(reading.phones)
    assert "correction" not in dumps(reading)


def test_a_reading_for_the_line_may_be_json(document):
    document["words"][0]["correction"] = "エ'ド"
    reading = JAPANESE.read(TEXT, ReadOptions(given=json.dumps(document)))
    assert reading.words[0].tones == (1, 0, 0)
    with pytest.raises(ReadingError, match="another text"):
        JAPANESE.read("京都", ReadOptions(given=json.dumps(document)))


def put(document, path, value):
    *way, last = path
    for step in way:
        document = document[step]
    if value is KeyError:
        del document[last]
    else:
        document[last] = value


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        (["format"], "x", "format"),
        (["version"], 2, "version"),
        (["language"], "fr", "language"),
        (["text"], 1, "text"),
        (["phones"], KeyError, "phones"),
        (["phone"], [], "phone"),
        (["phones", 0], "a", "phones"),
        (["phones", 1], 5, "phones[1]"),
        (["tones", 1], 2, "tones[1]"),
        (["tones", 1], True, "tones[1]"),
        (["tones", 1], -1, "tones[1]"),
        (["tones"], [0], "tones"),
        (["phones_per_token", 0], 2, "phones_per_token"),
        (["words"], {}, "words"),
        (["words", 0], [], "words[0]"),
        (["words", 0, "surfaces"], "", "words[0].surfaces"),
        (["words", 0, "surface"], "京都", "words[0].surface"),
        (["words", 0, "span"], [0, 99], "words[0].span"),
        (["words", 0, "span"], [2, 0], "words[0].span"),
        (["words", 1, "span"], [1, 3], "words[1].surface"),
        (["words", 0, "tones"], [], "words[0].tones"),
        (["words", 0, "tones", 0], 1, "tones"),
        (["words", 0, "phones_per_token"], [1], "words[0].phones_per_token"),
        (["words", 0, "correction"], "漢", "words[0].correction"),
        (["words", 0, "spoken"], "京都", "model_text"),
        (["kana"], "ア''", "kana"),
        (["findings"], [{"code": "x", "severity": "bad", "message": ""}], "findings[0].severity"),
    ],
)
def test_mistakes_name_their_path(document, path, value, at):
    put(document, path, value)
    with pytest.raises(ReadingError) as caught:
        from_json(document)
    assert caught.value.at is not None
    assert caught.value.at.split(": ")[0] == at


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "[" * 100_000])
def test_what_is_no_reading(text):
    with pytest.raises(ReadingError):
        loads(text)


DOUBT = Doubt(
    span=(0, 2),
    surface="東京",
    kana="トーキョー",
    reasons=("name", "analyses-differ"),
    others=("トーケー",),
    weight=0.25,
)


def test_doubts_come_back_where_somebody_asked_for_them(document):
    reading = replace(JAPANESE.read(TEXT), doubts=(DOUBT,))
    assert "doubts" not in document
    assert loads(dumps(reading)) == reading


def test_a_word_that_a_person_corrected_is_not_doubtful_any_more():
    other = replace(DOUBT, span=(3, 5), surface="行き", kana="イキ")
    document = to_json(replace(JAPANESE.read(TEXT), doubts=(DOUBT, other)))
    document["words"][0]["correction"] = "エド"
    assert from_json(document).doubts == (other,)
    document["kana"] = "エドニ/イキマ'シタ。"
    assert from_json(document).doubts == ()


@pytest.mark.parametrize("weight", [2, "0.5", None, -0.1, True])
def test_a_weight_is_a_number_from_0_to_1(weight):
    document = to_json(replace(JAPANESE.read(TEXT), doubts=(DOUBT,)))
    document["doubts"][0]["weight"] = weight
    with pytest.raises(ReadingError) as caught:
        from_json(document)
    assert caught.value.at == "doubts[0].weight"
