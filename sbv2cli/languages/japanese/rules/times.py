"""Clock times written with colons."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import before
from sbv2cli.languages.japanese.rules.numerals import cardinal
from sbv2cli.languages.japanese.spans import SpokenSpan

_CLOCK = re.compile(
    r"(?P<h>[01]?[0-9]|2[0-9])(?P<a>:)(?P<m>[0-5][0-9])(?:(?P<b>:)(?P<s>[0-5][0-9]))?"
    r"(?![0-9]|:[0-9])(?: ?(?P<half>[AaPp][Mm])(?![A-Za-z]))?"
)
_HALF = re.compile(r"(?P<half>AM|PM|am|pm|[ap]\.m\.) ?(?=[0-9]{1,2}(?::[0-9]{2}|時))")
_HALVES = {"a": "午前", "p": "午後"}
# Written in figures it is no ジューブン, "enough"; 10分間 the engine knows, 10分の1 is a fraction.
_TEN_MINUTES = re.compile("10分(?![割間後前]|の[0-9一二三四五六七八九十])")
# The engine takes 五分 and 八分 for shares (ゴブ, ハチブ).
_MINUTES = {5: ("ゴフン", 1), 8: ("ハップン", 3)}


def clock(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """10:30 is 十時三十分, 10:00 is 十時, 23:59:10 has seconds."""
    found = _CLOCK.match(flat, at, stop)
    if found is None:
        return None
    hours, minutes = int(found["h"]), int(found["m"])
    if found["half"]:
        # Said first, written last: one span holds it all.
        text = _HALVES[found["half"][0].lower()] + f"{cardinal(found['h'])}時"
        text += f"{cardinal(found['m'])}分" if minutes else ""
        text += f"{cardinal(found['s'])}秒" if found["s"] else ""
        return [SpokenSpan(start=at, end=found.end(), text=text, kind="time")]
    spans = [
        SpokenSpan(start=at, end=found.end("a"), text=f"{cardinal(str(hours))}時", kind="time")
    ]
    seconds = found["s"]
    if minutes or seconds:
        kana, accent = _MINUTES.get(minutes, (None, None))
        spans.append(
            SpokenSpan(
                start=found.start("m"),
                end=found.end("b") if seconds else found.end("m"),
                text=f"{cardinal(str(minutes))}分",
                kana=kana,
                accent=accent,
                kind="time",
            )
        )
    else:
        spans.append(SpokenSpan(start=found.start("m"), end=found.end("m"), text="", kind="time"))
    if seconds:
        spans.append(
            SpokenSpan(
                start=found.start("s"),
                end=found.end("s"),
                text=f"{cardinal(str(int(seconds)))}秒",
                kind="time",
            )
        )
    return spans


def ten_minutes(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """10分待つ is ジュップン."""
    if not _TEN_MINUTES.match(flat, at, stop):
        return None
    kana = "ジュップン"
    return [SpokenSpan(start=at, end=at + 3, text="十分", kana=kana, accent=1, kind="time")]


def half_day(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """AM 10:00 is 午前十時."""
    found = _HALF.match(flat, at, stop)
    if found is None or before(flat, at).isalnum():
        return None
    text = _HALVES[found["half"][0].lower()]
    return [SpokenSpan(start=at, end=found.end(), text=text, kind="time")]
