"""Currency signs before a number; those after it are units."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.numbers import PLAIN
from sbv2cli.languages.japanese.rules.numerals import LONGEST, cardinal, value
from sbv2cli.languages.japanese.spans import SpokenSpan

_SIGNS = {
    "$": ("ドル", "セント"),
    "€": ("ユーロ", "セント"),
    "£": ("ポンド", "ペンス"),
    "¥": ("円", None),
    "₩": ("ウォン", None),
    "₹": ("ルピー", None),
    "₽": ("ルーブル", None),
    "฿": ("バーツ", None),
    "₫": ("ドン", None),
    "₱": ("ペソ", None),
    "₺": ("リラ", None),
    "₿": ("ビットコイン", None),
    "¢": ("セント", None),
}
SIGNS = "".join(_SIGNS)
_PREFIXED = re.compile(
    rf"(?P<sign>[{re.escape(SIGNS)}]) ?(?P<n>{PLAIN}|\.[0-9]+)(?P<scale>[十百千]?[万億兆]?)"
)
_ABROAD = re.compile(rf"(?P<land>US|NT|HK|AU|CA)\$ ?(?P<n>{PLAIN})(?P<scale>[十百千]?[万億兆]?)")
_LANDS = {
    "US": "米ドル",
    "NT": "台湾ドル",
    "HK": "香港ドル",
    "AU": "豪ドル",
    "CA": "カナダドル",
}


def currency(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """$1.50 is 一ドル五十セント, ¥1,234 千二百三十四円; the sign is said after the number.

    One span holds sign and number, since spans follow the order of writing.
    """
    found = _PREFIXED.match(flat, at, stop)
    if found is None or len(found["n"]) > LONGEST:
        return None
    name, small = _SIGNS[found["sign"]]
    amount = found["n"]
    # A unit written as well says it: ¥100円.
    end = found.end()
    text = _amount(amount, found["scale"], name, small)
    if flat.startswith(name, end, stop):
        end += len(name)
    return [SpokenSpan(start=at, end=end, text=text, kind="currency")]


def _amount(amount: str, scale: str, name: str, small: str | None) -> str:
    whole, point, rest = amount.partition(".")
    if point and small and len(rest) == 2 and not scale:
        units = value(whole) if whole.strip("0,") else ""
        cents = f"{cardinal(rest)}{small}" if rest != "00" else ""
        if units or cents:
            return f"{units}{name if units else ''}{cents}"
    if not whole:
        amount = "0" + amount
    text = value(amount)
    return f"{'ゼロ' if text == '零' else text}{scale}{name}"


def abroad(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """US$5 is 五米ドル."""
    found = _ABROAD.match(flat, at, stop)
    if found is None or len(found["n"]) > LONGEST:
        return None
    text = f"{value(found['n'])}{found['scale']}{_LANDS[found['land']]}"
    return [SpokenSpan(start=at, end=found.end(), text=text, kind="currency")]


def lonely(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A currency sign without a number is its name."""
    known = _SIGNS.get(flat[at])
    if known is None or at >= stop:
        return None
    return [SpokenSpan(start=at, end=at + 1, text=known[0], kind="currency")]
