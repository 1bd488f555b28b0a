"""Corrections: JSON lines or a table, a row for each line of a script that is to be said otherwise.

Strict where scripts are generous: a key that is not known could be the one that mattered.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from sbv2cli.errors import Sbv2Error, UsageError, did_you_mean
from sbv2cli.files import cannot_read
from sbv2cli.readers import excel, table
from sbv2cli.readers.cells import KEY_OF, Cell, LineCells, fold_header
from sbv2cli.readers.format import DEFAULTS
from sbv2cli.readers.json_lines import values
from sbv2cli.readers.line_from_cells import pauses_of, reading_of, settings_of, switch_of
from sbv2cli.readers.table_header import RawCell, Sheet, plain, start
from sbv2cli.records import Correction, Finding, LineId, Source
from sbv2cli.settings.keys import ALIASES, DELIVERY_KEYS
from sbv2cli.settings.resolve import delivery_of

KEYS = (
    *("id", "text_key", "text", "reading", "skip", "note", "pause_before", "pause_after"),
    *DELIVERY_KEYS,
    *ALIASES,
)
"""What a row may say. `text_key` and `text` say what the line was when it was listened to."""

_OWN = {fold_header(name): name for name in KEYS}
_BEGINNING = 4096  # bytes in which the first character is looked for
_SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods")


def read(path: Path, given: str | None) -> tuple[list[Correction], list[Sbv2Error]]:
    """The corrections of a file, and all that is wrong with it."""
    found: list[Correction] = []
    errors: list[Sbv2Error] = []
    try:
        data = path.read_bytes()  # a pipe cannot be read twice
        for row in _rows(io.BytesIO(data), str(path)):
            correction = None if row.findings else _correction(row)
            errors += [
                UsageError(one.code, one.message, at=str(one.at), hint=one.hint)
                for one in row.findings
            ]
            if correction is not None and not row.findings:
                found.append(correction)
    except OSError as error:
        errors.append(cannot_read(error, path, given=given))
    except Sbv2Error as error:
        errors.append(error)
    return found, errors


def said(correction: Correction) -> tuple[str, ...]:
    """The names of what a correction says of its line."""
    own = ("reading", "pause_before", "pause_after", "skip")
    delivery = correction.delivery
    return (
        *(name for name in own if getattr(correction, name) is not None),
        *(name for name in DELIVERY_KEYS if getattr(delivery, name) is not None),
    )


def _rows(stream: BinaryIO, name: str) -> Iterator[LineCells]:
    if Path(name).suffix.lower() in _SPREADSHEETS:
        for sheet, raw in excel.raw_sheets(stream, name):
            yield from _of_table(raw, sheet)
        return
    begins = stream.read(_BEGINNING).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    stream.seek(0)
    if begins in (b"{", b"["):
        yield from _of_json(stream, name)
    else:
        yield from _of_table(table.raw_rows(stream, name, DEFAULTS), Sheet(path=name))


def _of_json(stream: BinaryIO, name: str) -> Iterator[LineCells]:
    for number, (at, record, problem) in enumerate(values(stream, name, DEFAULTS), start=1):
        if isinstance(record, dict):
            yield _row(number, at, [(key, Cell(value=said, at=at)) for key, said in record.items()])
        else:
            row = LineCells(number=number, source=at, cells={})
            row.complain("corrections.syntax", problem or "not an object", hint=_EXAMPLE)
            yield row


def _of_table(raw: Iterable[Sequence[RawCell]], sheet: Sheet) -> Iterator[LineCells]:
    rows = iter(raw)
    header = next(rows, None)
    if header is None:
        return
    # First the names alone, so that each is complained of once.
    named = _row(0, sheet.at(header[0].row), _cells(header, header, sheet))
    if "id" not in named.cells:
        names = [cell.text.strip() for cell in header if cell.text.strip()]
        hint = did_you_mean("id", names)
        named.complain("corrections.id-missing", 'the table has no column "id"', hint=hint)
    if named.findings:
        yield named
        return
    for number, cells in enumerate(rows, start=1):
        yield _row(number, sheet.at(cells[0].row), _cells(header, cells, sheet))


def _cells(
    header: Sequence[RawCell], cells: Sequence[RawCell], sheet: Sheet
) -> Iterator[tuple[str, Cell]]:
    """The cells with their headers. An empty one says nothing, as does a column without a name."""
    for index, cell in enumerate(cells):
        name = header[index].text.strip() if index < len(header) else ""
        value = plain(cell.text) or None
        if name or value is not None:
            yield name, Cell(value=value, at=sheet.at(cell.row, start(cell)))


def _row(number: int, at: Source, said_of: Iterable[tuple[str, Cell]]) -> LineCells:
    cells: dict[str, Cell] = {}
    findings: list[Finding] = []
    for name, cell in said_of:
        folded = fold_header(name)
        key = _OWN.get(folded) or KEY_OF.get(folded)
        code, message, hint = "", "", ""
        if key not in KEYS:
            code, message = "corrections.key-unknown", f'corrections have no key "{name}"'
            hint = did_you_mean(name, KEYS)
        elif key in cells:
            code, message = "corrections.key-twice", f'"{name}" says {key} a second time'
            hint = "keep one of them"
        else:
            cells[key] = cell
        if code:
            findings.append(
                Finding(code=code, severity="error", message=message, hint=hint, at=cell.at)
            )
    return LineCells(number=number, source=at, cells=cells, findings=findings)


def _correction(row: LineCells) -> Correction:
    identity = row.text("id")
    if identity is None:
        row.complain("corrections.id-missing", "the row names no line", hint=_EXAMPLE)
    settings, pauses = settings_of(row), pauses_of(row)
    skip = row.cells.get("skip")
    return Correction(
        id=LineId(identity or ""),
        source=row.source,
        text_key=row.text("text_key"),
        text=_text(row),
        reading=reading_of(row),
        delivery=replace(delivery_of(settings), speaker=row.text("speaker")),
        pause_before=pauses.get("pause_before"),
        pause_after=pauses.get("pause_after"),
        skip=None if skip is None or skip.value in (None, "") else switch_of(row, "skip"),
        note=row.text("note"),
    )


def _text(row: LineCells) -> str | None:
    cell = row.cells.get("text")
    return cell.value if cell is not None and isinstance(cell.value, str) else row.text("text")


_EXAMPLE = """write {"id": "a1", "reading": "ハ'シ"}"""
