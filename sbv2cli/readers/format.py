"""What every format is, and what it is told and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import PurePath
from typing import BinaryIO, Literal

from sbv2cli.readers.book_facts import BookFacts
from sbv2cli.readers.sentences import sentences
from sbv2cli.records import ScriptLine
from sbv2cli.settings.keys import PAUSES

Unit = Literal["line", "sentence", "paragraph"]
Speakers = Literal["none", "quotes", "colon", "names"]
Spoken = Literal["speak", "skip"]
Fill = Mapping[tuple[str | None, str], str]  # (id of a line or None for all, name) -> text


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderOptions:
    """How scripts are to be read."""

    columns: Mapping[str, str] = field(default_factory=dict)  # our key -> the header that holds it
    unit: Unit | None = None  # what of a text becomes one line; None: the format's own habit
    split_sentences: Callable[[str], Sequence[str]] = sentences  # pieces joined are the text
    sheet: str | None = None  # name or number of the sheet of a spreadsheet; None: all with lines
    encoding: str = "auto"
    language: str = "ja"  # of lines that name none
    markup: str = "auto"  # a row of `ruby.NOTATIONS`
    # Carried to later occurrences: always, in books (auto), never (given); base: not read at all.
    ruby: Literal["auto", "carry", "given", "base"] = "auto"
    titles: Spoken = "speak"  # headings
    front_matter: Spoken = "skip"  # title page, imprint, colophon: what a book says of itself
    notes: Spoken = "skip"  # footnotes, endnotes and their marks
    # quotes: narration and speech of prose are lines of their own; colon, names: the text says who.
    speakers: Speakers = "none"
    thoughts: Literal["none", "round", "double", "both"] = "none"  # which brackets hold them
    fill: Fill = field(default_factory=dict)  # values that a game fills in
    unfilled: Literal["skip", "omit", "error"] = "skip"  # and what happens to lines with others
    chapters_before: int = 0  # in the scripts before this one: counting goes on
    paragraphs_before: int = 0
    several: bool = False  # the script is one of several
    opens_chapter: bool = False  # also text before the first heading is of a chapter
    opening_title: str | None = None  # of that chapter
    pauses: Mapping[str, float] = field(
        default_factory=lambda: PAUSES
    )  # seconds of the levels that a break may name


DEFAULTS = ReaderOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The beginning and the end of a script, decoded once; line ends are LF."""

    name: str
    encoding: str
    text: str
    whole: bool  # whether this is all
    end: str = ""  # the last few kilobytes, which begin anywhere in a row

    @property
    def suffix(self) -> str:
        """`.csv` of `Lines.CSV`."""
        return PurePath(self.name).suffix.lower()

    @property
    def rows(self) -> list[str]:
        """The rows that are there to their end and are not blank."""
        rows = self.text.split("\n")
        return [row for row in (rows if self.whole else rows[:-1]) if row.strip()]

    @property
    def first(self) -> str:
        """The first row that is not blank, without the blanks around it."""
        return self.text.lstrip().split("\n", 1)[0].strip()


class Evidence(IntEnum):
    """How sure a format is that a script is of its kind."""

    NONE = 0
    LIKELY = 1  # counts where the suffix says nothing, or says that it is a text
    SURE = 2  # marks that no other kind of script has


def unrecognised(head: Head) -> Evidence:
    """The answer of a format that is chosen by suffix or by name alone."""
    del head
    return Evidence.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What every row of `READERS` leads to."""

    # (seekable stream at its beginning, its name for places, options) -> lines
    read: Callable[[BinaryIO, str, ReaderOptions], Iterator[ScriptLine]]
    recognise: Callable[[Head], Evidence] = unrecognised
    # The same -> what the book says of itself; None: this is no book.
    facts: Callable[[BinaryIO, str, ReaderOptions], BookFacts] | None = None
