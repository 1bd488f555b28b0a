"""Numbers with a counter whose reading neither says: 5分 in figures, 五六本 and 五、六本 in kanji.

`counted.tsv`: figures and counters that the engine takes for a share (三分 サンブ) or a name
(千歳). In kanji they may be one; in figures they count. `pairs.tsv`: two numerals in kanji that
stand for "two or three", with the counters that they are said with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sbv2cli.languages.japanese.data_tables import rows_of, with_accent
from sbv2cli.languages.japanese.rules.characters import before, is_kanji
from sbv2cli.languages.japanese.rules.numerals import cardinal
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.patterns import lazy_pattern

_NUMERALS = tuple("〇零一二三四五六七八九第百千万月和成正")
_TWO = lazy_pattern("([一二三四五六七八])[、,]?([二三四五六七八九])")
_PAIRS = ("一二", "二三", "三四", "四五", "五六", "六七", "七八", "八九")


@dataclass(frozen=True, slots=True)
class Counted:
    """A number and its counter, and what makes another word of them."""

    kana: str
    accent: int | None
    other_word: re.Pattern[str] | None

    def stands(self, flat: str, end: int) -> bool:
        """Whether they are no part of another word that goes on at `end`."""
        return self.other_word is None or not self.other_word.match(flat, end)


def of_figures(flat: str, at: int, end: int) -> list[SpokenSpan] | None:
    """The figures `flat[at:end]` and the counter after them."""
    written = flat[at:end].lstrip("0")
    row = _figures().get((written, flat[end : end + 1]))
    if row is None or before(flat, at) in ("割", "度", "寸", "尺") or not row.stands(flat, end + 1):
        return None
    text = cardinal(written) + flat[end]
    return [
        SpokenSpan(
            start=at, end=end + 1, text=text, kana=row.kana, accent=row.accent, kind="number"
        )
    ]


def pair(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """五六人 and 四、五人 are five or six people (ゴロク), not fifty-six."""
    found = _TWO.match(flat, at, stop)
    if found is None or before(flat, at) in _NUMERALS:
        return None
    two = found[1] + found[2]
    if two not in _PAIRS or (at == 0 and found.group().startswith("一、")):  # the first of a list
        return None
    table = _pairs()
    for length in (3, 2, 1):
        end = found.end() + length
        row = table.get(two + flat[found.end() : end]) if end <= stop else None
        if row is not None and (found.end() > at + 2 or row.stands(flat, end)):
            text = two + flat[found.end() : end]
            return [
                SpokenSpan(start=at, end=end, text=text, kana=row.kana, accent=None, kind="number")
            ]
    end = found.end()
    if before(flat, at) == "十" and end > at + 2 and not is_kanji(flat[end : end + 1]):
        # A man of 二十四、五: years, which go without saying.
        kana = table[f"{two}の"].kana.removesuffix("ノ")
        return [SpokenSpan(start=at, end=end, text=two, kana=kana, accent=None, kind="number")]
    return None


@cache
def _figures() -> dict[tuple[str, str], Counted]:
    return {
        (figures, counter): _row(reading, other)
        for figures, counter, other, reading in rows_of("counted.tsv")
    }


@cache
def _pairs() -> dict[str, Counted]:
    return {
        two + counter: _row(reading, other)
        for counter, other, *readings in rows_of("pairs.tsv")
        for two, reading in zip(_PAIRS, readings, strict=True)
        if reading
    }


def _row(reading: str, other: str) -> Counted:
    kana, accent = with_accent(reading)
    return Counted(kana, accent, re.compile(other) if other else None)
