"""A spreadsheet with two of its columns filled in, and everything else as it was.

Cells are put between the bytes of a sheet's XML. Whatever else the file holds (formats, comments,
charts, macros, signatures of other programs) is copied byte by byte; a library that reads and
writes the whole keeps only what it knows.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape

from sbv2cli.records import column_letters

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SPANS = re.compile(rb'\sspans="[^"]*"')
_DIMENSION = re.compile(rb'(dimension\s+ref="[A-Z]+\d+:)([A-Z]+)(\d+")')
_HEADER_ROWS = 30  # above the first line

# Characters that XML cannot hold.
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

Value = str | int | float
Values = Mapping[int, Sequence[Value]]


def filled_workbook(
    data: bytes,
    headers: Sequence[str],
    values: Mapping[str, Values],
    known: Callable[[str], bool],
) -> bytes:
    """The file with a column for each of `headers` in the sheets that `values` names.

    `values` has the new cells of a row by its number; `known` says which text is a header of
    ours, so that the row of the headers is found.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        paths = _sheets(archive)
        strings = _shared_strings(archive)
        made = {
            paths[name]: _filled(archive.read(paths[name]), headers, rows, strings, known)
            for name, rows in values.items()
            if name in paths and rows
        }
        result = io.BytesIO()
        with zipfile.ZipFile(result, "w") as other:
            for entry in archive.infolist():
                other.writestr(entry, made.get(entry.filename) or archive.read(entry))
    return result.getvalue()


@dataclass(slots=True)
class _Cell:
    column: int
    start: int
    end: int
    style: str
    kind: str
    text: str = ""


@dataclass(slots=True)
class _Row:
    number: int
    start: int  # of its tag
    inside: int  # behind its tag
    end: int  # before its closing tag; equal to `inside` where it has none
    closed: bool = False  # `<row/>`
    cells: list[_Cell] = field(default_factory=list)


def _filled(
    xml: bytes,
    headers: Sequence[str],
    values: Values,
    strings: Sequence[str],
    known: Callable[[str], bool],
) -> bytes:
    rows = {row.number: row for row in _Rows(xml).rows}
    head = _header_row(rows, min(values), strings, known)
    names = {_text(one, strings): one.column for one in head.cells} if head else {}
    width = max((one.column for row in rows.values() for one in row.cells), default=0)
    columns = []
    for header in headers:
        width += header not in names
        columns.append(names.get(header, width))
    wanted: dict[int, Sequence[Value]] = dict(values)
    if head is not None:
        wanted[head.number] = headers
    parts: list[bytes] = []
    position = 0
    for start, end, new in sorted(
        edit
        for number, cells in wanted.items()
        if number in rows
        for edit in _edits(xml, rows[number], columns, cells, is_head=head is rows[number])
    ):
        parts += [xml[position:start], new]
        position = end
    return _widened(b"".join([*parts, xml[position:]]), max(columns))


def _widened(xml: bytes, column: int) -> bytes:
    """The sheet's own word on how far it reaches, where it has one that is now too narrow."""

    def wider(found: re.Match[bytes]) -> bytes:
        last = max(column, _column(found[2].decode()))
        return found[1] + column_letters(last).encode() + found[3]

    return _DIMENSION.sub(wider, xml, count=1)


def _header_row(
    rows: Mapping[int, _Row], first: int, strings: Sequence[str], known: Callable[[str], bool]
) -> _Row | None:
    """The row above the first line with most of the known headers; the lower of two alike."""
    above = [
        row
        for number, row in sorted(rows.items())
        if number < first and any(_text(one, strings) for one in row.cells)
    ][-_HEADER_ROWS:]
    return max(
        reversed(above),
        key=lambda row: sum(known(_text(one, strings)) for one in row.cells),
        default=None,
    )


def _edits(
    xml: bytes, row: _Row, columns: Sequence[int], values: Sequence[Value], *, is_head: bool
) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, what stands there now) of what changes in a row."""
    there = {one.column: one for one in row.cells}
    # Some programs write <x:row> for <row>.
    prefix = xml[row.start + 1 : xml.index(b"row", row.start)].decode()
    last_style = row.cells[-1].style if is_head and row.cells else ""
    new: dict[int, bytes] = {}
    for column, value in sorted(zip(columns, values, strict=True)):
        old = there.get(column)
        style = old.style if old else last_style
        made = _element(value, f"{column_letters(column)}{row.number}", style, prefix).encode()
        if old is not None:
            if not is_head:
                yield old.start, old.end, made
            continue
        after = next((one.start for one in row.cells if one.column > column), row.end)
        new[after] = new.get(after, b"") + made
    if not any(new.values()):
        return
    # The hint that a row gives about its columns would be wrong.
    tag = _SPANS.sub(b"", xml[row.start : row.inside])
    if row.closed:
        closing = f"</{prefix}row>".encode()
        opening = tag.removesuffix(b"/>").rstrip() + b">"
        yield row.start, row.inside, opening + b"".join(new.values()) + closing
        return
    yield row.start, row.inside, tag
    for place, cells in new.items():
        yield place, place, cells


class _Rows:
    """Where rows and cells stand in the bytes of a sheet."""

    def __init__(self, xml: bytes) -> None:
        self.rows: list[_Row] = []
        self._xml = xml
        self._cell: _Cell | None = None
        self._text: list[str] | None = None
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.Parse(xml, True)  # noqa: FBT003 - expat has no name for it

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        at = self._parser.CurrentByteIndex
        if tag == "row":
            inside = self._xml.index(b">", at) + 1
            before = self.rows[-1].number if self.rows else 0
            number = int(attributes.get("r", before + 1))
            closed = self._xml[inside - 2 : inside] == b"/>"
            self.rows.append(_Row(number, at, inside, inside, closed))
        elif tag == "c" and self.rows:
            cells = self.rows[-1].cells
            column = _column(attributes.get("r", "")) or (cells[-1].column if cells else 0) + 1
            self._cell = _Cell(column, at, at, attributes.get("s", ""), attributes.get("t", "n"))
            cells.append(self._cell)
        elif tag in {"v", "t"} and self._cell is not None:
            self._text = []

    def _end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        at = self._parser.CurrentByteIndex
        if tag == "row" and not self.rows[-1].closed:
            self.rows[-1].end = at
        elif tag == "c" and self._cell is not None:
            # Of `<c/>` the end is told where it begins.
            self._cell.end = self._xml.index(b">", at) + 1
            self._cell = None
        elif tag in {"v", "t"} and self._cell is not None and self._text is not None:
            self._cell.text += "".join(self._text)
            self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _column(place: str) -> int:
    number = 0
    for letter in place:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - ord("A") + 1
    return number


def _element(value: Value, place: str, style: str, prefix: str) -> str:
    """A cell; `style` is the number of its format, `prefix` that of its namespace."""
    look = f'r="{place}" s="{style}"' if style else f'r="{place}"'
    if value == "":
        return f"<{prefix}c {look}/>" if style else ""
    if isinstance(value, str):
        text = escape(_NOT_XML.sub("\ufffd", value))
        inside = f'<{prefix}is><{prefix}t xml:space="preserve">{text}</{prefix}t></{prefix}is>'
        return f'<{prefix}c {look} t="inlineStr">{inside}</{prefix}c>'
    return f"<{prefix}c {look}><{prefix}v>{value!r}</{prefix}v></{prefix}c>"


def _text(one: _Cell, strings: Sequence[str]) -> str:
    if one.kind == "s" and one.text.isdecimal() and int(one.text) < len(strings):
        return strings[int(one.text)].strip()
    return one.text.strip()


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of each sheet -> the path of its XML."""
    targets = {
        one.get("Id"): posixpath.normpath(posixpath.join("/xl", one.get("Target", ""))).lstrip("/")
        for one in _parsed(archive.read("xl/_rels/workbook.xml.rels"))
    }
    book = _parsed(archive.read("xl/workbook.xml"))
    found = ((one.get("name", ""), targets.get(one.get(_RELATION))) for one in book.iter())
    return {name: path for name, path in found if name and path}


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    try:
        table = _parsed(archive.read("xl/sharedStrings.xml"))
    except KeyError:
        return []
    return [
        "".join(
            part.text or ""
            for part in one.iter(f"{_MAIN}t")
            if part not in one.findall(f"{_MAIN}rPh/{_MAIN}t")
        )
        for one in table.findall(f"{_MAIN}si")
    ]


def _parsed(xml: bytes) -> ET.Element:
    # Python's expat refuses entities that grow without bounds since 3.11's 2.4.1.
    return ET.fromstring(xml)  # noqa: S314 - a file of the user's own
