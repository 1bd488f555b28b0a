"""The header of an Aozora text -> title and people, by the official converter's rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO

from sbv2cli.readers.aozora.frame import framed
from sbv2cli.readers.aozora.markup import read_row
from sbv2cli.readers.book_facts import BookFacts, Person
from sbv2cli.readers.decode import damaged_rows
from sbv2cli.readers.format import DEFAULTS, ReaderOptions

_ROLES = (("trl", re.compile("訳$")), ("edt", re.compile("(?:校訂|編|編集)$")))  # MARC relators
_ORIGINAL = re.compile("[\x20-\x7e\u3000-\u303f\uff00-\uff20Α-ωА-я]+")  # a title in the original
_KANA = re.compile("[ぁ-ゖァ-ヺー・ \u3000]+")


def read_facts(stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS) -> BookFacts:
    """What a text says of itself."""
    rows, _ = damaged_rows(stream, source_name, options)
    return facts_of([text for _, text in framed(rows).header])


def facts_of(header: Sequence[str]) -> BookFacts:
    """What the rows of a header say: title, subtitles, author, translator and editor."""
    shown = [_shown(row) for row in header]
    if not shown:
        return BookFacts(language="ja")
    (title, title_reading), rest = shown[0], shown[1:]
    people = [_person(*row) for row in rest]
    # The author stands last, or before those who translated and edited.
    named = len(people)
    while named > 1 and people[named - 1].role != "aut":
        named -= 1
    between = [name for name, _ in rest[: named - 1] if not _ORIGINAL.fullmatch(name)]
    return BookFacts(
        title=title,
        title_reading=title_reading,
        subtitle=" ".join(between) or None,
        people=tuple(people[named - 1 :]) if people else (),
        language="ja",
    )


def _person(name: str, reading: str | None) -> Person:
    role = next((role for role, pattern in _ROLES if pattern.search(name)), "aut")
    return Person(name=name, reading=reading, role=role)


def _shown(written: str) -> tuple[str, str | None]:
    """A row as a person sees it, and its reading if ruby gives all of it."""
    row = read_row(written)
    reading, at = "", 0
    for one in row.ruby:
        reading += row.text[at : one.span[0]] + one.reading
        at = one.span[1]
    reading += row.text[at:]
    known = row.ruby and _KANA.fullmatch(reading) is not None
    return row.text.strip(), reading.strip() if known else None
