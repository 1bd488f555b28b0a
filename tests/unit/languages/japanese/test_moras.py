from __future__ import annotations

import json

import pytest

from sbv2cli.languages.japanese.moras import (
    CANONICAL,
    KANA_OF,
    MORAS,
    count_moras,
    kana_of_phones,
    katakana,
    mora_tones,
    split_moras,
)


def phones(kana, before=()):
    return [phone for _, said in split_moras(kana, before) for phone in said]


def test_the_table_is_the_recorded_one(golden):
    rows = json.loads((golden / "frontend" / "tables" / "ja_mora.json").read_text("utf-8"))["mora"]
    recorded = {
        row["kana"]: tuple(part for part in (row["consonant"], row["vowel"]) if part)
        for row in rows
    }
    assert recorded == MORAS
    assert {row["kana"] for row in rows if row["canonical"]} == set(CANONICAL)


def test_canonical_kana_come_back():
    assert len(KANA_OF) == len(CANONICAL) == 144
    for kana, said in CANONICAL.items():
        assert kana_of_phones(said) == kana


@pytest.mark.parametrize(
    ("kana", "expected"),
    [
        ("ケーエー", "k e e e e"),
        ("ンーー", "N N N"),
        ("エッート", "e q t o"),
        ("ーア", "a"),
        ("クァ", "k u a"),
        ("クヮ", "k u w a"),
        ("フュー", "f u y u u"),
        ("デェ", "d e e"),
        ("シィー", "sh i i i"),
        ("ヴャ", "by a"),
        ("ヲ", "o"),
    ],
)
def test_phones_of_kana(kana, expected):
    assert " ".join(phones(kana)) == expected


def test_a_leading_long_mark_lengthens_what_was_said_before():
    assert phones("ーネ", ("d", "o")) == ["o", "n", "e"]
    assert phones("ーネ", (",",)) == ["n", "e"]


@pytest.mark.parametrize(
    ("kana", "moras"), [("クァルテット", 5), ("エッート", 4), ("漢", 0), ("", 0)]
)
def test_places_for_an_accent(kana, moras):
    assert count_moras(kana) == moras


@pytest.mark.parametrize("text", ["漢字", "A", "ア ア", "あ", "ア'"])
def test_what_is_no_katakana(text):
    assert split_moras(text) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("きょうﾊﾟヷヵㇷ゚", "キョウパヴァカプ"), ("ゔゝ", "ヴヽ"), ("ＡＢ", "AB")]
)
def test_katakana(text, expected):
    assert katakana(text) == expected


@pytest.mark.parametrize(
    ("moras", "accent", "expected"),
    [
        (0, 0, ()),
        (1, 0, (0,)),
        (1, 1, (0,)),
        (2, 1, (1, 0)),
        (3, 0, (0, 1, 1)),
        (3, 3, (0, 1, 1)),
        (3, 9, (0, 1, 1)),
        (4, 2, (0, 1, 0, 0)),
        (4, 3, (0, 1, 1, 0)),
    ],
)
def test_tones_of_a_phrase(moras, accent, expected):
    assert mora_tones(moras, accent) == expected


@pytest.mark.parametrize("broken", [["k"], ["k", "k", "a"], ["k", ","], ["x"], ["k", "N"]])
def test_phones_that_are_no_moras(broken):
    assert kana_of_phones(broken) is None
