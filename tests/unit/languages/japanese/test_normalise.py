from __future__ import annotations

import pytest

from sbv2cli.languages.japanese.normalise import normalise, number_in_kanji


@pytest.mark.parametrize(
    ("digits", "kanji"),
    [
        ("0", "零"),
        ("007", "七"),
        ("1000", "千"),
        ("10000", "一万"),
        ("10000000", "千万"),
        ("110000000", "一億千万"),
        ("1.0", "一"),
        ("12.50", "十二点五"),
        ("0.000001", "零点零零零零零一"),
        # Float noise: the library goes through a binary float.
        ("0.1234567890123456789", "零点一二三四五六七八九零一二三四五六八"),
        (
            "14858984868869947.9017",
            "一京四千八百五十八兆九千八百四十八億六千八百八十六万九千九百四十八",
        ),
        # 28 digits of a decimal after the highest group.
        (
            "517812865707049996228303883685957489068288360759838",
            (
                "五百十七極八千百二十八載六千五百七十正七千四十九澗九千九百六十二溝"
                "二千八百三十穣三千八百八十三秭六千八百六十垓"
            ),
        ),
    ],
)
def test_numbers(digits, kanji):
    assert number_in_kanji(digits) == kanji


@pytest.mark.parametrize("digits", ["1" + "0" * 51, "9" * 20000, "9" + "0" * 51 + ".5"])
def test_numbers_that_are_too_large(digits):
    with pytest.raises(OverflowError, match=r"^abs\(\d+(\.\d+)?\) must be less than 10{51}\.$"):
        normalise(digits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234.56円", "千二百三十四点五六円"),
        ("1,23", "一,二十三"),
        ("1000,000", "百万"),
        ("$.5", ".五ドル"),
        ("100€", "百"),
        ("10〜20", "十ー二十"),
        ("・・・", "..."),
        ("か゛", "か"),
        ("か\u3099", "が"),
        ("二〇二四年", "二二四年"),
        ("café", "caf"),
        ("I love you", "Iloveyou"),
        ("一\r\n二", "一.二"),
        ("\U00020bb7野家", "野家"),
        ("「『」", "''"),
    ],
)
def test_texts(text, expected):
    assert normalise(text) == expected
