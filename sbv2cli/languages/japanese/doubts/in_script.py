"""Doubts that only a whole script shows: a word had ruby once, and is read otherwise elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sbv2cli.languages.doubt import merged
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.carry import changing
from sbv2cli.languages.japanese.rules.kana import pronounced
from sbv2cli.languages.japanese.rules.ruby import kana_reading
from sbv2cli.languages.japanese.rules.ruby_extent import start_of_name
from sbv2cli.languages.pool import Answer
from sbv2cli.records import Doubt, Reading, ScriptLine, Span

NOT_KEPT, CHANGING = 0.3, 0.03
"""Weights, set by hand; the second is that of words that change from place to place (方, 人)."""


def through_script(
    answers: Iterable[tuple[ScriptLine, Answer | None]],
) -> Iterator[tuple[ScriptLine, Answer | None]]:
    """The answers of a script's lines, in their order, with these doubts added."""
    kept = RubyKept()
    for line, answer in answers:
        if answer is None or answer.reading is None:
            yield line, answer
        else:
            yield line, replace(answer, reading=kept.line(line, answer.reading))


class RubyKept:
    """Goes through the lines of a script in their order."""

    def __init__(self) -> None:
        self._readings: dict[str, str] = {}  # word -> its latest reading, as it is said
        self._beginning: dict[str, list[str]] = {}  # first character -> words that begin so

    def line(self, line: ScriptLine, reading: Reading) -> Reading:
        """The reading with doubts about words that had ruby in an earlier line."""
        if reading.language != "ja":
            return reading
        found = () if line.reading else tuple(self._find(line, reading))
        for one in line.ruby:
            kana = None if one.carried else kana_reading(one)
            if kana:
                kana = kana.replace("'", "")
                start, end = one.span
                start += start_of_name(line.text[start:end], kana)
                self._remember(line.text[start:end], pronounced(kana))
        return replace(reading, doubts=merged((*found, *reading.doubts))) if found else reading

    def _remember(self, word: str, kana: str) -> None:
        if word not in self._readings:
            self._beginning.setdefault(word[0], []).append(word)
        self._readings[word] = kana

    def _find(self, line: ScriptLine, reading: Reading) -> Iterator[Doubt]:
        ends = {word.span[1] for word in reading.words}
        covered = [one.span for one in line.ruby]
        for word in reading.words:
            start = word.span[0]
            for written in self._beginning.get(line.text[start : start + 1], ()):
                span = start, start + len(written)
                if span[1] not in ends or not line.text.startswith(written, start):
                    continue
                if not any(_overlap(span, other) for other in covered):
                    yield from self._other_reading(written, span, reading)

    def _other_reading(self, written: str, span: Span, reading: Reading) -> Iterator[Doubt]:
        said = "".join(
            word.kana or ""
            for word in reading.words
            if span[0] <= word.span[0] and word.span[1] <= span[1]
        )
        wanted = self._readings[written]
        if comparable(said) != comparable(wanted):
            yield Doubt(
                span=span,
                surface=written,
                kana=said,
                reasons=("ruby-not-kept",),
                others=(wanted,),
                weight=CHANGING if written in changing() else NOT_KEPT,
            )


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
