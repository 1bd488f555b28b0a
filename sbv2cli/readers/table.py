"""CSV, TSV and the semicolon tables of European Excel, with a header row.

Written here rather than with the csv module: every cell knows its row and column in the file, an
open quote is an error with its place, and a quote inside an unquoted cell is a character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sbv2cli.errors import ScriptError, did_you_mean
from sbv2cli.readers.cells import KEY_OF, RANK_OF, Cell, LineCells, fold_header
from sbv2cli.readers.decode import MAX_ROW, rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.records import Finding, ScriptLine, Source

DELIMITERS = (",", "\t", ";")
MAX_COLUMNS = 1000
_KNOWN_HEADERS = 2
_SEPARATOR_ROW = re.compile(r"sep=(.)", re.IGNORECASE)
_UNUSED = re.compile(
    r"(?P<file>ファイル|(?:file|wav|ogg|mp3)(?:name|path)?$)"
    r"|キャラ|話者|発言者|人物|speaker|character|who$"
)
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # ="0012" keeps the zeros of a number


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as it stands in the file; row and column count from 1."""

    text: str
    row: int
    column: int
    stray: int | None = None  # column of what follows a closing quote, where something does


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
    columns: Callable[[Sequence[str]], Mapping[str, str]] | None = None,
    edit: Callable[[LineCells], None] | None = None,
) -> Iterator[ScriptLine]:
    """The lines of a table.

    Args:
        stream: the table.
        source_name: its name, for places.
        options: how to read it.
        delimiter: between cells; told from the header where it is not given.
        columns: from the headers to the one for each key, in place of `options.columns`.
        edit: changes each row before it becomes a line.
    """
    physical = rows(stream, source_name, options)
    header: list[RawCell] | None = None
    keys: list[str | None] = []
    number = 0
    for row, written in physical:
        if header is None:
            named = _SEPARATOR_ROW.fullmatch(written.strip())
            if named and row == 1:
                delimiter = named[1]
                continue
            if not written.strip():
                continue
            delimiter = delimiter or sniff(written)
        assert delimiter is not None
        cells = record(row, written, physical, delimiter, source_name)
        if header is None:
            header = cells
            headers = [cell.text for cell in cells]
            wanted = columns(headers) if columns is not None else options.columns
            keys = header_keys(headers, wanted, source_name, row)
            continue
        # Excel writes rows of nothing but delimiters where cells once were.
        if all(not cell.text.strip() for cell in cells):
            continue
        number += 1
        found = _row(number, cells, header, keys, source_name)
        if number == 1:
            _say_unused(found, header, keys, source_name)
        if edit is not None:
            edit(found)
        yield line_of(found, source_name, options)


def header_cells(header: str) -> list[str]:
    """The names in the first row of a table, for those who recognise one."""
    return [cell.strip(' "') for cell in header.split(sniff(header))]


def recognise(head: Head) -> Evidence:
    """Two headers that we know, one of them the text's."""
    keys = {KEY_OF[name] for name in map(fold_header, header_cells(head.first)) if name in KEY_OF}
    known = "text" in keys and len(keys) >= _KNOWN_HEADERS
    return Evidence.LIKELY if known else Evidence.NONE


def _recognise_commas(head: Head) -> Evidence:
    return recognise(head) if sniff(head.first) != "\t" else Evidence.NONE


def _recognise_tabs(head: Head) -> Evidence:
    return recognise(head) if sniff(head.first) == "\t" else Evidence.NONE


def sniff(header: str) -> str:
    """The delimiter of a table: the one that finds the most known headers, then the most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        cells = [cell.strip(' "') for cell in header.split(delimiter)]
        return sum(fold_header(cell) in KEY_OF for cell in cells), len(cells)

    return max(DELIMITERS, key=score)


def header_keys(
    headers: Sequence[str], columns: Mapping[str, str], source_name: str, row: int
) -> list[str | None]:
    """Our key for each column, or `None` for one that is carried along.

    `--column` decides first, then our own name of a key, then the surest alias of it.
    """
    folded = [fold_header(header) for header in headers]
    keys: list[str | None] = [None] * len(headers)
    for key, wanted in columns.items():
        if fold_header(wanted) not in folded:
            raise ScriptError(
                "script.column-missing",
                f'there is no column "{wanted}"',
                at=f"{source_name}:{row}",
                hint=did_you_mean(wanted, headers),
            )
        keys[folded.index(fold_header(wanted))] = key
    for index in sorted(range(len(folded)), key=lambda index: RANK_OF.get(folded[index], 0)):
        if keys[index] is None and KEY_OF.get(folded[index]) not in keys:
            keys[index] = KEY_OF.get(folded[index])
    if "text" not in keys:
        raise ScriptError(
            "script.text-column",
            "no column holds the text",
            at=f"{source_name}:{row}",
            hint=f'name it: --column text="HEADER"; {did_you_mean("text", headers)}',
        )
    return keys


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


def _row(
    number: int,
    raw: Sequence[RawCell],
    header: Sequence[RawCell],
    keys: Sequence[str | None],
    source_name: str,
) -> LineCells:
    cells: dict[str, Cell] = {}
    meta: dict[str, str] = {}
    for index, cell in enumerate(raw[: len(header)]):
        value = _plain(cell.text)
        key = keys[index]
        if key is None:
            name = header[index].text.strip()
            if name and value:
                meta[name] = value
        else:
            at = Source(path=source_name, row=cell.row, column=_start(cell))
            cells[key] = Cell(value=value or None if key != "text" else value, at=at)
    # The line stands where its text does: that is where a person looks when it is misread.
    source = cells["text"].at if "text" in cells else Source(path=source_name, row=raw[0].row)
    row = LineCells(number=number, source=source, cells=cells, meta=meta)
    if "text" not in cells:
        row.complain(
            "script.row-short",
            f"the row has {len(raw)} of {len(header)} columns, and not the text",
            hint="is a quote or a delimiter missing?",
        )
        cells["text"] = Cell(value="", at=source)
    if any(cell.text.strip() for cell in raw[len(header) :]):
        row.complain(
            "script.row-wide",
            f"the row has {len(raw)} columns, the header {len(header)}",
            hint="quote a cell that holds the delimiter",
        )
    for cell in raw:
        if cell.stray is not None:
            place = Source(path=source_name, row=cell.row, column=cell.stray)
            row.cells = {**row.cells, "\0stray": Cell(value=None, at=place)}
            row.complain(
                "script.quote-stray",
                "something follows the closing quote",
                "\0stray",
                hint='double a quote that is meant as a character: ""',
            )
    return row


def _say_unused(
    first: LineCells, header: Sequence[RawCell], keys: Sequence[str | None], source_name: str
) -> None:
    """Say with the first row which headers look like a speaker or a file and are not used."""
    for cell, key in zip(header, keys, strict=True):
        found = _UNUSED.search(fold_header(cell.text)) if key is None else None
        if found is None:
            continue
        wanted = "file" if found["file"] else "character"
        taken = wanted in keys
        at = Source(path=source_name, row=cell.row, column=cell.column)
        first.findings.append(
            Finding(
                code="script.header-unused",
                severity="note" if taken else "warning",
                message=f'the column "{cell.text.strip()}" looks like a {wanted} and is not used',
                at=at,
                hint=f'say what it is: --column {wanted}="{cell.text.strip()}"',
            )
        )


def _plain(written: str) -> str:
    text = written.strip()
    excel = _EXCEL_TEXT.fullmatch(text)
    if excel:
        return excel[1].replace('""', '"')
    # `export --excel` and careful people put an apostrophe before what would be a formula.
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def _start(cell: RawCell) -> int:
    """The column of the first character in the cell, behind an opening quote and blanks."""
    return cell.column + len(cell.text) - len(cell.text.lstrip())


CSV = Format(read=read, recognise=_recognise_commas)
TSV = Format(read=read_tsv, recognise=_recognise_tabs)
