"""Plain text: a row a line, or prose in sentences or paragraphs.

`# Title` begins a chapter and `## Title` a scene; both are spoken. A blank row ends a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sbv2cli.readers.decode import DEFAULTS, ReaderOptions, rows
from sbv2cli.readers.line_from_cells import auto_id, too_long
from sbv2cli.readers.ruby import take_ruby
from sbv2cli.records import LineId, ScriptLine, Source

_HEADING = re.compile(r"(#{1,2})[ \t\u3000]+(\S.*)")


@dataclass(slots=True)
class _Place:
    """Where in the book the reader is."""

    number: int = 0
    paragraph: int = 1
    chapter: int | None = None
    chapter_title: str | None = None
    scene: str | None = None
    blank: bool = False  # the last row was blank, so the next begins a paragraph


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a plain text."""
    place = _Place()
    unit = options.unit or "line"
    for row, written in rows(stream, source_name, options):
        spoken = written.strip()
        if not spoken:
            place.blank = place.number > 0
            continue
        heading = _HEADING.fullmatch(spoken)
        # In prose each row is a paragraph, as Japanese novels are typed; a line a line has
        # paragraphs only where a row is left blank.
        if place.number and (place.blank or heading or unit != "line"):
            place.paragraph += 1
        place.blank = False
        column = len(written) - len(written.lstrip()) + 1
        if heading:
            column += heading.start(2)
            spoken = heading[2].strip()
            if heading[1] == "#":
                place.chapter = (place.chapter or 0) + 1
                place.chapter_title, place.scene = take_ruby(spoken, None, options)[0], None
            else:
                place.scene = take_ruby(spoken, None, options)[0]
            # The pause after a heading is that of a paragraph.
            place.blank = True
        pieces = options.split_sentences(spoken) if unit == "sentence" else (spoken,)
        for piece in pieces:
            if piece.strip():
                start = column + len(piece) - len(piece.lstrip())
                at = Source(path=source_name, row=row, column=start)
                yield _line(piece.strip(), at, place, options)
            column += len(piece)


def _line(written: str, at: Source, place: _Place, options: ReaderOptions) -> ScriptLine:
    place.number += 1
    spoken, ruby = take_ruby(written, None, options)
    long = too_long(spoken, at)
    return ScriptLine(
        id=LineId(auto_id(at.path, place.number)),
        id_given=False,
        number=place.number,
        text=spoken,
        ruby=ruby,
        source=at,
        chapter=place.chapter,
        chapter_title=place.chapter_title,
        scene=place.scene,
        paragraph=place.paragraph,
        findings=() if long is None else (long,),
    )
