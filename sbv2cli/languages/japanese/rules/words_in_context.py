"""Words that the engine misreads beside certain others.

間 in 五時の間に, 走 in 100m走, 月 in 月〜金.
"""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import KANJI
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.patterns import lazy_pattern

_DAYS = {
    "月": "ゲツ", "火": "カ", "水": "スイ", "木": "モク", "金": "キン", "土": "ド", "日": "ニチ",
}  # fmt: skip
_DAY = "[月火水木金土日]"
_ALONE = f"(?:(?<=週)|(?<![{KANJI}0-9]))"  # 毎週火・金
_NO_WORD = f"(?![{KANJI}])"
# 月〜金, and before 曜日 all but the last, which the engine knows: 月〜金曜日.
_RANGE = lazy_pattern(f"{_ALONE}({_DAY})([〜-])(?:({_DAY}){_NO_WORD}|(?={_DAY}曜))")
_ROW = lazy_pattern(
    f"{_ALONE}{_DAY}(?:・{_DAY}(?!曜)){{0,6}}(?=・{_DAY}曜|・祝|(?<=・{_DAY}){_NO_WORD}(?!・[{KANJI}]))"
)
_ORDER = "".join(_DAYS)

_WORDS: dict[str, tuple[re.Pattern[str], str, int]] = {
    "間": (lazy_pattern("(?<=[0-9〇零一二三四五六七八九十]時の)間"), "アイダ", 0),
    # A race; the verb and 走者 the engine knows.
    "走": (
        lazy_pattern(f"(?:(?<=[0-9][mM])|(?<=[0-9]km)|(?<=メートル)|(?<=キロ))走(?![らりるれろっ{KANJI}])"),
        "ソー",
        1,
    ),
}  # fmt: skip
STOPS = f"{_DAY}(?:[〜-]{_DAY}|・[月火水木金土日祝])|(?<=時の)間|(?<=[mMルロ])走(?![らりるれろっ])"
"""Where runs of plain letters stop, so that these rules are asked."""


def weekdays(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """月〜金 and 月・水・金 are days; 金・銀, 木・火 and 月・星 are not."""
    found = _RANGE.match(flat, at, stop)
    if found:
        spans = [_day(flat, at), SpokenSpan(start=at + 1, end=at + 2, text="から", kind="weekday")]
        return [*spans, _day(flat, at + 2)] if found[3] else spans
    found = _ROW.match(flat, at, stop)
    if found is None:
        return None
    days = found.group()[::2]
    following = flat[found.end() + 1 : found.end() + 2]
    row = days + (following if following in _DAYS else "")
    if list(row) != sorted(set(row), key=_ORDER.index) and row[:1] != "日":
        return None  # the five elements are 木・火・土・金・水
    spans = []
    for place in range(at, found.end()):
        if flat[place] == "・":
            spans.append(SpokenSpan(start=place, end=place + 1, text=",", kind="mark"))
        else:
            spans.append(_day(flat, place))
    return spans


def _day(flat: str, at: int) -> SpokenSpan:
    kana = _DAYS[flat[at]]
    return SpokenSpan(start=at, end=at + 1, text=flat[at], kana=kana, accent=1, kind="weekday")


def word(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """One word of the table, where its neighbours are the ones that mislead the engine."""
    pattern, kana, accent = _WORDS[flat[at]]
    if not pattern.match(flat, at, stop):
        return None
    return [
        SpokenSpan(
            start=at, end=at + 1, text=flat[at], kana=kana, accent=accent, kind="context"
        )
    ]  # fmt: skip
