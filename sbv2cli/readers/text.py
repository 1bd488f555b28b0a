"""Plain text: a row a line, or prose in sentences or paragraphs.

`# Title` begins a chapter and `## Title` a scene; both are spoken. A blank row ends a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cut_rows import CutRows
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Format, ReaderOptions
from sbv2cli.readers.interpolation import settle, values_in_prose
from sbv2cli.readers.looks_like_code import markup_finding
from sbv2cli.readers.numbered_titles import PlainTitles
from sbv2cli.readers.page_numbers import left_out, page_numbers
from sbv2cli.readers.prose import Prose, is_scene_break, passage_of
from sbv2cli.records import Finding, ScriptLine, Source

_NOTE = "［＃"
_HEADING = re.compile(r"(#{1,2})[ \t\u3000]+(\S.*)")


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a plain text."""
    pages: Sequence[tuple[int, int]] = ()
    with suppress(ScriptError):  # told where its row comes
        pages = page_numbers(rows(stream, source_name, options))
    told = [left_out(pages, source_name)] if pages else []
    without = frozenset(row for row, _ in pages)
    written = (one for one in rows(stream, source_name, options) if one[0] not in without)
    for line in lines_of(written, source_name, options):
        yield replace(line, findings=(*told, *line.findings)) if told else line
        told = []


def lines_of(
    numbered: Iterable[tuple[int, str]],
    source_name: str,
    options: ReaderOptions = DEFAULTS,
) -> Iterator[ScriptLine]:
    """The lines of rows with their numbers, each as soon as its row is there."""
    prose = Prose(source_name, options, unit="line", scene_level=2)
    # In a script of lines ○ may be a name or a word; in prose a row of marks parts scenes.
    cut, titles = CutRows(source_name), PlainTitles(source_name)
    prose_wanted = options.unit not in (None, "line")
    for row, written in numbered:
        spoken = written.strip()
        told = (*cut.row(row, written), *titles.row(row, spoken))
        if not spoken:
            prose.blank_row()
            continue
        column = len(written) - len(written.lstrip()) + 1
        heading = _HEADING.fullmatch(spoken)
        if prose_wanted and is_scene_break(spoken):
            prose.scene_break()
        elif heading:
            at = Source(path=source_name, row=row, column=column + heading.start(2))
            title = passage_of(heading[2].strip(), options)
            yield from prose.heading(title, at, level=len(heading[1]))
        else:
            at = Source(path=source_name, row=row, column=column)
            for line in prose.paragraph(passage_of(spoken, options), at):
                checked = _checked(line, options)
                yield replace(checked, findings=(*checked.findings, *told)) if told else checked
                told = ()
    for line in prose.finished():
        yield _checked(line, options)


def _checked(line: ScriptLine, options: ReaderOptions) -> ScriptLine:
    values = values_in_prose(line.text)
    if values:
        return settle(line, values, options)
    found = tuple(_not_prose(line))
    return replace(line, findings=line.findings + found) if found else line


def _not_prose(line: ScriptLine) -> Iterator[Finding]:
    if _NOTE in line.text:
        yield Finding(
            code="script.note-spoken",
            severity="warning",
            message="a note of Aozora Bunko, ［＃…］, is spoken as it stands",
            at=line.source,
            hint="take the notes out of the text",
        )
    markup = markup_finding(line.text, line.source)
    if markup is not None:
        yield markup


# Nothing is recognised as plain text: it is what remains.
FORMAT = Format(read=read)
