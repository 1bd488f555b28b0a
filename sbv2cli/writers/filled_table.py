"""A table of text with two of its columns filled in, and every other byte as it was.

A cell is never written anew: new text is put between the bytes that are there, so encoding,
byte-order mark, line ends and quotes stay, even where no program would write them so again.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sbv2cli.errors import UsageError

_ENDS = re.compile(r"\r\n|\r|\n")
_SEPARATOR_ROW = re.compile(r"sep=.", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a table of text is written."""

    encoding: str
    delimiter: str
    quoted: bool = True  # False: a quote is a character like any other


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    first: int  # rows of the file, from 1; a quoted cell may have several
    last: int
    cells: Sequence[tuple[int, int]]  # where each stands in the text

    @property
    def blank(self) -> bool:
        return len(self.cells) == 1 and self.cells[0][0] == self.cells[0][1]


def filled_table(
    data: bytes, dialect: Dialect, headers: Sequence[str], values: Mapping[int, Sequence[str]]
) -> bytes:
    """The table with a column for each of `headers`: its own, or a new one at the end.

    `values` has the new cells of a row of the file by its number. Rows that are not there keep the
    cells they have; new columns are empty in them.
    """
    mark, text, codec = _decoded(data, dialect.encoding)
    new = {row: [_encoded(one, dialect, codec) for one in cells] for row, cells in values.items()}
    records = list(_records(text, dialect))
    head = next((index for index, one in enumerate(records) if not _before(one, text)), None)
    if head is None:
        return data
    names = [_named(text[start:end], dialect, codec) for start, end in records[head].cells]
    width = max(len(one.cells) for one in records[head:])
    places: list[int] = []
    for header in headers:
        there = names.index(header) if header in names else None
        places.append(width if there is None else there)
        width += there is None
    parts: list[str] = []
    position = 0
    for index, one in enumerate(records[head:]):
        if one.blank:
            continue
        cells = next((new[row] for row in range(one.first, one.last + 1) if row in new), None)
        if index == 0:
            cells = [_encoded(header, dialect, codec) for header in headers]
        by_place = dict(zip(places, cells or [], strict=False))
        for start, end, cell in _edits(one, by_place, width, dialect.delimiter, new=index == 0):
            parts += [text[position:start], cell]
            position = end
    return mark + "".join([*parts, text[position:]]).encode(codec, "surrogatepass")


def _edits(
    record: _Record, cells: Mapping[int, str], width: int, delimiter: str, *, new: bool
) -> Iterator[tuple[int, int, str]]:
    """(start, end, what stands there now) of what changes in a record; with `new` only its end."""
    count = len(record.cells)
    for place in sorted(cells):
        if place < count and not new:
            yield *record.cells[place], cells[place]
    end = record.cells[-1][1]
    added = "".join(delimiter + cells.get(place, "") for place in range(count, width))
    if added:
        yield end, end, added


def _records(text: str, dialect: Dialect) -> Iterator[_Record]:
    plain = rf"[^{re.escape(dialect.delimiter)}\r\n]*"
    pattern = re.compile(rf'(?:"(?:[^"]|"")*")?{plain}' if dialect.quoted else plain)
    position, row = 0, 1
    while position < len(text):
        first, cells = row, []
        while True:
            found = pattern.match(text, position)
            assert found is not None  # it matches nothing, too
            cells.append(found.span())
            row += len(_ENDS.findall(found[0]))
            position = found.end()
            if not text.startswith(dialect.delimiter, position):
                break
            position += 1
        yield _Record(first=first, last=row, cells=cells)
        end = _ENDS.match(text, position)
        position, row = (end.end() if end else len(text)), row + 1


def _before(record: _Record, text: str) -> bool:
    """Whether a record stands before the header: a blank row, or Excel's word on the delimiter."""
    start, end = record.cells[0][0], record.cells[-1][1]
    written = text[start:end].strip()
    return not written or (record.first == 1 and bool(_SEPARATOR_ROW.fullmatch(written)))


def _decoded(data: bytes, encoding: str) -> tuple[bytes, str, str]:
    """Byte-order mark, text, and the codec that gives exactly these bytes back."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return mark, data[len(mark) :].decode(name, "surrogatepass"), name
    text = data.decode(encoding)
    if text.encode(encoding) == data:
        return b"", text, encoding
    # CP932 has characters with two codes each. Delimiters, quotes and line ends are bytes of their
    # own in it, so the bytes can stand for characters.
    return b"", data.decode("latin-1"), "latin-1"


def _named(cell: str, dialect: Dialect, codec: str) -> str:
    cell = cell.encode(codec).decode(dialect.encoding) if codec == "latin-1" else cell
    if dialect.quoted and cell.startswith('"'):
        cell = cell[1:].rstrip().removesuffix('"').replace('""', '"')
    return cell.strip()


def _encoded(cell: str, dialect: Dialect, codec: str) -> str:
    """A new cell as it is written, in the text that stands for the bytes."""
    if not dialect.quoted:
        cell = " ".join(cell.split())
    elif any(mark in cell for mark in (dialect.delimiter, '"', "\r", "\n")):
        cell = '"' + cell.replace('"', '""') + '"'
    try:
        written = cell.encode(dialect.encoding if codec == "latin-1" else codec)
    except UnicodeEncodeError as error:
        raise UsageError(
            "export.back-encoding",
            f'"{cell}" cannot be written in {dialect.encoding}',
            hint=f"save the table as UTF-8: {error.object[error.start]!r} is not in that encoding",
        ) from None
    return written.decode(codec)
