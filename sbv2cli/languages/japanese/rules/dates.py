"""Dates in figures, months and days, years of a decade."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import before
from sbv2cli.languages.japanese.rules.numerals import cardinal
from sbv2cli.languages.japanese.spans import SpokenSpan

_END = r"(?![0-9A-Za-z]|[-/.][0-9])"
_FULL = re.compile(
    rf"(?P<y>[12][0-9]{{3}})(?P<a>[-/.])(?P<m>0?[1-9]|1[0-2])(?P<b>[-/.])"
    rf"(?P<d>3[01]|[12][0-9]|0?[1-9]){_END}"
)
_YEAR_MONTH = re.compile(rf"(?P<y>(?:19|20)[0-9]{{2}})(?P<a>/)(?P<m>1[0-2]|0?[1-9]){_END}")
_MONTH_DAY = re.compile(
    rf"(?P<m>1[0-2]|0?[1-9])(?P<b>/)(?P<d>3[01]|[12][0-9]|0?[1-9]){_END}(?![%‰°])"
)
_COMPACT_ERA = re.compile(
    rf"(?P<e>[MTSHRmtshr])(?P<y>[0-9]{{1,2}})[./-](?P<m>1[0-2]|0?[1-9])[./-]"
    rf"(?P<d>3[01]|[12][0-9]|0?[1-9]){_END}"
)
_AFTER_LATIN = re.compile("[A-Za-z] ?$")  # Windows 10/11
_ERAS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_FIRST = re.compile(r"[1一](?=日)")
_FIRST_DAY_AFTER = re.compile(
    r"日(?:付|朝|未明|早朝|深夜|夜|夕|正午|午前|午後|発売|開始|開幕|開催|施行|以降|時点|(?:から|[〜・、-])[0-9]{1,2}日|[((](?:月|火|水|木|金|土|日)[))])"
)
_DECADE = re.compile(r"'(?=[0-9]{2}(?:年|s\b))")
_DECADES = {
    "50s": "フィフティーズ",
    "60s": "シックスティーズ",
    "70s": "セブンティーズ",
    "80s": "エイティーズ",
    "90s": "ナインティーズ",
}


def date(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """2024/05/01, 2024-05-01, 2024.5.1, 2024/5, 5/14."""
    found = _FULL.match(flat, at, stop)
    if found and found["a"] == found["b"]:
        return _spans(found, (("y", "年"), ("m", "月"), ("d", "日")))
    found = _YEAR_MONTH.match(flat, at, stop)
    if found:
        return _spans(found, (("y", "年"), ("m", "月")))
    found = _MONTH_DAY.match(flat, at, stop)
    if (
        found
        and not _AFTER_LATIN.search(flat[max(0, at - 3) : at])
        and not _is_fraction(int(found["m"]), int(found["d"]))
    ):
        return _spans(found, (("m", "月"), ("d", "日")))
    return None


def _is_fraction(upper: int, lower: int) -> bool:
    """1/2, 3/4 and 1/10 are shares; 5/1, 4/10 and 12/24 are days."""
    return upper < lower < 10 or (upper, lower) == (1, 10)


def _spans(found: re.Match[str], parts: tuple[tuple[str, str], ...]) -> list[SpokenSpan]:
    """The number and its mark in one span each: 2024/ is 二千二十四年, 05/ 五月, 01 一日."""
    spans = []
    start = found.start(parts[0][0])
    for index, (group, word) in enumerate(parts):
        last = index + 1 == len(parts)
        end = found.end(group) if last else found.start(parts[index + 1][0])
        text = cardinal(found[group]) + word
        spans.append(SpokenSpan(start=start, end=end, text=text, kind="date"))
        start = end
    return spans


def era_date(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """R6.5.1 is 令和六年五月一日."""
    found = _COMPACT_ERA.match(flat, at, stop)
    if found is None or before(flat, at).isalnum():
        return None
    era = SpokenSpan(start=at, end=found.start("y"), text=_ERAS[found["e"].upper()], kind="date")
    return [era, *_spans(found, (("y", "年"), ("m", "月"), ("d", "日")))]


def first_day(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """1日 as a day of the month (ツイタチ); as a length of time the engine reads it (イチニチ)."""
    if not _FIRST.match(flat, at, stop) or not flat.startswith("日", at + 1, stop):
        return None
    previous = before(flat, at)
    # After 月 the engine knows: 5月1日, 毎月1日.
    if previous == "月" or previous.isdigit() or not _FIRST_DAY_AFTER.match(flat, at + 1):
        return None
    return [SpokenSpan(start=at, end=at + 2, text="一日", kana="ツイタチ", accent=4, kind="date")]


def decade(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """The apostrophe of '90年代 is silent."""
    if not _DECADE.match(flat, at, stop):
        return None
    return [SpokenSpan(start=at, end=at + 1, text="", kind="date")]


def decade_in_english(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """80s is エイティーズ."""
    spoken = _DECADES.get(flat[at : min(stop, at + 3)].lower())
    following = flat[at + 3 : at + 4]
    if spoken is None or (following.isascii() and following.isalnum()):
        return None
    return [SpokenSpan(start=at, end=at + 3, text=spoken, kind="date")]
