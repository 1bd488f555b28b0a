"""Telephone and postal numbers, and addresses of joined numbers."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import before
from sbv2cli.languages.japanese.rules.numerals import cardinal, digit_spans
from sbv2cli.languages.japanese.spans import SpokenSpan

_PHONE = re.compile(
    r"(?:0[0-9]{1,4}[-( ][0-9]{1,4}[-) ][0-9]{3,4}|0[0-9]{2,4}-[0-9]{5,7}|0[0-9]{9,10}"
    r"|\(0[0-9]{1,4}\) ?[0-9]{1,4}-[0-9]{3,4})(?![0-9]|-[0-9])"
)
_INTERNATIONAL = re.compile(r"\+[0-9]{1,3}(?:[- ]?[0-9]{1,4}){2,5}(?![0-9])")
_POSTAL = re.compile(r"〒 ?(?P<n>[0-9]{3}-?[0-9]{4})(?![0-9])")
_BARE_POSTAL = re.compile(r"[0-9]{3}-[0-9]{4}(?![0-9]|-[0-9])")
_ADDRESS = re.compile(r"[0-9]{1,4}(?:-[0-9]{1,4}){2,4}(?![0-9]|-[0-9])")
_EMERGENCY = re.compile(r"(?:110|119|104|117|177|118|171|188|189)(?=番(?!線|目|台|地|街|組|歌))")
_EMERGENCY_READINGS = {
    "110": ("百十", "ヒャクトー", 3),
    "119": ("百十九", "ヒャクジューキュー", 6),
    "118": ("百十八", "ヒャクジューハチ", 6),
}


def phone(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """03-1234-5678: digit by digit, ノ between the groups; also +81-90-…, (03) 1234-5678."""
    if flat[at] == "+":
        if before(flat, at).isalnum():
            return None
        found = _INTERNATIONAL.match(flat, at, stop)
        if found is None or sum(map(str.isdigit, found.group())) < 9:
            return None
        plus = SpokenSpan(start=at, end=at + 1, text="プラス", kind="phone")
        return [plus, *_groups(flat, at + 1, found.end(), "phone")]
    found = _PHONE.match(flat, at, stop)
    return _groups(flat, at, found.end(), "phone") if found else None


def postal(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """〒100-0001 and 100-0001."""
    found = _POSTAL.match(flat, at, stop)
    if found:
        mark = SpokenSpan(start=at, end=found.start("n"), text="郵便番号", kind="postal")
        return [mark, *_groups(flat, found.start("n"), found.end(), "postal")]
    found = _BARE_POSTAL.match(flat, at, stop)
    return _groups(flat, at, found.end(), "postal") if found else None


def _groups(flat: str, at: int, end: int, kind: str) -> list[SpokenSpan]:
    spans: list[SpokenSpan] = []
    for part in re.finditer(r"[0-9]+|[^0-9]+", flat[at:end]):
        start, stop = at + part.start(), at + part.end()
        if part.group()[0] in "0123456789":
            spans += digit_spans(flat, start, stop, kind=kind)
        else:
            # Nothing is said for the bracket that opens "(03) …".
            text = "の" if start > at else ""
            kana = "ノ" if text else None
            spans.append(
                SpokenSpan(start=start, end=stop, text=text, kana=kana, accent=None, kind=kind)
            )
    return spans


def address(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """1-2-3 in an address is 一の二の三."""
    found = _ADDRESS.match(flat, at, stop)
    if found is None:
        return None
    spans = []
    for part in re.finditer(r"[0-9]+|-", found.group()):
        start, end = at + part.start(), at + part.end()
        text = "の" if part.group() == "-" else cardinal(part.group())
        text = "ゼロ" if text == "零" else text
        spans.append(SpokenSpan(start=start, end=end, text=text, kind="address"))
    return spans


def emergency(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """110番 is ヒャクトー番; the others are named digit by digit."""
    found = _EMERGENCY.match(flat, at, stop)
    if found is None:
        return None
    known = _EMERGENCY_READINGS.get(found.group())
    if known is None:
        return digit_spans(flat, at, at + 3, kind="phone")
    text, kana, accent = known
    return [SpokenSpan(start=at, end=at + 3, text=text, kana=kana, accent=accent, kind="phone")]
