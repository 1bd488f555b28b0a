"""Spreadsheets of Excel and LibreOffice: the sheets with a header that names the text.

Rows above the header (a title, an empty row) are left out. Where a header cell is blank, the one
above it counts, as in headers of two rows with merged cells; a merged cell below the header counts
for each of its rows.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from sbv2cli.errors import ScriptError, did_you_mean
from sbv2cli.readers import compound_file, godot, ods_marks, unity, unreal, utage, yarn
from sbv2cli.readers.cells import HEADER_ROWS, KEY_OF, LineCells, fold_header
from sbv2cli.readers.decode import MAX_DOCUMENT
from sbv2cli.readers.excel_ids import SheetLine, with_sheets
from sbv2cli.readers.excel_marks import SheetMarks, marks_of
from sbv2cli.readers.format import DEFAULTS, Format, ReaderOptions
from sbv2cli.readers.header_rows import goes_on_below, of_two_rows
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.ods_merged import Range, merged_of
from sbv2cli.readers.table_header import Header, RawCell, Sheet
from sbv2cli.readers.utage import SETTINGS
from sbv2cli.records import Finding, ScriptLine, Source

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

# Tools whose tables come as sheets too, the surest first.
_LAYOUTS = (utage.LAYOUT, yarn.LAYOUT, unity.LAYOUT, unreal.LAYOUT, godot.LAYOUT)
MAX_UNPACKED = 8 * MAX_DOCUMENT
_NO_MARKS = SheetMarks()
_MERGED_CELLS = 100_000  # that are filled from the first of their range


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of the sheet that is named, or of all visible sheets that hold lines."""
    book = _opened(stream, source_name)
    if book is None:
        return
    stream.seek(0)
    data = stream.read()
    marks, merged = marks_of(data) or ods_marks.marks_of(data), merged_of(data)
    lines: list[SheetLine] = []
    unused: list[Finding] = []
    for name in _sheet_names(book, options.sheet, source_name):
        sheet = Sheet(path=source_name, name=name)
        one = _calamine(lambda name=name: book.get_sheet_by_name(name), source_name)
        said = marks.get(name, _NO_MARKS)
        rows = _shown(_rows(one, merged.get(name, ())), said)
        header, below = _header(rows, options, sheet)
        if header is None:
            unused += _unused(rows, sheet)
            continue
        first = True
        for raw in below:
            found = header.line_cells(len(lines) + 1, raw, first=first)
            if found is None:
                continue
            if first:
                unused += _hidden(said, raw[0].row, sheet)
            first = False
            _tell_marks(found, said)
            line = line_of(found, source_name, options)
            lines.append((name, replace(line, findings=(*unused, *line.findings))))
            unused = []
    if not lines and (unused or options.sheet):
        raise ScriptError(
            "script.text-column",
            "no sheet has a header that names the text",
            at=source_name,
            hint='name the column: --column text="HEADER"; and the sheet: --sheet NAME',
        )
    yield from with_sheets(lines)


def _shown(rows: list[list[RawCell]], marks: SheetMarks) -> list[list[RawCell]]:
    """The rows with numbers as a person sees them: 0012 for 12 in cells of that format."""
    if not marks.shown:
        return rows
    return [
        [replace(cell, text=marks.shown.get((cell.row, cell.column), cell.text)) for cell in row]
        for row in rows
    ]


def _tell_marks(row: LineCells, marks: SheetMarks) -> None:
    """Complain of cells that somebody struck through, or whose formula came to nothing."""
    for key, cell in row.cells.items():
        place = (cell.at.row, cell.at.column or 0)
        failed = marks.failed.get(place)
        if failed is not None:
            row.complain(
                "script.formula",
                f"{key} is an error of the spreadsheet, {failed}"
                if failed
                else f"{key} is a formula whose value was never saved",
                key,
                hint="put the formula right, and save the file in a spreadsheet program",
            )
        if key == "text" and place in marks.struck:
            row.complain(
                "script.struck",
                "the text, or a part of it, is struck through, and is spoken nevertheless",
                key,
                severity="warning",
                hint="take it out, or skip the line",
            )


def _hidden(marks: SheetMarks, first: int, sheet: Sheet) -> list[Finding]:
    hidden = sum(row >= first for row in marks.hidden_rows)
    if not hidden:
        return []
    return [
        Finding(
            code="script.rows-hidden",
            severity="note",
            message=f'hidden rows of the sheet "{sheet.name}" are read: {hidden:,}',
            at=sheet.at(min(row for row in marks.hidden_rows if row >= first)),
            hint="take them out, or skip them",
        )
    ]


def raw_sheets(stream: BinaryIO, source_name: str) -> Iterator[tuple[Sheet, list[list[RawCell]]]]:
    """The visible sheets, each with its rows of cells; blank rows are left out."""
    book = _opened(stream, source_name)
    if book is None:
        return
    stream.seek(0)
    merged = merged_of(stream.read())
    for name in _sheet_names(book, None, source_name):
        sheet = _calamine(lambda name=name: book.get_sheet_by_name(name), source_name)
        yield Sheet(path=source_name, name=name), _rows(sheet, merged.get(name, ()))


def _opened(stream: BinaryIO, source_name: str) -> CalamineWorkbook | None:
    from python_calamine import load_workbook  # noqa: PLC0415  only spreadsheets need it

    size = stream.seek(0, io.SEEK_END)
    if size > MAX_DOCUMENT:
        raise ScriptError(
            "script.document-long",
            f"the spreadsheet has {size:,} bytes, more than {MAX_DOCUMENT:,}",
            at=source_name,
            hint="split it into several files",
        )
    stream.seek(0)
    if not size:
        return None
    data = io.BytesIO(stream.read())
    _must_unpack_small(data, source_name)
    whole = data.getvalue()
    if whole.startswith(compound_file.MAGIC) and (why := compound_file.problem(whole)) is not None:
        raise _unreadable(why, source_name)
    book: CalamineWorkbook = _calamine(lambda: load_workbook(data), source_name)
    return book


def _must_unpack_small(data: io.BytesIO, source_name: str) -> None:
    """Refuse a workbook that is huge once unpacked: calamine would hold all of it."""
    room = MAX_UNPACKED
    # What is no zip, or a damaged one, is told by calamine.
    with suppress(zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError):
        archive = zipfile.ZipFile(data)
        for entry in archive.infolist():
            # What it says of its size may be a lie; it is read to its end, or to ours.
            entry.file_size = 2 * MAX_UNPACKED
            with archive.open(entry) as file:
                while room >= 0 and (block := file.read(1 << 20)):
                    room -= len(block)
    if room < 0:
        raise ScriptError(
            "script.document-long",
            f"the spreadsheet has more than {MAX_UNPACKED:,} bytes once unpacked",
            at=source_name,
            hint="split it into several files",
        )
    data.seek(0)


def _calamine(ask: Any, source_name: str) -> Any:
    """What calamine answers; any failure of it is one of the file."""
    try:
        return ask()
    except BaseException as error:
        # A panic in its Rust is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        password = type(error).__name__ == "PasswordError"
        reason = "it needs a password" if password else str(error)[:120] or "it is damaged"
        raise _unreadable(reason, source_name) from None


def _unreadable(reason: str, source_name: str) -> ScriptError:
    return ScriptError(
        "script.spreadsheet",
        f"the spreadsheet cannot be read: {reason}",
        at=source_name,
        hint="save it anew as .xlsx without a password, or as CSV UTF-8",
    )


def _sheet_names(book: CalamineWorkbook, wanted: str | None, source_name: str) -> list[str]:
    if wanted is None:
        return [
            sheet.name
            for sheet in book.sheets_metadata
            if str(sheet.visible).endswith(".Visible") and str(sheet.typ).endswith(".WorkSheet")
        ]
    names = list(book.sheet_names)
    if wanted in names:
        return [wanted]
    if wanted.isdecimal() and 1 <= int(wanted[:9]) <= len(names):
        return [names[int(wanted) - 1]]
    raise ScriptError(
        "script.sheet-missing",
        f'there is no sheet "{wanted}"',
        at=source_name,
        hint=f"{did_you_mean(wanted, names)}; or a number from 1 to {len(names)}",
    )


def _rows(sheet: CalamineSheet, merged: Sequence[Range]) -> list[list[RawCell]]:
    """The cells of a sheet by rows, each with its place; blank rows are left out."""
    first_column = sheet.start[1] if sheet.start else 0
    table = [list(map(_text, row)) for row in sheet.iter_rows()]
    ranges = sheet.merged_cell_ranges or merged
    for row, column, value in _merged(ranges, table, first_column):
        table[row][column] = value
    return [
        [RawCell(text, row, first_column + column) for column, text in enumerate(cells, start=1)]
        for row, cells in enumerate(table, start=1)
        if any(cells)
    ]


def _merged(
    ranges: Sequence[Range], table: Sequence[Sequence[str]], first_column: int
) -> Iterator[tuple[int, int, str]]:
    """(row, column, value) of the cells that a merged cell covers."""
    filled = 0
    for (top, left), (bottom, right) in ranges:
        column = left - first_column
        if left != right or not 0 <= top < len(table) or not 0 <= column < len(table[top]):
            continue
        for row in range(top + 1, min(bottom + 1, len(table))):
            filled += 1
            if filled > _MERGED_CELLS:
                return
            yield row, column, table[top][column]


def _text(value: object) -> str:
    """A cell as a person sees it: 12 for 12.0."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).strip()


def _header(
    rows: Sequence[Sequence[RawCell]], options: ReaderOptions, sheet: Sheet
) -> tuple[Header | None, Iterable[Sequence[RawCell]]]:
    """The header of a sheet and the rows below it: that of a tool, or the most known names."""
    if options.sheet is None and fold_header(sheet.name or "") in SETTINGS:
        return None, ()
    best, found = 0, None
    named = {fold_header(header): key for key, header in options.columns.items() if header}
    for index, cells in enumerate(rows[:HEADER_ROWS]):
        headers = [cell.text for cell in cells]
        layout = next((one for one in _LAYOUTS if one.owns(headers)), None)
        if layout is not None:
            return Header.of(cells, options, sheet, layout), rows[index + 1 :]
        folded = [fold_header(cell.text) for cell in cells]
        keys = {named.get(name) or KEY_OF.get(name) for name in folded} - {None}
        if "text" in keys and (len(keys) > best or _goes_on(rows, index, found)):
            best, found = len(keys), index
    if found is None:
        return None, ()
    above = rows[found - 1] if found else ()
    over = {cell.column: cell for cell in above}
    cells = [cell if cell.text else over.get(cell.column, cell) for cell in rows[found]]
    below = rows[found + 1 :]
    if below and goes_on_below(cells, below[0]):
        cells, below = of_two_rows(cells, below[0], options, sheet), below[1:]
    return Header.of(cells, options, sheet), below


def _goes_on(rows: Sequence[Sequence[RawCell]], index: int, header: int | None) -> bool:
    """Whether a row says the names of the header above it again: cells merged over both rows."""
    if header is None or index != header + 1:
        return False
    return all(
        lower.text == upper.text
        for upper, lower in zip(rows[header], rows[index], strict=False)
        if fold_header(upper.text) in KEY_OF
    )


def _unused(rows: Sequence[Sequence[RawCell]], sheet: Sheet) -> list[Finding]:
    if not rows:
        return []
    return [
        Finding(
            code="script.sheet-unused",
            severity="note",
            message=f'the sheet "{sheet.name}" has no header that names the text and is not read',
            at=Source(path=sheet.path, row=rows[0][0].row, column=1, sheet=sheet.name),
            hint='name the column: --column text="HEADER"',
        )
    ]


FORMAT = Format(read=read)
