"""Adjectives that rough speech contracts: 高ぇ is タケー, 悪ぃ ワリー, 痛ってぇ イッテー.

The engine knows a few of them with a large え and none with a small one: it says タカェ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sbv2cli.languages.japanese.data_tables import rows_of, with_accent
from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.rules.characters import before
from sbv2cli.languages.japanese.spans import SpokenSpan

# With a large え these are other words: 甘える, 違える, 古 (いにしえ), 小 and 冷 none at all.
_ALONE_WITH_SMALL = "甘違古小冷"
# Words that begin so: 白えび, 赤えい, 青えんどう.
_LARGE = "え(?!び|い|のき|ん(?:どう|ぴつ)|ぐ)"
# Written with their last mora only: 小せぇ, 冷てぇ.
_WITH_KANA = "小冷"


@dataclass(frozen=True, slots=True)
class _Stem:
    """An adjective without its ending."""

    kana: str  # contracted, without the long mark
    accent: int | None
    ending: re.Pattern[str]


def _ending(stem: str, kana: str) -> str:
    """What may stand behind a stem: its last mora, as some write it, and the vowel."""
    with_mora = f"っ?{hiragana(kana[-1])}[ぇえぃい]"
    if stem in _WITH_KANA:
        return with_mora
    return f"(?:{with_mora}|[ぇぃ]{'' if stem in _ALONE_WITH_SMALL else f'|{_LARGE}'})"


def _read_stems() -> dict[str, _Stem]:
    stems = {}
    for stem, cell in rows_of("rough.tsv"):
        kana, accent = with_accent(cell)
        ending = re.compile(f"{_ending(stem, kana)}[ぁぃぅぇぉー]*")
        stems[stem] = _Stem(kana=kana, accent=accent, ending=ending)
    return stems


_STEMS = _read_stems()
_LONGEST = max(map(len, _STEMS))
FIRST = "".join(sorted({stem[0] for stem in _STEMS}))
"""Where such an adjective can begin."""
STOPS = (
    f"(?=[{FIRST}])(?:{'|'.join(stem + _ending(stem, row.kana) for stem, row in _STEMS.items())})"
)
"""Where runs of plain letters stop, so that this rule is asked."""


def adjective(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """One such adjective."""
    if before(flat, at) == "最":  # 最高ぇ
        return None
    for length in range(_LONGEST, 0, -1):
        row = _STEMS.get(flat[at : at + length])
        found = row and row.ending.match(flat, at + length, stop)
        if row and found:
            short = "ッ" if found.group().startswith("っ") else ""
            return [
                SpokenSpan(
                    start=at,
                    end=found.end(),
                    text=flat[at : found.end()],
                    kana=f"{row.kana[:-1]}{short}{row.kana[-1]}ー",
                    accent=row.accent,
                    kind="rough",
                )
            ]
    return None
