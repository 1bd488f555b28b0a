"""Words that the engine lacks and puts together of others.

It reads 立止まる as 立 and 止まる, タテトマル; a dictionary has タチドマル. The words are those of
Sudachi's dictionary, in `data/missing.tsv`, verbs and adjectives with their forms. A word is taken
only where the engine has two words or more for it, and begins and ends words there too: what the
engine knows is its own (生る, but 生れた), and no longer word is cut.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import NamedTuple

from sbv2cli.languages.japanese.data_tables import rows_of, with_accent
from sbv2cli.languages.japanese.moras import count_moras, katakana
from sbv2cli.languages.japanese.phrases import PhraseWord, likely_accent
from sbv2cli.languages.japanese.verb_forms import GODAN

_KANJI = "㐀"  # letters from here on are kanji or rarer

_ICHIDAN = ("", "る", "れ", "ろ", "よ")
_ADJECTIVE = ("い", "く", "かっ", "けれ", "さ", "")
_NOUN_GODAN = "noun-godan"  # its stem is a noun too: 味って is 味 and って, 臭が 臭 and が
_PARTICLES = frozenset(("が", "か", "も", "と", "って"))
_POS = {"godan": "動詞", _NOUN_GODAN: "動詞", "ichidan": "動詞", "adjective": "形容詞"}


class _Entry(NamedTuple):
    """A row of the table, and the ending that one form of it has."""

    cell: str
    kind: str
    ending: str | None  # None: the word itself

    @property
    def pos(self) -> str:
        return _POS.get(self.kind, "名詞")

    @property
    def kana(self) -> str:
        kana, _ = with_accent(self.cell)
        return kana if self.ending is None else kana[:-1] + katakana(self.ending)

    @property
    def accent(self) -> int:
        kana, accent = with_accent(self.cell)
        if accent is not None:
            return accent
        return count_moras(kana) - 1 if self.kind else likely_accent(kana, loanword=False)


_BEHIND_DOUBLED = ("て", "た", "ち", "と")  # of a verb: 失敗った, 失敗っちゃう


class _Table(NamedTuple):
    entries: dict[str, tuple[str, str, str | None]]  # what an `_Entry` is of
    longest: dict[str, int]  # by two characters: words that begin so, the longest one's length


def correct(text: str, words: list[PhraseWord], apart: Collection[int] = ()) -> list[PhraseWord]:
    """`words` of the engine with these words as one; places count from 0 in `text`.

    None goes over the places `apart`, where the engine was told that words end.
    """
    longest = _table().longest
    begins = [text[word.start : word.start + 2] for word in words]
    if longest.keys().isdisjoint(begins):
        return words
    corrected: list[PhraseWord] = []
    index = 0
    while index < len(words):
        found = _found(text, words, index, apart) if begins[index] in longest else None
        if found is None:
            corrected.append(words[index])
            index += 1
        else:
            entry, last = found
            corrected.append(_one(text, words[index], words[last], entry))
            index = last + 1
    return corrected


def _found(
    text: str, words: Sequence[PhraseWord], first: int, apart: Collection[int]
) -> tuple[_Entry, int] | None:
    """The longest word that begins with that word of the engine's, and the last of those it is."""
    entries, longest = _table()
    start = words[first].start
    length = longest.get(text[start : start + 2], 0)
    best = None
    for last in range(first, len(words)):
        word = words[last]
        if word.marks or word.end - start > length or (last > first and word.start in apart):
            break
        if last > first and (found := entries.get(text[start : word.end])):
            entry = _Entry(*found)
            if entry.pos == "名詞" and _goes_on(text, words, last):
                continue
            # 失敗った is シクジッタ, but 失敗っ！ a noun that is cried out.
            if text[word.end - 1] == "っ" and not text.startswith(_BEHIND_DOUBLED, word.end):
                continue
            best = entry, last
    return best


def _goes_on(text: str, words: Sequence[PhraseWord], last: int) -> bool:
    """Whether a verb behind makes one verb with its end: ただ取り in ただ取り憑く."""
    if last + 1 == len(words) or text[words[last].end - 1] >= _KANJI:
        return False
    following = words[last + 1]
    return following.pos == "動詞" and text[following.start] >= _KANJI


def _one(text: str, first: PhraseWord, last: PhraseWord, entry: _Entry) -> PhraseWord:
    return PhraseWord(
        start=first.start,
        end=last.end,
        kana=entry.kana,
        pos=entry.pos,
        orig=text[first.start : last.end],
        accent=entry.accent,
        joined=first.joined,
        decided=True,
        settled=True,
    )


# ---- the table ---------------------------------------------------------------------------------


@cache
def _table() -> _Table:
    entries: dict[str, tuple[str, str, str | None]] = {}
    longest: dict[str, int] = {}
    for word, cell, kind in rows_of("missing.tsv"):
        for ending in endings(word, kind):
            written = word if ending is None else word[:-1] + ending
            if written not in entries:
                entries[written] = cell, kind, ending
                begin = written[:2]
                if len(written) > longest.get(begin, 0):
                    longest[begin] = len(written)
    return _Table(entries, longest)


def endings(word: str, kind: str) -> Sequence[str | None]:
    """What stands in place of the last kana of a row's word; None for a word without forms."""
    if kind == "godan":
        return GODAN[word[-1]]
    if kind == _NOUN_GODAN:
        return [ending for ending in GODAN[word[-1]] if ending not in _PARTICLES]
    return {"ichidan": _ICHIDAN, "adjective": _ADJECTIVE}.get(kind, (None,))
