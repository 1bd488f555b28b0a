"""The JSON text of a reading is what `json` writes of its document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Request, answer
from sbv2cli.languages.reading_json import kana_of, to_json
from sbv2cli.languages.reading_text import text_of
from sbv2cli.records import Doubt

TEXTS = [
    'えっ、今日は"東京"に行きました！',
    "\\ \t と \x7f と \u202e と\u3000と 😀。",
    "สวัสดี と言った。",
    "ーあ、ーい。",
    "",
    "…",
]
DOUBT = Doubt(
    span=(0, 1), surface="今", kana="イマ", reasons=("engine",), others=("コン'",), weight=0.51239
)


def read(text, language="ja", given=None):
    request = Request(text=text, language=language, given=given)
    return answer(request, ReadOptions()).reading


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_the_text_of_the_document(text):
    reading = read(text)
    assert text_of(reading, kana_of(reading)) == json.dumps(to_json(reading), ensure_ascii=False)


@pytest.mark.parametrize(
    "reading",
    [
        read("a b", given='symbols: h ə " ␣'),
        replace(read("今は。"), doubts=(DOUBT, DOUBT)),
        replace(read("今は。"), model_text="別の文"),
        replace(read("今は。"), words=()),
    ],
)
def test_so_it_is_of_readings_that_are_made_otherwise(reading):
    assert text_of(reading, kana_of(reading)) == json.dumps(to_json(reading), ensure_ascii=False)
