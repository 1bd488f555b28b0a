"""Faces, emoji, laughter, asides."""

import pytest

CASES = [
    ("ok👍ね", "オーケー=オーケー|,|ね"),
    ("ね👍", "ね|"),
    ("(^_^)", ""),
    ("m(_ _)m", ""),
    ("T_T", ""),
    ("(2)", "'|二|'"),
    ("(笑)", "カッコワライ=カッコワライ"),
    ("(株)", "株式会社"),
    ("草www", "草|ワラ=ワラ"),
    (
        "www.jp",
        "ダブリューダブリューダブリュー=ダブリューダブリューダブリュー|ドット=ドット|ジェーピー=ジェーピー",
    ),
    ("3日(月)", "三|日|月曜日"),
    ("(月)〜(金)", "月曜日|から|金曜日"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
