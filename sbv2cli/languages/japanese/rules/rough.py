"""Adjectives of rough speech: 高ぇ is タケー, 悪ぃ ワリー, 痛ってぇ イッテー, 熱っ！ アツッ.

The engine knows a few of them with a large え and none with a small one: it says タカェ. Those that
a cry cuts short it takes for other words: 熱っ ホテッ, 痛っ ツーッ, 辛っ カラシッ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sbv2cli.languages.japanese.data_tables import rows_of, with_accent
from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.rules.characters import KANJI, before
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.patterns import lazy_pattern

# With a large え these are other words: 甘える, 違える, 古 (いにしえ), 小 and 冷 none at all.
_ALONE_WITH_SMALL = "甘違古小冷"
# Words that begin so: 白えび, 赤えい, 青えんどう.
_LARGE = "え(?!び|ば|い|のき|ん(?:どう|ぴつ)|ぐ)"
# Written with their last mora only: 小せぇ, 冷てぇ, 柔らけぇ.
_WITH_KANA = frozenset("小 冷 切 少 平 煙 柔 柔ら 暖 生暖 薄っぺ".split())
_CUT_SHORT = r"っ+(?=[!?,.、。…‥」』)〜~\s-]|$)"
# 最高っ, 社長っ and 不安っ are nouns; 顔近っ and 値段高っ are no words.
_NO_NOUN = "顔段屋値声味目腹足手背脚髪量幅棚"


@dataclass(frozen=True, slots=True)
class _Stem:
    """An adjective without its ending."""

    kana: str  # contracted, without the long mark
    accent: int | None
    ending: re.Pattern[str]


def _ending(stem: str, kana: str) -> str:
    """What may stand behind a stem: its last mora, as some write it, and the vowel."""
    mora = hiragana(kana[-1])
    with_mora = f"{mora}[ぇえぃい]|っ{mora}(?:[ぇえぃ]|い(?![たるなまれ]))"  # 固っていた is a verb
    if stem in _WITH_KANA:
        return f"(?:{with_mora})"
    return f"(?:{with_mora}|[ぇぃ]{'' if stem in _ALONE_WITH_SMALL else f'|{_LARGE}'})"


_ROWS = list(rows_of("rough.tsv"))


def _read_stems() -> dict[str, _Stem]:
    stems = {}
    for stem, cell, *_ in _ROWS:
        kana, accent = with_accent(cell)
        if not kana:
            continue
        ending = lazy_pattern(f"{_ending(stem, kana)}[ぁぃぅぇぉー]*")
        stems[stem] = _Stem(kana=kana, accent=accent, ending=ending)
    return stems


_STEMS = _read_stems()
_CUT = {stem: cut[0] for stem, _, *cut in _ROWS if cut}
_LONGEST_FIRST = "|".join(sorted(_CUT, key=len, reverse=True))
_CRY = lazy_pattern(f"({_LONGEST_FIRST}){_CUT_SHORT}")
_LONGEST = max(map(len, _STEMS))
FIRST = "".join(sorted({stem[0] for stem in (*_STEMS, *_CUT)}))
"""Where such an adjective can begin."""
_LAST_MORAS = "".join(sorted({hiragana(row.kana[-1]) for row in _STEMS.values()}))
STOPS = (
    f"(?=[{FIRST}])(?:.[㐀-鿿ぁ-ん]{{0,{_LONGEST - 1}}}?(?:[ぇぃ]|{_LARGE}|[{_LAST_MORAS}][えい])|"
    f"(?:{_LONGEST_FIRST}){_CUT_SHORT})"
)
"""Where runs of plain letters stop, so that this rule is asked: nearly where it answers, for a row
of all stems takes ten times as long."""


def adjective(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """One such adjective."""
    if before(flat, at) == "最":  # 最高ぇ
        return None
    if cry := _CRY.match(flat, at, stop):
        return _cry(flat, at, cry)
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


def _cry(flat: str, at: int, found: re.Match[str]) -> list[SpokenSpan] | None:
    letter = before(flat, at)
    if re.match(f"[{KANJI}]", letter) and letter not in _NO_NOUN:
        return None
    kana = f"{_CUT[found[1]]}ッ"
    return [
        SpokenSpan(start=at, end=found.end(), text=found.group(), kana=kana, accent=1, kind="rough")
    ]
