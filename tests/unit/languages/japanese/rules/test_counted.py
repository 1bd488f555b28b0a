"""Numbers with counters: every cell of both tables is said as it stands there."""

from __future__ import annotations

import pytest

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.data_tables import rows_of, with_accent


def kana(text: str) -> str:
    return comparable("".join(word.kana or "" for word in JAPANESE.read(text).words))


FIGURES = list(rows_of("counted.tsv"))
PAIRS = list(rows_of("pairs.tsv"))
TWO = ("一二", "二三", "三四", "四五", "五六", "六七", "七八", "八九")


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: row[0] + row[1])
def test_figures_with_a_counter(row):
    figures, counter, _, reading = row
    assert kana(f"{figures}{counter}も") == comparable(f"{with_accent(reading)[0]}モ")


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: row[0])
def test_two_numerals_are_two_or_three(row):
    counter, _, *readings = row
    follows = "前" if counter == "年" else "を"
    said = "マエ" if counter == "年" else "オ"
    for two, reading in zip(TWO, readings, strict=True):
        assert kana(f"{two}{counter}{follows}") == comparable(reading + said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3分の1", "サンブンノイチ"),
        ("三分咲き", "サンブザキ"),
        ("3輪車", "サンリンシャ"),
        ("8戸市", "ハチノヘシ"),
        ("昭和五六年", "ショーワゴジューロクネン"),
        ("五月二三日に", "ゴガツニジューサンニチニ"),
    ],
)
def test_what_is_another_word_stays(text, expected):
    assert kana(text) == comparable(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("女は二十四、五で", "オンナワニジューシゴデ"),
        ("年は十七、八。", "トシワジューシチハチ"),
        ("三十八、九だ", "サンジューハックダ"),
        ("三十二、三といったところ", "サンジューニサントイッタトコロ"),
        ("第十四、五章", "ダイジューヨンゴショー"),
    ],
)
def test_years_go_without_saying(text, expected):
    assert kana(text) == comparable(expected)
