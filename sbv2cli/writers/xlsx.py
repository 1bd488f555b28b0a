"""A spreadsheet for Excel with one sheet.

Written here because equal content must be equal bytes, and a file that is there already is compared
by them; libraries put the time of writing into theirs.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from xml.sax.saxutils import escape, quoteattr

Value = str | int | float | None

# Characters that XML cannot hold, and what Excel takes in one cell.
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST = 32_767
_WIDE, _NARROW = 60, 14
_LONG_TEXT = 20
_WHEN = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file knows

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(sheet: str, rows: Iterable[Sequence[Value]]) -> bytes:
    """A file with this sheet: the first row is the header, bold and always in sight.

    A text is a text: what begins with = is no formula.
    """
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name={quoteattr(sheet[:31])} sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": _styles(),
        "xl/worksheets/sheet1.xml": _sheet(list(rows)),
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(
                zipfile.ZipInfo(name, _WHEN), _HEAD + text, compress_type=zipfile.ZIP_DEFLATED
            )
    return data.getvalue()


@cache
def column_name(number: int) -> str:
    """A, Z, AA; numbers count from 1."""
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def cell(value: Value, place: str, style: str = "", prefix: str = "") -> str:
    """The element of a cell; `style` is the number of its format, `prefix` of its namespace."""
    look = f'r="{place}" s="{style}"' if style else f'r="{place}"'
    if value is None or value == "":
        return f"<{prefix}c {look}/>" if style else ""
    if isinstance(value, str):
        text = escape(_NOT_XML.sub("\ufffd", value[:_LONGEST]))
        inside = f'<{prefix}is><{prefix}t xml:space="preserve">{text}</{prefix}t></{prefix}is>'
        return f'<{prefix}c {look} t="inlineStr">{inside}</{prefix}c>'
    return f"<{prefix}c {look}><{prefix}v>{value!r}</{prefix}v></{prefix}c>"


def _sheet(rows: Sequence[Sequence[Value]]) -> str:
    return "".join(
        (
            f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">',
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>',
            "</sheetView></sheetViews>",
            *_widths(rows),
            "<sheetData>",
            *(_row(number, row) for number, row in enumerate(rows, start=1)),
            "</sheetData></worksheet>",
        )
    )


def _widths(rows: Sequence[Sequence[Value]]) -> Iterator[str]:
    if not rows or not rows[0]:
        return
    yield "<cols>"
    for number in range(1, len(rows[0]) + 1):
        long = any(
            isinstance(row[number - 1], str) and len(str(row[number - 1])) > _LONG_TEXT
            for row in rows[1:]
        )
        width = _WIDE if long else _NARROW
        yield f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
    yield "</cols>"


def _row(number: int, values: Sequence[Value]) -> str:
    bold = "1" if number == 1 else ""
    cells = (
        cell(value, f"{column_name(column)}{number}", bold)
        for column, value in enumerate(values, start=1)
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_TYPES}/relationships">{rows}</Relationships>'


def _content_types() -> str:
    parts = {"workbook": ".sheet.main", "worksheets/sheet1": ".worksheet", "styles": ".styles"}
    rows = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{_SHEET_TYPE}{kind}+xml"/>'
        for part, kind in parts.items()
    )
    return (
        f'<Types xmlns="{_TYPES}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{rows}</Types>'
    )


def _styles() -> str:
    """Two formats: as it is, and bold."""
    return (
        f'<styleSheet xmlns="{_MAIN}">'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        "</cellStyleXfs>"
        '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )
