"""Rows of cells -> CSV and .xlsx, in which nothing is a formula."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from sbv2cli.cell_text import guarded
from sbv2cli.errors import UsageError

Row = Mapping[str, Any]  # header -> text or number

_LONGEST_CELL = 32_767  # characters of a cell in Excel
_MOST_ROWS = 1_048_576
_WIDTHS = {"text": 60, "id": 16, "character": 12}  # characters; what a person reads needs room
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001  a workbook knows no time zones
_SPOOL = 1 << 24  # bytes of a workbook kept in memory before they go to a temporary file
_EXACT = 2**53  # spreadsheets keep numbers as 64-bit floats


def write_csv(rows: Iterable[Row], columns: Sequence[str], file: BinaryIO) -> None:
    """A table as Excel takes it: UTF-8 with its mark, CR LF, quotes where they are needed."""
    file.write(codecs.BOM_UTF8)
    written = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(written)
    table.writerow([guarded(column) for column in columns])
    for row in rows:
        table.writerow([_as_text(row.get(column)) for column in columns])
    written.flush()
    written.detach()


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return guarded(value)
    return "" if value is None else repr(value)


def write_xlsx(rows: Iterable[Row], columns: Sequence[str], file: BinaryIO) -> None:
    """A workbook with one sheet whose header stays in sight.

    Raises:
        UsageError: a cell or the table is larger than Excel can hold.
    """
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415  only workbooks need it

    # Beside first: on a full disk the archive would complain about the file that it lost.
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as held:
        try:
            _write_book(rows, columns, held)
        except FileCreateError as error:
            raise error.args[0] from None  # what the file system said
        held.seek(0)
        shutil.copyfileobj(held, file)


def _write_book(rows: Iterable[Row], columns: Sequence[str], file: Any) -> None:
    from xlsxwriter import Workbook  # noqa: PLC0415  only workbooks need it

    # Rows go to a temporary file one by one; text is never taken for a number, formula or link.
    book = Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties({"created": _CREATED})  # equal content is equal bytes
    sheet = book.add_worksheet("lines")
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    header = book.add_format({"num_format": "@", "bold": True})
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(columns):
        sheet.set_column(index, index, _WIDTHS.get(column, 10))
        sheet.write_string(0, index, guarded(column), header)
    for number, row in enumerate(rows, start=1):
        if number >= _MOST_ROWS:
            raise _too_large(f"more than {_MOST_ROWS:,} rows")
        for index, column in enumerate(columns):
            value = row.get(column)
            if value is None:
                continue
            if isinstance(value, str) or not _is_exact(value):
                written = guarded(value) if isinstance(value, str) else repr(value)
                if len(written) > _LONGEST_CELL:
                    raise _too_large(f'a cell of "{column}" with {len(written):,} characters')
                sheet.write_string(number, index, written, text)
            else:
                sheet.write_number(number, index, value)
    book.close()


def _is_exact(value: float) -> bool:
    """Whether a number is the same after it was in a workbook."""
    return abs(value) < _EXACT and float(f"{value:.16G}") == value


def _too_large(what: str) -> UsageError:
    return UsageError(
        "import.too-large",
        f"an .xlsx cannot hold {what}",
        hint="write JSON lines or CSV: --to jsonl",
    )
