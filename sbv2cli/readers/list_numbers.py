"""The numbers that word processors put before headings, as they write them.

A number beyond what all of them write alike is none: 百一 in one is 一百零一 in another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_AIUEO = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラム"
    "ウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
)
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_KANJI = "〇一二三四五六七八九"
_LEGAL = "壱弐参"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_MOST = 4000

Writing = Callable[[int], str | None]
"""A number from 1 as it is written; `None` where it is not known how."""


def decimal(number: int) -> str:
    """1, 2, 3."""
    return str(number)


def two_digits(number: int) -> str:
    """01, 02, 03."""
    return f"{number:02d}"


def wide(number: int) -> str:
    """１, ２, ３."""
    return str(number).translate(_WIDE)


def roman(number: int) -> str | None:
    """i, ii, iii."""
    if not 0 < number < _MOST:
        return None
    written = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        written += letters * times
    return written


def upper_roman(number: int) -> str | None:
    """I, II, III."""
    written = roman(number)
    return None if written is None else written.upper()


def kanji(number: int) -> str | None:
    """一, 十, 十一, 九十九."""
    if not 0 < number < 100:
        return None
    tens, ones = divmod(number, 10)
    before = _KANJI[tens] if tens > 1 else ""
    return before + ("十" if tens else "") + (_KANJI[ones] if ones else "")


def kanji_digit(number: int) -> str | None:
    """一 to 九; behind them some write 一〇, and some 十."""
    return _KANJI[number] if 0 < number < 10 else None


def one_of(signs: str) -> Writing:
    """The first sign, the second, ...; it ends where they end."""
    return lambda number: signs[number - 1] if 0 < number <= len(signs) else None


def nothing(number: int) -> str:
    """No sign at all."""
    del number
    return ""


WORD: Mapping[str, Writing] = {
    "decimal": decimal,
    "decimalZero": two_digits,
    "decimalHalfWidth": decimal,
    "decimalFullWidth": wide,
    "decimalFullWidth2": wide,
    "upperRoman": upper_roman,
    "lowerRoman": roman,
    "upperLetter": one_of(_LETTERS.upper()),
    "lowerLetter": one_of(_LETTERS),
    "aiueo": one_of(_AIUEO),
    "aiueoFullWidth": one_of(_AIUEO),
    "iroha": one_of(_IROHA),
    "irohaFullWidth": one_of(_IROHA),
    "japaneseCounting": kanji,
    "chineseCounting": kanji,
    "ideographDigital": kanji_digit,
    "japaneseLegal": one_of(_LEGAL),
    "ideographTraditional": one_of(_STEMS),
    "ideographZodiac": one_of(_BRANCHES),
    "decimalEnclosedCircle": one_of(_CIRCLES),
    "none": nothing,
}
"""ST_NumberFormat of ECMA-376. Half-width katakana are written wide: they are read alike."""

WRITER: Mapping[str, Writing] = {
    "1": decimal,
    "01": two_digits,
    "i": roman,
    "I": upper_roman,
    "a": one_of(_LETTERS),
    "A": one_of(_LETTERS.upper()),
    "１, ２, ３, ...": wide,
    "1, 2, 3, ...": wide,  # as LibreOffice calls it in files
    "ア, イ, ウ, ...": one_of(_AIUEO),
    "ｱ, ｲ, ｳ, ...": one_of(_AIUEO),
    "イ, ロ, ハ, ...": one_of(_IROHA),
    "ｲ, ﾛ, ﾊ, ...": one_of(_IROHA),
    "一, 二, 三, ...": kanji,
    "壱, 弐, 参, ...": one_of(_LEGAL),
    "甲, 乙, 丙, ...": one_of(_STEMS),
    "子, 丑, 寅, ...": one_of(_BRANCHES),
    "①, ②, ③, ...": one_of(_CIRCLES),
}
"""`style:num-format` of OpenDocument, and the examples by which LibreOffice names the others."""
