"""Roman numerals and numbers in circles."""

from __future__ import annotations

import re
import unicodedata

from sbv2cli.languages.japanese.rules.characters import before
from sbv2cli.languages.japanese.rules.numerals import cardinal, english
from sbv2cli.languages.japanese.spans import SpokenSpan

_SIGNS = re.compile("[Ⅰ-Ⅿⅰ-ⅿ]{1,12}")
_LETTERS = re.compile(r"(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![A-Za-z0-9'])")
_BEFORE = re.compile(r"(?:第|巻|章|部|型|期|ステージ|レベル|クラス|パート|タイプ|フェーズ) ?$")
_AFTER = re.compile(r" ?(?:世紀|世|章|節|巻|部|期|型|類|種|号|幕|編|度|相|因子)")
_CIRCLED = re.compile("[①-⒛⓪-⓾⓿❶-➓㉈-㉏㉑-㉟㊀-㊉㊱-㊿㈠-㈩🄀-🄊]")
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", range(10), strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", range(10), strict=True))
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_value(letters: str) -> int:
    """The number that Roman letters write; nonsense gives some number too."""
    total = 0
    for letter, following in zip(letters, letters[1:] + " ", strict=True):
        size = _VALUES[letter]
        total += -size if size < _VALUES.get(following, 0) else size
    return total


def roman_sign(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """第Ⅳ章 is 第四章; after a title in katakana or Latin letters it is English (セブン)."""
    found = _SIGNS.match(flat, at, stop)
    if found is None:
        return None
    number = roman_value(unicodedata.normalize("NFKC", found.group()).upper())
    return [_span(flat, at, found.end(), number)]


def roman_letters(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """第IV章, ルイXIV世, ファイナルファンタジーVII."""
    found = _LETTERS.match(flat, at, stop)
    if found is None or found.end() == at:
        return None
    previous = before(flat, at)
    if previous.isascii() and previous.isalnum():
        return None
    counted = bool(_BEFORE.search(flat[max(0, at - 8) : at]) or _AFTER.match(flat, found.end()))
    letters = found.group()
    titled = len(letters) > 1 and letters != "XL" and _titled(flat, at) and "C" not in letters
    if not counted and not titled:
        return None
    return [_span(flat, at, found.end(), roman_value(letters), counted=counted)]


def _titled(flat: str, at: int) -> bool:
    head = flat[max(0, at - 2) : at].rstrip(" ")
    return bool(head) and ("ァ" <= head[-1] <= "ー" or (head[-1].isascii() and head[-1].isalpha()))


def _span(flat: str, at: int, end: int, number: int, *, counted: bool | None = None) -> SpokenSpan:
    if counted is None:
        counted = bool(_BEFORE.search(flat[max(0, at - 8) : at]) or _AFTER.match(flat, end))
    name = english(number) if _titled(flat, at) and not counted else None
    return SpokenSpan(start=at, end=end, text=name or cardinal(str(number)), kind="roman")


def circled(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """① ⑴ ⒈ ❶ ㊿: the number; at the start of a line or a list a short pause follows."""
    if at >= stop or not _CIRCLED.match(flat[at]):
        return None
    number = int(unicodedata.numeric(flat[at], 0))
    text = cardinal(str(number))
    text = "ゼロ" if text == "零" else text
    following = flat[at + 1 : at + 2]
    heads = before(flat, at) in ("", "\n", " ", "、", "。", ",")
    if heads and following and (following.isalpha() and following not in "のとはがをにもで番"):
        text += ","
    return [SpokenSpan(start=at, end=at + 1, text=text, kind="circled")]


def raised(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """x² is エックスの二乗; a lowered digit is only itself."""
    if at >= stop:
        return None
    if flat[at] in _LOWERED:
        text = cardinal(str(_LOWERED[flat[at]]))
    elif flat[at] in _RAISED:
        text = f"の{cardinal(str(_RAISED[flat[at]]))}乗"
    else:
        return None
    return [SpokenSpan(start=at, end=at + 1, text=text, kind="raised")]
