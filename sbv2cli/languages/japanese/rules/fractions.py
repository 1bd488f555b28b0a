"""Fractions, ratios and scores."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import before
from sbv2cli.languages.japanese.rules.numbers import PLAIN, number_spans
from sbv2cli.languages.japanese.rules.numerals import cardinal
from sbv2cli.languages.japanese.spans import SpokenSpan

_FRACTION = re.compile(r"(?P<n>[0-9]{1,4})/(?P<d>[1-9][0-9]{0,5})(?![0-9A-Za-z]|[/.][0-9])")
_RATIO = re.compile(rf"{PLAIN}(?: ?: ?{PLAIN}){{1,4}}(?![0-9A-Za-z]|:[0-9])")
_SCORE = re.compile(
    r"[0-9]{1,3}-[0-9]{1,3}(?=(?:で|の)(?:勝|敗|負|辛勝|快勝|引き分|同点|リード|逆転|スコア))"
)
_PIECE = re.compile(rf"{PLAIN}| ?: ?|-")
_AFTER_LATIN = re.compile("[A-Za-z] ?$")
_VULGAR = {
    "½": "二分の一", "⅓": "三分の一", "⅔": "三分の二", "¼": "四分の一", "¾": "四分の三",
    "⅕": "五分の一", "⅖": "五分の二", "⅗": "五分の三", "⅘": "五分の四", "⅙": "六分の一",
    "⅚": "六分の五", "⅐": "七分の一", "⅛": "八分の一", "⅜": "八分の三", "⅝": "八分の五",
    "⅞": "八分の七", "⅑": "九分の一", "⅒": "十分の一", "↉": "三分のゼロ",
}  # fmt: skip


def fraction(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """1/2 is 二分の一; the date rule has taken what is a day."""
    found = _FRACTION.match(flat, at, stop)
    if found is None or before(flat, at) == "/" or _AFTER_LATIN.search(flat[max(0, at - 3) : at]):
        return None
    text = f"{cardinal(found['d'])}分の{cardinal(found['n'])}"
    return [SpokenSpan(start=at, end=found.end(), text=text, kind="fraction")]


def vulgar(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """½; after a whole number 2½ is 二と二分の一."""
    text = _VULGAR.get(flat[at]) if at < stop else None
    if text is None:
        return None
    if before(flat, at).isdecimal():
        text = "と" + text
    return [SpokenSpan(start=at, end=at + 1, text=text, kind="fraction")]


def ratio(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """3:2 and the score 3-2で are 三対二; the clock rule has taken what is a time."""
    found = _RATIO.match(flat, at, stop) or _SCORE.match(flat, at, stop)
    if found is None:
        return None
    spans: list[SpokenSpan] = []
    for part in _PIECE.finditer(flat, at, found.end()):
        if part.group().strip() in (":", "-"):
            spans.append(
                SpokenSpan(
                    start=part.start(), end=part.end(), text="対", kana="タイ", accent=1,
                    kind="ratio",
                )
            )  # fmt: skip
        else:
            spans += number_spans(flat, part.start(), part.end(), kind="ratio")
    return spans
