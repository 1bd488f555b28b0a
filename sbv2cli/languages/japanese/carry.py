"""Ruby that is given once holds for the word's later occurrences.

Japanese books set the reading over a word where it first occurs, and readers remember it. A reading
is carried to a place where the same characters stand as a word of their own: the engine begins and
ends words there, or the same verb goes on behind them. A new ruby takes the old one's place.

A kanji alone is carried where no other kanji touches it. No word is carried with a reading of
`data/changing.tsv`: what stands over 方 or 人気 once says how it is read there, not how the book
reads it. Kana have readings of their own, so ruby over kana alone is not carried either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from sbv2cli.languages.japanese.alignment import place_words
from sbv2cli.languages.japanese.engine import analyse
from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.languages.japanese.rules.characters import KANA, KANJI, LATIN, fold
from sbv2cli.languages.japanese.rules.kana import pronounced
from sbv2cli.languages.japanese.rules.ruby import kana_reading
from sbv2cli.languages.japanese.rules.ruby_extent import (
    OKURIGANA,
    Stem,
    ends_surname,
    start_of_name,
    stem_of,
)
from sbv2cli.patterns import lazy_pattern
from sbv2cli.records import Ruby, ScriptLine, Source

_LONGEST = 20  # characters of a word
_WORD = lazy_pattern(f"(?=.*[{KANJI}{LATIN}])[{KANJI}{KANA}{LATIN}0-9ヶヵ]{{1,{_LONGEST}}}")
_KANJI = lazy_pattern(f"[{KANJI}]")
_KANJI_RUN = lazy_pattern(f"[{KANJI}]+$")
_CLAUSE = lazy_pattern(f"[{KANJI}{KANA}{LATIN}0-9]+")
_ENDING = lazy_pattern(
    "(?!くらい|くさ|くせ|くん|ぐらい|ずつ|ちゃん|けれど)[うくつぬむるぐずづぶふけげせちりれわろめべ]"
    "|[かがさたなばま](?:[ずぬれせ]|な[いかく])"
)
_HONORIFICS = frozenset("様君殿氏嬢達")


@dataclass(slots=True)
class CarriedWord:
    """A word with ruby, and how often its reading was carried."""

    word: str  # as it is written; of a verb what stands before its ending
    reading: str
    at: Source  # where its ruby stands
    stem: Stem | None = None
    count: int = 0

    @property
    def entry(self) -> tuple[str, str] | None:
        """(surface, reading) for a dictionary; of a verb its dictionary form, if it is known."""
        if self.stem is None:
            return self.word, pronounced(self.reading)
        written, said = self.stem.written, self.stem.said
        if written is None or said is None:
            return None
        return written.partition("/")[0], pronounced(said.partition("/")[0], verb=True)


class Carry:
    """Goes through the lines of a book in their order."""

    def __init__(self, language: str = "ja") -> None:
        self.language = language  # of lines that name none
        self._known: dict[str, list[CarriedWord]] = {}
        self._beginning: dict[str, list[str]] = {}  # first character -> words, the longest first
        self._all: list[CarriedWord] = []
        self._learned: dict[str, tuple[str, str]] = {}  # word -> reading and what stood behind it

    def words(self) -> list[CarriedWord]:
        """What was carried, the most frequent first."""
        carried = [word for word in self._all if word.count]
        return sorted(carried, key=lambda word: -word.count)

    def line(self, line: ScriptLine) -> ScriptLine:
        """The line with the readings that its words were given before."""
        if (line.language or self.language) != "ja":
            return line
        if not line.ruby and (not self._known or line.reading):
            return line
        added = list(self._walk(line))
        if not added:
            return line
        ruby = sorted((*line.ruby, *added), key=lambda one: one.span)
        return replace(line, ruby=tuple(ruby))

    def _walk(self, line: ScriptLine) -> Iterator[Ruby]:
        text = fold(line.text)
        at = 0
        clauses = _Clauses(text)
        for group in [*_groups(line.ruby), ()]:
            stop = group[0].span[0] if group else len(text)
            if not line.reading:
                yield from self._find(clauses, at, stop)
            self._learn(clauses, [one for one in group if not one.carried], line.source)
            at = group[-1].span[1] if group else stop

    # ---- readings that are given ---------------------------------------------------------------

    def _learn(self, clauses: _Clauses, group: Sequence[Ruby], at: Source) -> None:
        readings = [kana_reading(one) for one in group]
        single = all(one.span[1] - one.span[0] == 1 for one in group)
        if len(group) > 1 and single:
            # 虞《ぐ》美《び》人《じん》草《そう》 is one word.
            if None not in readings:
                joined = "".join(reading or "" for reading in readings)
                self._remember(clauses, group[0].span[0], group[-1].span[1], joined, at)
            return
        for one, reading in zip(group, readings, strict=True):
            if reading is not None:
                start, end = one.span
                start += start_of_name(clauses.text[start:end], reading)
                self._remember(clauses, start, end, reading, at)

    def _remember(self, clauses: _Clauses, start: int, end: int, reading: str, at: Source) -> None:
        text = clauses.text
        word = text[start:end]
        followed = reading, text[end : end + 2]
        if self._learned.get(word) == followed or not _WORD.fullmatch(word):
            return
        self._learned[word] = followed
        stem = _stem(clauses, start, end, reading)
        if stem is None and (
            hiragana(reading) in changing().get(word, ()) or _is_ending(word, text, end)
        ):
            return
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = []
            beginning = self._beginning.setdefault(word[0], [])
            beginning.append(word)
            beginning.sort(key=len, reverse=True)
        same = [one for one in known if _same_word(one.stem, stem)]
        if any(one.reading == reading for one in same):
            return
        new = CarriedWord(word=word, reading=reading, at=at, stem=stem)
        self._known[word] = [*(one for one in known if one not in same), new]
        self._all.append(new)

    # ---- places that they are carried to -------------------------------------------------------

    def _find(self, clauses: _Clauses, at: int, stop: int) -> Iterator[Ruby]:
        text = clauses.text
        while at < stop:
            for word in self._beginning.get(text[at], ()):
                end = at + len(word)
                if end <= stop and text.startswith(word, at):
                    found = self._known_at(clauses, word, at, end)
                    if found is not None:
                        found.count += 1
                        yield Ruby(span=(at, end), reading=found.reading, carried=True)
                        at = end - 1
                        break
            at += 1

    def _known_at(self, clauses: _Clauses, word: str, start: int, end: int) -> CarriedWord | None:
        text = clauses.text
        if len(word) == 1 and not _is_alone(clauses, start, end):
            return None
        if not clauses.begins(start):
            return None
        ends = clauses.begins(end)
        for one in self._known[word]:
            if one.stem is None:
                if ends and not _is_ending(word, text, end):
                    return one
            elif _same_word(one.stem, _stem(clauses, start, end, one.reading)):
                return one
        return None


class _Clauses:
    """The engine's words of a text; it is asked about a clause when it is needed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words: dict[int, tuple[int, EngineWord]] = {}  # beginning of a word -> its end, it
        self._waiting: list[tuple[int, int]] | None = None  # clauses the engine was not asked about

    def begins(self, at: int) -> bool:
        """Whether a word begins at a place; the end of a clause counts as one."""
        self._look(at)
        return at in self._words or at >= len(self.text) or not _CLAUSE.match(self.text[at])

    def across(self, start: int, end: int) -> EngineWord | None:
        """The word that begins in a range and ends behind it."""
        self._look(start)
        for at in range(end - 1, start - 1, -1):
            if at in self._words:
                stop, word = self._words[at]
                return word if stop > end else None
        return None

    def _look(self, at: int) -> None:
        if self._waiting is None:
            self._waiting = [found.span() for found in _CLAUSE.finditer(self.text)]
        for index, (start, end) in enumerate(self._waiting):
            if start <= at < end:
                del self._waiting[index]
                clause = self.text[start:end]
                words = analyse(clause)
                for word, (a, b) in zip(words, place_words(clause, words), strict=True):
                    self._words[start + a] = start + b, word
                return


def _groups(ruby: Sequence[Ruby]) -> list[tuple[Ruby, ...]]:
    """Ruby that stands side by side, together."""
    groups: list[list[Ruby]] = []
    for one in ruby:
        if groups and groups[-1][-1].span[1] == one.span[0]:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [tuple(group) for group in groups]


def _is_ending(word: str, text: str, at: int) -> bool:
    """Whether a lone kanji goes on in kana that no word of its own begins with: 言ふ."""
    return len(word) == 1 and _ENDING.match(text, at) is not None


@cache
def changing() -> dict[str, tuple[str, ...]]:
    """Words that are read otherwise from place to place, with their everyday readings."""
    rows = files("sbv2cli.languages.japanese").joinpath("data", "changing.tsv").read_text("utf-8")
    cells = (row.split("\t") for row in rows.splitlines()[1:] if not row.startswith("#"))
    return {kanji: tuple(readings.split(" ")) for kanji, readings in cells}


def _stem(clauses: _Clauses, start: int, end: int, reading: str) -> Stem | None:
    behind = OKURIGANA.match(clauses.text, end)
    if behind is None:
        return None
    return stem_of(reading, behind[0], clauses.across(start, end))


def _same_word(one: Stem | None, other: Stem | None) -> bool:
    """Whether two occurrences are forms of one word."""
    if one is None or other is None or one.written != other.written:
        return one is other
    if one.said is None or other.said is None:
        return one.written is not None
    return one.said == other.said


def _is_alone(clauses: _Clauses, start: int, end: int) -> bool:
    """Whether a kanji is no part of a word of several: a name goes on in 様, or has a surname."""
    text = clauses.text
    before, behind = text[start - 1 : start], text[end : end + 1]
    joined_before = bool(before) and (_KANJI.match(before) is not None or before.isdigit())
    joined_behind = bool(behind) and _KANJI.match(behind) is not None
    if joined_behind and behind in _HONORIFICS:
        after = text[end + 1 : end + 2]
        joined_behind = bool(after) and _KANJI.match(after) is not None
    if joined_before:
        run = _KANJI_RUN.search(text[max(0, start - _LONGEST) : end])
        joined_before = run is None or not ends_surname(run[0], len(run[0]) - (end - start))
    return not joined_before and not joined_behind
