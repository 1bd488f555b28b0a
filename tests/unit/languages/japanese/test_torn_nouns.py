"""Nouns of two kanji before particles that begin other words."""

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("前進みたいなものだ", "ゼンシンミタイナモノダ"),
        ("ただの後悔みたいだ", "タダノコーカイミタイダ"),
        ("これが最後かい", "コレガサイゴカイ"),
        ("腕力しかない", "ワンリョクシカナイ"),
        ("突破って言う", "トッパッテイウ"),
    ],
)
def test_a_noun_before_a_particle_is_whole(kana_of, text, expected):
    assert kana_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("水飲みたい", "ミズノミタイ"),
        ("今日飲みたい", "キョーノミタイ"),
        ("一休みたい", "ヒトヤスミタイ"),
        ("雨降って地固まる", "アメフッテジカタマル"),
        ("微笑みたい", "ホホエミタイ"),
        ("嘲笑って言う", "アザワラッテイウ"),
    ],
)
def test_two_words_stay_two(kana_of, text, expected):
    assert kana_of(text) == expected
