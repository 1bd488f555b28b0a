"""Runs of a page -> the text of one paragraph as a person sees it, with the ruby over it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from sbv2cli.readers.prose import Passage
from sbv2cli.records import Ruby, Span

_SPACES = re.compile(r"([ \t\n\r\f]+)")
# Invisible characters that cut a word in two where it is read, but not where it is seen.
# Control characters are marks of programs: Writer puts some around the fields of a page.
_CONTROLS = "".join(map(chr, (*range(9), 0x0B, *range(0x0E, 0x20), 0x7F)))
_INVISIBLE = str.maketrans("", "", "\u00ad\u200b\u2060\ufeff" + _CONTROLS)
_OPENING = ("\u3000", "「", "『", "（", "〈")
_SAMPLE = 20_000  # characters of a text that say what it is
_ENDING = tuple("。！？!?」』）〉…―")


@dataclass(frozen=True, slots=True)
class TextRun:
    """Some characters of a paragraph, or the base under a reading."""

    text: str
    reading: str | None = None


BREAK = TextRun("\n", "")
"""An end of a row inside a paragraph."""


def is_wide(character: str) -> bool:
    """Whether it is written without spaces between words."""
    return east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


def is_mostly_wide(text: str) -> bool:
    """Whether most letters of a text are kanji, kana and their kin."""
    letters = [one for one in text[:_SAMPLE] if one.isalpha()]
    return sum(map(is_wide, letters)) * 2 > len(letters)


def paragraphs_of(runs: Sequence[TextRun], *, cut_rows: bool) -> list[list[TextRun]]:
    """The paragraphs in a row of runs: two breaks end one.

    With `cut_rows` one break does too, where the row before it ends a sentence and the next is
    indented or opens a bracket, as novels are typed.
    """
    found: list[list[TextRun]] = [[]]
    for index, run in enumerate(runs):
        if run is BREAK and found[-1]:
            after = "".join(one.text for one in runs[index + 1 : index + 4]).lstrip(" \t\n")
            blank = _follows_break(runs, index)
            if blank or (cut_rows and after.startswith(_OPENING) and _ends(found[-1])):
                found.append([])
                continue
        found[-1].append(run)
    return [one for one in found if one]


def _follows_break(runs: Sequence[TextRun], index: int) -> bool:
    for run in reversed(runs[max(index - 3, 0) : index]):
        if run is BREAK:
            return True
        if run.text.strip():
            return False
    return False


def _ends(runs: Sequence[TextRun]) -> bool:
    for run in reversed(runs):
        if run.text.strip():
            return run.text.rstrip().endswith(_ENDING)
    return False


def passage_of(runs: Sequence[TextRun]) -> Passage:
    """The text with white space squeezed as pages show it."""
    squeezed = _Squeezed([])
    ruby = []
    for run in runs:
        if run is BREAK:
            squeezed.gap = "\n\n"
        elif run.reading:
            span = squeezed.put(passage_of([TextRun(run.text)]).text)
            if span[0] < span[1]:
                ruby.append(Ruby(span=span, reading=run.reading))
        else:
            squeezed.add(run.text)
    return Passage(text="".join(squeezed.written), ruby=tuple(ruby))


@dataclass(slots=True)
class _Squeezed:
    written: list[str]
    length: int = 0
    gap: str = ""  # white space since the last character

    def add(self, text: str) -> None:
        for index, part in enumerate(_SPACES.split(text.translate(_INVISIBLE))):
            if index % 2:
                self.gap = self.gap or ("\n" if "\n" in part else " ")
            else:
                self.put(part)

    def put(self, part: str) -> Span:
        """Write some characters; returns where they stand."""
        if not part:
            return self.length, self.length
        between = self._between(part[0]) if self.written and self.gap else ""
        self.gap = ""
        self.written += (between, part)
        start = self.length + len(between)
        self.length = start + len(part)
        return start, self.length

    def _between(self, after: str) -> str:
        before = self.written[-1][-1]
        if before.isspace() or after.isspace():
            return ""
        if self.gap == "\n\n":
            return "\u3000" if is_wide(before) or is_wide(after) else " "
        # Files are laid out in rows; between characters without spaces that is nothing.
        return "" if self.gap == "\n" and is_wide(before) and is_wide(after) else " "
