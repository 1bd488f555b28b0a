"""Nouns of two kanji that the engine tears apart, for a particle behind them begins another word.

前進みたい is マエススミタイ to it, 後悔みたい アトクヤミタイ, これが最後かい サイコーカイ. Where it
knows the two kanji as one noun, and that noun is not put together of the two words that it found
(水飲みたい is ミズノミタイ, as 水飲 is ミズノミ), they are the noun.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from unicodedata import normalize

from sbv2cli.languages.japanese import engine
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.patterns import lazy_pattern

_PARTICLES = ("みたい", "しか", "かい", "から", "さえ", "だし", "なら")
# って only where it asks for a name: 雨降って is アメフッテ, where 雨降 is a name (アフリ).
_QUOTED = "って(?:誰|だれ|何|なに|言|い[いうえ]|呼|名|やつ|奴|どう|ど[こんれ])"
_BEHIND = "|".join((*_PARTICLES, _QUOTED))
_PLACES = lazy_pattern(f"(?<![一-鿿])(?![一二三四五六七八九十])[一-鿿]{{2}}(?={_BEHIND})")
_EUPHONIC = "ッンイ"  # 持って and 積んで have another second mora than 持ち and 積み
_LAUGH = "笑"  # 微笑みたい is a verb, ホホエミタイ
_KINDS = ("一般", "サ変接続", "形容動詞語幹", "副詞可能", "固有名詞")


def ends(text: str, words: Sequence[EngineWord], places: Sequence[tuple[int, int]]) -> list[int]:
    """Where such nouns of `text` end; `places` are those of `words` in it."""
    starts = {start: index for index, (start, _) in enumerate(places)}
    found = []
    for match in _PLACES.finditer(text):
        first = starts.get(match.start())
        second = starts.get(match.end() - 1)
        if first is None or match.group()[-1] == _LAUGH:
            continue
        if second and places[second][1] > match.end():
            torn = _is_torn(match.group(), words[first].pron, words[second].pron)
        else:
            doubled = places[first][1] == match.end() + 1 and words[first].pos == "動詞"
            torn = doubled and _is_deed(match.group())
        if torn:
            found.append(match.end())
    return found


@lru_cache(maxsize=16_384)
def _is_torn(noun: str, first: str, second: str) -> bool:
    """Whether it is another word than `first` with what begins with `second` behind it."""
    alone = _noun(noun)
    if alone is None:
        return False
    said, first, second = map(_unvoiced, (alone.pron, first, second))
    stem = second[:1] if second[1:2] in _EUPHONIC else second[:2]
    return stem not in said[1:] or not said.startswith(first[:1])


def _is_deed(noun: str) -> bool:
    """Whether it makes a verb with する: there is no 突破る in 突破って言う."""
    alone = _noun(noun)
    return alone is not None and alone.detail == "サ変接続"


@lru_cache(maxsize=16_384)
def _noun(written: str) -> EngineWord | None:
    """What the engine has for it before a particle, if it is one noun there."""
    words = engine.analyse(f"{written}が")
    if [word.string for word in words] != [written, "が"] or words[0].detail not in _KINDS:
        return None
    return words[0]


def _unvoiced(kana: str) -> str:
    return normalize("NFD", kana.replace("’", "")).replace("\u3099", "").replace("\u309a", "")
