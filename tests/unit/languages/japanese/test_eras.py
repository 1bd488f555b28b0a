"""Names of years, each before a number and between other words."""

import pytest

from sbv2cli.languages.japanese import JAPANESE, eras


def said(text):
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


def test_there_are_all_of_them():
    assert len(eras.readings()) == 247  # of both courts


@pytest.mark.parametrize("behind", ["元年の夏。", "三年の夏。", "十一年。", "年間に。"])
def test_each_is_read_before_years(behind):
    wrong = [
        era
        for era, kana in eras.readings().items()
        if not said(f"時は{era}{behind}").startswith(f"トキワ{kana}")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("治安が悪い。", "チアンガワルイ"),
        ("文化祭の三年生。", "ブンカサイノサンネンセー"),
        ("弘安さん。", "ヒロヤスサン"),
    ],
)
def test_other_words_stay(text, kana):
    assert said(text) == kana
