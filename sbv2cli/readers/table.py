"""CSV, TSV and the semicolon tables of European Excel, with a header row.

Written here rather than with the csv module: every cell knows its row and column in the file, an
open quote is an error with its place, and a quote inside an unquoted cell is a character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import KEY_OF, fold_header
from sbv2cli.readers.decode import MAX_ROW, rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.header_rows import header_first
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.table_header import Header, RawCell, Sheet
from sbv2cli.readers.table_layout import Layout
from sbv2cli.records import ScriptLine

DELIMITERS = (",", "\t", ";", "|")
MAX_COLUMNS = 1000
_KNOWN_HEADERS = 2
_SEPARATOR_ROW = re.compile(r"sep=(.)", re.IGNORECASE)


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a table; the delimiter is told from the header."""
    return read_rows(stream, source_name, options)


def read_tsv(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a table with tabs."""
    return read_rows(stream, source_name, options, delimiter="\t")


def read_rows(
    stream: BinaryIO,
    source_name: str,
    options: ReaderOptions,
    *,
    delimiter: str | None = None,
    layout: Layout | None = None,
) -> Iterator[ScriptLine]:
    """The lines of a table.

    Args:
        stream: the table.
        source_name: its name, for places.
        options: how to read it.
        delimiter: between cells; told from the header where it is not given.
        layout: whose table it is, where that is known.
    """
    header: Header | None = None
    number = 0
    written: Iterator[Sequence[RawCell]] = raw_rows(stream, source_name, options, delimiter)
    for cells in (
        written if layout is not None else header_first(written, options, Sheet(path=source_name))
    ):
        if header is None:
            header = Header.of(cells, options, Sheet(path=source_name), layout)
            continue
        found = header.line_cells(number + 1, cells, first=not number)
        if found is not None:
            number += 1
            yield line_of(found, source_name, options)


def raw_rows(
    stream: BinaryIO, source_name: str, options: ReaderOptions, delimiter: str | None = None
) -> Iterator[list[RawCell]]:
    """The header of a table, then its rows; those without anything in them are left out."""
    physical = rows(stream, source_name, options)
    begun = False
    for row, written in physical:
        if not begun:
            named = named_delimiter(written)
            if named and row == 1:
                delimiter = named
                continue
            if not written.strip():
                continue
            delimiter = delimiter or sniff(written)
        assert delimiter is not None
        cells = record(row, written, physical, delimiter, source_name)
        # Excel writes rows of nothing but delimiters where cells once were.
        if not begun or any(cell.text.strip() for cell in cells):
            begun = True
            yield cells


def table_format(layout: Layout) -> Format:
    """The format of a tool's tables."""

    def read(
        stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
    ) -> Iterator[ScriptLine]:
        return read_rows(stream, source_name, options, layout=layout)

    def recognise(head: Head) -> Evidence:
        return Evidence.SURE if layout.owns(header_cells(head.first)) else Evidence.NONE

    return Format(read=read, recognise=recognise)


def header_cells(header: str) -> list[str]:
    """The names in the first row of a table, for those who recognise one."""
    return [cell.strip(' "') for cell in header.split(sniff(header))]


def recognise(head: Head) -> Evidence:
    """Two headers that we know, one of them the text's."""
    keys = {KEY_OF[name] for name in map(fold_header, header_cells(head.first)) if name in KEY_OF}
    # Rows of a table of Markdown begin with a bar.
    known = "text" in keys and len(keys) >= _KNOWN_HEADERS and not head.first.startswith("|")
    return Evidence.LIKELY if known else Evidence.NONE


def _recognise_commas(head: Head) -> Evidence:
    return recognise(head) if sniff(head.first) != "\t" else Evidence.NONE


def _recognise_tabs(head: Head) -> Evidence:
    return recognise(head) if sniff(head.first) == "\t" else Evidence.NONE


def named_delimiter(written: str) -> str | None:
    """What Excel's row before the header says: `sep=;`."""
    named = _SEPARATOR_ROW.fullmatch(written.strip())
    return named[1] if named else None


def sniff(header: str) -> str:
    """The delimiter of a table: the one that finds the most known headers, then the most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        cells = [cell.strip(' "') for cell in header.split(delimiter)]
        return sum(fold_header(cell) in KEY_OF for cell in cells), len(cells)

    return max(DELIMITERS, key=score)


def record(
    row: int,
    written: str,
    physical: Iterator[tuple[int, str]],
    delimiter: str,
    source_name: str,
) -> list[RawCell]:
    """The cells of one record; a quoted cell may take further rows from `physical`."""
    cells: list[RawCell] = []
    position = taken = 0
    while True:
        start_row, column = row, position + 1
        stray = None
        if written.startswith('"', position):
            parts: list[str] = []
            position += 1
            while True:
                end = written.find('"', position)
                if end < 0:
                    parts.append(written[position:] + "\n")
                    taken += len(written)
                    row, written = _next_row(physical, taken, source_name, start_row, column)
                    position = 0
                elif written.startswith('"', end + 1):
                    parts.append(written[position : end + 1])
                    position = end + 2
                else:
                    parts.append(written[position:end])
                    position = end + 1
                    break
            text = "".join(parts)
            end = written.find(delimiter, position)
            rest = written[position:] if end < 0 else written[position:end]
            if rest.strip():
                stray = position + 1
                text += rest
            position = len(written) if end < 0 else end
        else:
            end = written.find(delimiter, position)
            text = written[position:] if end < 0 else written[position:end]
            position = len(written) if end < 0 else end
        cells.append(RawCell(text, start_row, column, stray))
        if position >= len(written):
            return cells
        if len(cells) >= MAX_COLUMNS:
            raise ScriptError(
                "script.columns-many",
                f"the row has more than {MAX_COLUMNS} columns",
                at=f"{source_name}:{row}",
                hint="is this a table?",
            )
        position += len(delimiter)


def _next_row(
    physical: Iterator[tuple[int, str]], taken: int, source_name: str, row: int, column: int
) -> tuple[int, str]:
    following = next(physical, None)
    if following is None or taken > MAX_ROW:
        raise ScriptError(
            "script.quote-open",
            "the quote that opens here is never closed",
            at=f"{source_name}:{row}:{column}",
            hint='close it, or double a quote that is meant as a character: ""',
        )
    return following


CSV = Format(read=read, recognise=_recognise_commas)
TSV = Format(read=read_tsv, recognise=_recognise_tabs)
