"""Waves and hyphens between words: "from … to", a long vowel, or a pause."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import WAVE, before, is_kana, is_kanji
from sbv2cli.languages.japanese.spans import SpokenSpan

# Kanji that close a number or a date, so that a wave after them is "from" even at the end: 9時〜.
_CLOSES = frozenset("時分秒年月日週円人個本枚匹歳才度点回号番階丁頁章節話巻部曜旬")
_WAVES = re.compile(f"{WAVE}+")
_HYPHENS = re.compile("-+")


def wave(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """10〜20人 and 東京〜大阪 are カラ; after kana and at the end of a word a long vowel."""
    found = _WAVES.match(flat, at, stop)
    if found is None:
        return None
    end = found.end()
    previous, following = before(flat, at), flat[end : end + 1]
    length = end - at
    if previous and is_kana(previous):
        # カレー〜 is long, but 5メートル〜10メートル and スープ〜食後 go from one to the other.
        loan = previous >= "ァ" and following != "" and is_kanji(following)
        joins = length == 1 and (following.isdecimal() or loan)
        text = "から" if joins else "ー" * length
    elif (previous == ")" and following == "(") or (previous and _says_from(flat, at, following)):
        text = "から"
    elif previous and is_kanji(previous):
        joins = following.isdecimal() or (following != "" and is_kanji(following))
        text = "から" if joins else "ー" * length
    else:
        return [SpokenSpan(start=at, end=end, text="-" if previous else "", kind="wave")]
    return [SpokenSpan(start=at, end=end, text=text, kind="wave")]


def _says_from(flat: str, at: int, following: str) -> bool:
    previous = flat[at - 1]
    if previous.isnumeric() or previous in "%℃°":
        return True
    if previous in _CLOSES:
        return any(letter.isnumeric() or letter in "今昨明" for letter in flat[max(0, at - 4) : at])
    return previous.isascii() and previous.isalpha() and following.isalnum()


def hyphen(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """5-6人 is カラ, an address の, a break in a Latin word nothing, elsewhere a pause."""
    found = _HYPHENS.match(flat, at, stop)
    if found is None:
        return None
    end = found.end()
    previous, following = before(flat, at), flat[end : end + 1]
    text = "-"
    if end - at == 1 and previous.isalnum() and following.isalnum():
        numbers = previous.isdecimal() and following.isdecimal()
        if numbers:
            text = "から" if _counts(flat, end) else "の"
        elif previous.isascii() and following.isascii():
            text = " "
        elif previous.isdecimal() or following.isdecimal():
            text = "の" if is_kanji(previous) else " "
    return [SpokenSpan(start=at, end=end, text=text, kind="hyphen")]


_COUNTED = re.compile(
    r"[0-9.,]{1,20}(?:[%℃°人個本枚匹時分秒年月日週円歳才度点回階章節話巻冊杯台名社頁割倍箱泊キセミメトグラ万億千百]|km|cm|mm|kg|m|g)"
)


def _counts(flat: str, at: int) -> bool:
    return _COUNTED.match(flat, at) is not None
