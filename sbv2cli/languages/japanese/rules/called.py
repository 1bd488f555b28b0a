"""Kin who are called with a long voice: お父さーん, 姉ちゃあああん.

Without さん in one piece the engine has a father (チチ) and a mother (ハハ) of others.
"""

from __future__ import annotations

from sbv2cli.languages.japanese.moras import LONG_MARK, katakana
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.patterns import lazy_pattern

_KIN = {
    "父": "トー", "母": "カー", "兄": "ニー", "姉": "ネー",
    "祖父": "ジー", "祖母": "バー", "爺": "ジー", "婆": "バー",
}  # fmt: skip
_LONG = "[ーぁあ]"
_CALLED = lazy_pattern(f"(祖[父母]|[父母兄姉爺婆])(さ|ちゃ)({_LONG}+)ん")
FIRST = "父母兄姉祖爺婆"
"""Where such a word can begin."""
STOPS = f"[{FIRST}](?:さ|ちゃ|[父母](?:さ|ちゃ)){_LONG}"
"""Where runs of plain letters stop, so that this rule is asked."""


def kin(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """One such word, with as long a vowel as it is written with."""
    found = _CALLED.match(flat, at, stop)
    if found is None:
        return None
    kana = f"{_KIN[found[1]]}{katakana(found[2])}{LONG_MARK * len(found[3])}ン"
    return [
        SpokenSpan(
            start=at, end=found.end(), text=found.group(), kana=kana, accent=1, kind="context"
        )
    ]
