"""Numbers: thousands separators, decimals, signs, percent, units, ordinals with leading zeros."""

from __future__ import annotations

import re
from dataclasses import replace

from sbv2cli.languages.japanese.rules import counted
from sbv2cli.languages.japanese.rules.characters import before, is_kana, is_kanji
from sbv2cli.languages.japanese.rules.numerals import LONGEST, cardinal, digit_spans, value
from sbv2cli.languages.japanese.rules.units import unit_at
from sbv2cli.languages.japanese.spans import SpokenSpan

# At most six groups of three: what is longer has no name, and the match stays linear.
PLAIN = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,6}(?![0-9]|,[0-9]{3})|[0-9]+)(?:\.[0-9]+)?"
_NUMBER = re.compile(PLAIN)
_VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){2,}(?![0-9])")
_SIGNED = re.compile(rf"(?P<sign>\+-|[-+±])(?={PLAIN})")
_SIGNS = {"-": "マイナス", "+": "プラス", "±": "プラスマイナス", "+-": "プラスマイナス"}
_MEASURED = re.compile(r"[0-9.,]{1,30} ?(?:[%‰°℃℉]|度|点|円|ポイント|パーセント|ドル|歳|m|k|c|d)")
# Kanji numerals that the engine takes for names or shares when nothing that counts follows.
_MISREAD = {"13": ("ジューサン", 3), "99": ("キュージューキュー", 5), "800": ("ハッピャク", 4)}
# Two digits with a leading zero before these are a time or a date: 05分 is 五分.
_CLOCK = "時分秒月日"
_BY_DIGITS = ("内線", "暗証番号", "口座番号", "電話番号", "コード", "パスワード")
_RECOVERY = re.compile("回復(?:[しすさせをでがはの、。!?薬量魔]|$)")
_COUNTERS_OF_ZERO = "時点度"


def number(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A number and the unit that follows it."""
    version = _VERSION.match(flat, at, stop)
    if version:
        return _version(flat, at, version.end())
    found = _NUMBER.match(flat, at, stop)
    if found is None:
        return None
    end = found.end()
    spans = number_spans(flat, at, end)
    if _RECOVERY.match(flat, end, stop):
        # HPが100回復した: the number stands apart, as 百回 would take the 回 from 回復.
        spans[-1] = replace(spans[-1], text=f"{spans[-1].text} ")
    unit = unit_at(flat, end, stop)
    if unit:
        after, spoken = unit
        spans.append(SpokenSpan(start=end, end=after, text=spoken, kind="unit"))
    return spans


def number_spans(flat: str, at: int, end: int, *, kind: str = "number") -> list[SpokenSpan]:
    """The number `flat[at:end]` without what follows it."""
    written = flat[at:end]
    after = flat[end : end + 1]
    whole = written.partition(".")[0].replace(",", "")
    if written.isdigit() and _by_digits(flat, at, end):
        return digit_spans(flat, at, end, kind="digits")
    if len(whole) > LONGEST:
        spans = digit_spans(flat, at, at + len(whole), kind="digits")
        if end > at + len(whole):
            point = at + len(whole)
            spans.append(SpokenSpan(start=point, end=point + 1, text="点", kana="テン", kind=kind))
            spans += digit_spans(flat, point + 1, end, kind="digits")
        return spans
    with_counter = counted.of_figures(flat, at, end)
    if with_counter:
        return with_counter
    text = value(written)
    if text == "零" and not (after and after in _COUNTERS_OF_ZERO):
        return [SpokenSpan(start=at, end=end, text="ゼロ", kind=kind)]
    if written in _MISREAD and not (after and (is_kanji(after) or "ァ" <= after <= "ヺ")):
        kana, accent = _MISREAD[written]
        return [SpokenSpan(start=at, end=end, text=text, kana=kana, accent=accent, kind=kind)]
    return [SpokenSpan(start=at, end=end, text=text, kind=kind)]


def _by_digits(flat: str, at: int, end: int) -> bool:
    """Leading zeros, and numbers that name and do not count, are read digit by digit."""
    written = flat[at:end]
    if len(written) > 1 and written[0] == "0":
        return not (len(written) == 2 and flat[end : end + 1] in _CLOCK and flat[end : end + 1])
    if len(written) == 2 and before(flat, at) == "秒" and not is_kanji(flat[end : end + 1]):
        return True  # 9秒58, of which no 分 or 回 follows
    return len(written) > 1 and flat[max(0, at - 6) : at].rstrip(" :はが").endswith(_BY_DIGITS)


def _version(flat: str, at: int, end: int) -> list[SpokenSpan]:
    """2.5.1 is ニ テン ゴ テン イチ."""
    spans = []
    for part in re.finditer(r"[0-9]+|\.", flat[at:end]):
        start = at + part.start()
        spoken = "テン" if part.group() == "." else cardinal(part.group())
        spans.append(
            SpokenSpan(
                start=start,
                end=at + part.end(),
                text="ゼロ" if spoken == "零" else spoken,
                kind="version",
            )
        )
    return spans


def sign(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A minus, plus or plus-minus that belongs to the number after it."""
    found = _SIGNED.match(flat, at, stop)
    if found is None:
        return None
    previous = before(flat, at)
    if previous and (previous.isalnum() or previous in ")]」』）ー々"):
        # After a word it is a dash, unless what follows is clearly a measure: 気温は-5℃.
        joined = previous.isascii() or previous in ")]」』）"
        kana_or_kanji = is_kana(previous) or is_kanji(previous)
        if joined or not kana_or_kanji or not _MEASURED.match(flat, found.end(), stop):
            return None
    mark = found["sign"]
    return [SpokenSpan(start=at, end=found.end(), text=_SIGNS[mark], kind="sign")]


def decimal_point(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A number that begins with its point: .5 is 零点五."""
    found = re.compile(r"\.[0-9]+").match(flat, at, stop)
    if found is None or before(flat, at).isalnum() or before(flat, at) == ".":
        return None
    text = value("0" + found.group()) if found.end() - at <= LONGEST else ""
    if not text:
        return None
    return [SpokenSpan(start=at, end=found.end(), text=text, kind="number")]
