"""Nouns of two kanji before particles that begin other words."""

import pytest

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.alike import comparable


def said(text: str) -> str:
    return comparable("".join(word.kana or "" for word in JAPANESE.read(text).words))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("前進みたいなものだ", "ゼンシンミタイナモノダ"),
        ("ただの後悔みたいだ", "タダノコーカイミタイダ"),
        ("これが最後かい", "コレガサイゴカイ"),
        ("腕力しかない", "ワンリョクシカナイ"),
    ],
)
def test_a_noun_before_a_particle_is_whole(text, expected):
    assert said(text) == comparable(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("水飲みたい", "ミズノミタイ"),
        ("今日飲みたい", "キョーノミタイ"),
        ("一休みたい", "ヒトヤスミタイ"),
        ("雨降って地固まる", "アメフッテジカタマル"),
        ("川下りの舟", "カワクダリノフネ"),
    ],
)
def test_two_words_stay_two(text, expected):
    assert said(text) == comparable(expected)
