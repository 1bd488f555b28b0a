"""Pronunciation lexicons (PLS) that a page links to: readings in kana for words of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sbv2cli.readers.markup import Element
from sbv2cli.readers.page_ruby import kana_reading
from sbv2cli.readers.prose import Passage
from sbv2cli.records import Ruby

_KANJI = r"々〆〇㐀-䶿一-鿿豈-龎𠀀-𳑿"
_MAX_WORDS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Words with readings that can be followed, and how many cannot."""

    readings: dict[str, str]
    ignored: int = 0

    def __add__(self, other: Lexicon) -> Lexicon:
        return Lexicon(
            readings={**other.readings, **self.readings}, ignored=self.ignored + other.ignored
        )

    def pattern(self) -> re.Pattern[str] | None:
        """Finds its words, the longest first, and never inside a longer run of kanji."""
        words = sorted(self.readings, key=len, reverse=True)[:_MAX_WORDS]
        return re.compile("|".join(map(_bounded, words))) if words else None


def read_lexicon(root: Element) -> Lexicon:
    """The words of a PLS document."""
    readings: dict[str, str] = {}
    ignored = 0
    for lexicon in root.all("lexicon"):
        for lexeme in lexicon.all("lexeme"):
            reading = next(_sounds(lexeme, lexicon.get("alphabet")), None)
            words = [one.text() for one in lexeme.all("grapheme") if one.text()]
            ignored += reading is None
            for word in words if reading is not None else ():
                readings.setdefault(word, reading or "")
    return Lexicon(readings=readings, ignored=ignored)


def _sounds(lexeme: Element, alphabet: str) -> Iterator[str]:
    given = [one for one in lexeme.elements() if one.name in {"phoneme", "alias"}]
    preferred = sorted(given, key=lambda one: one.get("prefer") != "true")
    for one in preferred:
        reading = kana_reading(one.text(), one.get("alphabet") or alphabet)
        if reading:
            yield reading


def _bounded(word: str) -> str:
    before = rf"(?<![{_KANJI}])" if re.match(f"[{_KANJI}]", word) else ""
    after = rf"(?![{_KANJI}])" if re.search(f"[{_KANJI}]$", word) else ""
    return before + re.escape(word) + after


def with_readings(passage: Passage, lexicon: Lexicon, pattern: re.Pattern[str] | None) -> Passage:
    """A passage with the readings of a lexicon, where it has no ruby of its own."""
    if pattern is None:
        return passage
    taken = [False] * (len(passage.text) + 1)
    for one in passage.ruby:
        taken[one.span[0] : one.span[1]] = [True] * (one.span[1] - one.span[0])
    added = [
        Ruby(span=found.span(), reading=lexicon.readings[found[0]])
        for found in pattern.finditer(passage.text)
        if not any(taken[found.start() : found.end()])
    ]
    if not added:
        return passage
    return replace(passage, ruby=tuple(sorted((*passage.ruby, *added), key=lambda one: one.span)))
