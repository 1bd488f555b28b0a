"""は and へ that are no particles, and katakana that is said as it is written.

The engine takes a lone は for the particle (ワ) and へ for エ wherever they stand. A particle
follows a word; at the start of an utterance and in laughter they are the letters ハ and ヘ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sbv2cli.languages.japanese.moras import split_moras
from sbv2cli.languages.japanese.phrases import PhraseWord

_KANJI = "㐀"  # letters from here on are kanji or rarer
_LETTERS = {"は": "ハ", "へ": "ヘ", "ハ": "ハ", "ヘ": "ヘ"}
# ははは, はは and わはは and にゃはは at the start, はっはっは, あは、あはは.
_LAUGHTER = re.compile(
    "(?:は{3,}|へ{3,}|(?<![ぁ-ヾ一-龥])(?:[ぁ-ん][ゃゅょ]?)?(?:はは|へへ)|は(?:っは)+|"
    "(?<![ぁ-ヾ一-龥])[あうえ]は(?=[,.!]+[あうえ]はは))(?=[っッーと!?,.'-]|$)"
)
# 鞄に……は入らない: what follows a particle of case after a pause is the particle.
_CASE_BEFORE_PAUSE = re.compile("(?<=[^ぁ-ん])(?:に|で|と|から)[-.,'…]{2,}$")
_REACH = 12  # characters that the particle and the pause may take
_KATAKANA = re.compile("[ァ-ヴー]{2,}")


def correct(text: str, words: list[PhraseWord], *, starts: bool = True) -> list[PhraseWord]:
    """`words` with these read as letters; places count from 0 in `text`.

    Args:
        text: what the engine was given.
        words: what it answered; changed in place.
        starts: whether nothing is said before `text`.
    """
    for index, word in enumerate(words):
        written = text[word.start : word.end]
        kana = None
        if written in _LETTERS and word.kana in ("ワ", "エ"):
            kana = _LETTERS[written] if _letter(text, words, index, starts=starts) else None
        elif "ァ" <= written < _KANJI and word.kana != written and _is_katakana(word, written):
            kana = _as_written(written, word.kana)
        if kana is not None:
            words[index] = word._replace(kana=kana)
    return words


def _is_katakana(word: PhraseWord, written: str) -> bool:
    return not word.marks and _KATAKANA.fullmatch(written) is not None


def _letter(text: str, words: Sequence[PhraseWord], index: int, *, starts: bool) -> bool:
    """Whether は or へ is no particle here."""
    if _in_laughter(text, words[index].start):
        return True
    before = words[index - 1] if index else None
    if before is None:
        return starts
    if before.marks:
        closed = before.kana.endswith("'") and text.count("'", 0, words[index].start) % 2 == 0
        if closed:  # 「テョ」は文字だ
            return False
        place = words[index].start
        return not _CASE_BEFORE_PAUSE.search(text, max(0, place - _REACH), place)
    return False


def _in_laughter(text: str, place: int) -> bool:
    return any(run.start() <= place < run.end() for run in _LAUGHTER.finditer(text))


def _as_written(written: str, kana: str) -> str | None:
    """`written` where the engine says something else than its letters."""
    if written.endswith("ハ") and kana.endswith("ワ"):
        return None  # コンニチハ
    mine, theirs = split_moras(written), split_moras(kana)
    if not mine or not theirs:
        return None
    return None if [phones for _, phones in mine] == [phones for _, phones in theirs] else written
