"""Rows of a sheet that a column calls no speech are told, and not guessed at."""

from __future__ import annotations

import io

import pytest

from sbv2cli.readers.detect import load
from sbv2cli.readers.format import DEFAULTS


def lines(text, format_="csv"):
    return list(load(format_).read(io.BytesIO(text.encode()), "lines.csv", DEFAULTS))


def told(line):
    return [(one.code, str(one.at), one.hint) for one in line.findings]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("種別", "SE"), ("種別", "選択肢"), ("タイプ", "ト書き"), ("Type", "choice"), ("収録", "×"),
        ("ボイス有無", "無"), ("音声の有無", "なし"), ("voiced", "no"), ("要収録", "不要"),
    ],
)  # fmt: skip
def test_a_column_that_says_so_is_told(header, value):
    (line,) = lines(f"id,text,{header}\na,扉が開く。,{value}\n")
    assert told(line) == [
        (
            "script.not-for-voice",
            "lines.csv:2:3",
            f"to render without such rows: --select 'meta.{header}!={value}'",
        )
    ]
    assert not line.skip


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("種別", "台詞"),
        ("種別", "地の文"),
        ("収録", "○"),
        ("収録日", "0"),
        ("備考", "SE"),
        ("種別", ""),
    ],
)
def test_other_columns_and_values_say_nothing(header, value):
    (line,) = lines(f"id,text,{header}\na,扉が開く。,{value}\n")
    assert not line.findings


def test_a_person_who_said_whether_to_skip_is_told_nothing():
    found = lines("id,text,種別,skip\na,扉が開く。,SE,yes\nb,扉が開く。,SE,no\nc,,SE,\n")
    assert not [one for line in found for one in line.findings]


def test_rows_behind_the_mark_of_a_comment():
    found = lines("#ID,セリフ\n1,一。\n//2,没。\n;3,没。\n")
    assert [line.id for line in found] == ["1", "//2", ";3"]
    assert [[code for code, _, _ in told(line)] for line in found] == [
        [],
        ["script.not-for-voice"],
        ["script.not-for-voice"],
    ]


@pytest.mark.parametrize("text", ["-", "―", "N/A", "なし", "（セリフなし）", "欠番", "没"])
def test_a_text_that_says_that_there_is_none(text):
    (line,) = lines(f"id,text\na,{text}\n")
    assert [code for code, _, _ in told(line)] == ["script.not-for-voice"]
    (line,) = lines(f"id,text,skip\na,{text},no\n")
    assert not line.findings
    (line,) = lines(f"id,text\na,{text}だ。\n")
    assert not line.findings


def test_objects_of_json_are_looked_at_too():
    (line,) = lines('{"id": "a", "text": "はい", "type": "choice"}\n', "jsonl")
    assert [code for code, _, _ in told(line)] == ["script.not-for-voice"]
