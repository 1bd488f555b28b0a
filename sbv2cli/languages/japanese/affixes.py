"""Kanji before and behind a word of two kanji that no dictionary has with them.

To the engine they are words of their own: 直腸温 is チョクチョーヌル, 学習机 ガクシューツクエ,
柔道場 ヤワラドージョー in some sentences. `affixes.tsv` says what they are there. Words that may
stand alone beside others (今日, 突然, numbers, names) are no such word.
"""

from __future__ import annotations

from functools import cache

from sbv2cli.languages.japanese.data_tables import rows_of
from sbv2cli.languages.japanese.openjtalk import EngineWord

_KANJI = "㐀"  # letters from here on are kanji or rarer
_TWO = 2  # kanji of most words that take them
_ALONE = frozenset(("副詞可能", "数", "代名詞", "固有名詞", "非自立", "接尾"))
_BEFORE, _BEHIND = "before", "behind"
_PLACES = frozenset("前中")  # words of their own behind what they are said of: 家の前日本人が


def chosen(words: list[EngineWord]) -> list[EngineWord]:
    """`words` with these as such words ask for; changed in place."""
    for index, word in enumerate(words):
        if word.string not in letters():
            continue
        before, following = _beside(words, index - 1), _beside(words, index + 1)
        if before is not None and following is None and _takes(before):
            kana = _rows().get((word.string, _BEHIND, _said(word)))
            free = not _touches(words, index - 2)
        elif following is not None and before is None and _takes(following):
            kana = _rows().get((word.string, _BEFORE, _said(word)))
            free = not _touches(words, index + 2) and not _is_said_of(words, index)
        else:
            continue
        if kana is not None and free:
            words[index] = word._replace(pron=kana)
    return words


def _beside(words: list[EngineWord], index: int) -> EngineWord | None:
    """The word there if it is of kanji."""
    return words[index] if _touches(words, index) else None


def _touches(words: list[EngineWord], index: int) -> bool:
    return 0 <= index < len(words) and words[index].string[:1] >= _KANJI


def _said(word: EngineWord) -> str:
    return word.pron.replace("’", "")


def _takes(word: EngineWord) -> bool:
    whole = len(word.string) >= _TWO and all(
        letter >= _KANJI or letter == "々" for letter in word.string
    )
    return whole and word.pos == "名詞" and word.detail not in _ALONE


def _is_said_of(words: list[EngineWord], index: int) -> bool:
    """Whether it is a place, and what stands before says of what: その中電話が."""
    before = words[index - 1].string if index else ""
    return words[index].string in _PLACES and before.endswith(("の", "た", "る", "い", "な", "ん"))


@cache
def letters() -> frozenset[str]:
    """Kanji that some row is about."""
    return frozenset(kanji for kanji, _, _ in _rows())


@cache
def _rows() -> dict[tuple[str, str, str], str]:
    return {(kanji, place, said): reading for kanji, place, said, reading in rows_of("affixes.tsv")}
