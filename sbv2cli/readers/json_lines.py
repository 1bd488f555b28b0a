"""JSON lines and JSON arrays: the interchange record, and a superset of Piper's keys.

An object a row (`{"text": ...}`), an array of them, or an object with the array in `lines`, or in
another member if that is its only one. An object may also hold the lines under their ids. A string
in the place of an object is a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from sbv2cli.errors import ScriptError, did_you_mean
from sbv2cli.readers.cells import KEY_OF, Cell, LineCells, fold_header
from sbv2cli.readers.decode import document, rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.records import ScriptLine, Source

_BLANKS = re.compile(r"[ \t\r\n]*")
_BEGINNING = re.compile(r'\s*(?:\{\s*"|\[\s*(?:\{\s*"|"|$)|\{\s*$)')
_SHOWN = 40
_DEEPER = "are its lines deeper in it? give them as an array of objects with the key text"


def recognise(head: Head) -> Evidence:
    """An object or an array of objects or texts; not {laughs}, and not [a stage direction]."""
    begins = _BEGINNING.match(head.text)
    return Evidence.LIKELY if begins else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a JSON script; whether rows or one document is told from its beginning."""
    for number, (at, value, problem) in enumerate(values(stream, source_name, options), start=1):
        yield _line(number, at, value, problem, options)


def values(
    stream: BinaryIO, source_name: str, options: ReaderOptions
) -> Iterator[tuple[Source, Any, str | None]]:
    """(place, value, what is wrong with the JSON) of each record."""
    if _is_document(stream, source_name, options):
        yield from _document_values(document(stream, source_name, options), source_name, options)
        return
    for row, written in rows(stream, source_name, options):
        if not written.strip():
            continue
        at = Source(path=source_name, row=row, column=1)
        try:
            yield at, decode(written), None
        except ValueError as error:
            column, message = describe(error)
            yield Source(path=source_name, row=row, column=column), None, message


def line_of_json(
    number: int, at: Source, written: str, options: ReaderOptions = DEFAULTS
) -> ScriptLine:
    """One row of JSON lines as a line; what is wrong with it is a finding."""
    try:
        return _line(number, at, decode(written), None, options)
    except ValueError as error:
        column, message = describe(error)
        return _line(number, replace(at, column=column), None, message, options)


def decode(written: str) -> Any:
    """A JSON value; `ValueError` for anything that is none, however deep it is nested."""
    try:
        return json.loads(written)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def describe(error: ValueError) -> tuple[int, str]:
    """(column, message) of what is wrong with a row of JSON."""
    if isinstance(error, json.JSONDecodeError):
        return error.colno, f"not JSON: {error.msg.lower()}"
    # Python refuses integers of more than 4,300 digits with a message of its own.
    message = "nested too deeply" if "nested" in str(error) else "a number too long"
    return 1, f"not JSON that can be read: {message}"


def _is_document(stream: BinaryIO, source_name: str, options: ReaderOptions) -> bool:
    """An array, or an object that does not end with its first row."""
    written_rows = rows(stream, source_name, options)
    for _, written in written_rows:
        begins = written.strip()
        if not begins:
            continue
        if begins.startswith("{"):
            try:
                value = decode(begins)
            except json.JSONDecodeError as error:
                # The row ends before the object does; a wrong row of JSON lines ends elsewhere.
                return error.pos >= len(begins) - 1
            except ValueError:
                return False
            if isinstance(value, dict) and "lines" in value and "text" not in value:
                return True
            holds = _member_with_lines(value, options) is not None or _is_by_id(value, options)
            # A row of JSON lines may hold lines too, as the choices that it offers.
            return holds and not any(one.strip() for _, one in written_rows)
        return begins.startswith("[")
    return False


class Walker:
    """Goes through a document value by value, so that each knows its row."""

    def __init__(self, text: str, source_name: str) -> None:
        self.text = text
        self.source_name = source_name
        self.position = 0
        self._decoder = json.JSONDecoder()
        self._counted = 0
        self._row = 1
        self._row_start = 0

    def place(self) -> Source:
        """Where the walker is."""
        newline = self.text.rfind("\n", self._counted, self.position)
        if newline >= 0:
            self._row += self.text.count("\n", self._counted, self.position)
            self._row_start = newline + 1
        self._counted = self.position
        column = self.position - self._row_start + 1
        return Source(path=self.source_name, row=self._row, column=column)

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        match = _BLANKS.match(self.text, self.position)
        assert match is not None
        self.position = match.end()
        return self.text[self.position : self.position + 1]

    def take(self, wanted: str) -> None:
        """Go past a mark that must stand here."""
        if self.peek() != wanted:
            found = self.text[self.position : self.position + 1]
            raise self.error(f'"{wanted}" expected, found {json.dumps(found) if found else "end"}')
        self.position += 1

    def value(self) -> Any:
        """The value that begins here."""
        self.peek()
        try:
            value, self.position = self._decoder.raw_decode(self.text, self.position)
        except RecursionError:
            raise self.error("nested too deeply") from None
        except json.JSONDecodeError as error:
            self.position = min(error.pos, len(self.text))
            raise self.error(error.msg.lower()) from None
        except ValueError:
            raise self.error("a number too long") from None
        return value

    def error(self, message: str) -> ScriptError:
        """What is wrong here."""
        return ScriptError("script.json", f"not JSON: {message}", at=str(self.place()))


def _document_values(
    text: str, source_name: str, options: ReaderOptions
) -> Iterator[tuple[Source, Any, str | None]]:
    walker = Walker(text, source_name)
    if walker.peek() == "[":
        yield from _array(walker)
    else:
        yield from _object(walker, options)
    if walker.peek():
        raise walker.error("something follows the end")


def _is_line(value: Any, options: ReaderOptions) -> bool:
    """Whether it is an object with a text."""
    if not isinstance(value, dict):
        return False
    name = options.columns.get("text")
    return any(
        isinstance(said, str)
        and (key == name or (not name and KEY_OF.get(fold_header(key)) == "text"))
        for key, said in value.items()
    )


def _member_with_lines(value: Any, options: ReaderOptions) -> str | None:
    """The member of an object that is an array of lines, where no other holds more than a value."""
    if not isinstance(value, dict) or _is_line(value, options):
        return None
    held = [key for key, one in value.items() if isinstance(one, dict | list)]
    lines = value[held[0]] if len(held) == 1 else None
    if isinstance(lines, list) and lines and all(_is_line(one, options) for one in lines):
        return str(held[0])
    return None


def _is_by_id(value: Any, options: ReaderOptions) -> bool:
    """Whether an object holds nothing but lines, under their ids."""
    return (
        isinstance(value, dict)
        and bool(value)
        and not _is_line(value, options)
        and all(_is_line(one, options) for one in value.values())
    )


def _array(walker: Walker) -> Iterator[tuple[Source, Any, str | None]]:
    walker.take("[")
    if walker.peek() == "]":
        walker.take("]")
        return
    while True:
        walker.peek()
        at = walker.place()
        yield at, walker.value(), None
        if walker.peek() != ",":
            walker.take("]")
            return
        walker.take(",")


def _object(walker: Walker, options: ReaderOptions) -> Iterator[tuple[Source, Any, str | None]]:
    """An object with `lines` or of lines; else one that is a line itself, over several rows."""
    walker.peek()
    at, whole = walker.place(), {}
    named, by_id = _shape(walker.text, walker.position, options)
    found = by_id
    walker.take("{")
    while walker.peek() != "}":
        key = walker.value()
        if not isinstance(key, str):
            raise walker.error("a key is text")
        walker.take(":")
        if key == named and walker.peek() == "[":
            found = True
            yield from _array(walker)
        elif by_id:
            walker.peek()
            place = walker.place()
            yield place, {"id": key} | walker.value(), None
        else:
            whole[key] = walker.value()
        if walker.peek() == "," or walker.peek() != "}":
            walker.take(",")
    walker.take("}")
    if not found:
        yield at, whole, None


def _shape(text: str, position: int, options: ReaderOptions) -> tuple[str, bool]:
    """The member of an object that holds its lines, and whether it holds them under their ids."""
    try:
        whole, _ = json.JSONDecoder().raw_decode(text, position)
    except (ValueError, RecursionError):
        return "lines", False  # what is wrong is told where it stands
    if "lines" in whole:
        return "lines", False
    return _member_with_lines(whole, options) or "lines", _is_by_id(whole, options)


def _line(
    number: int, at: Source, value: Any, problem: str | None, options: ReaderOptions
) -> ScriptLine:
    if isinstance(value, str):
        value = {"text": value}
    if isinstance(value, dict):
        return line_of(row_of(number, at, value, options.columns), at.path, options)
    row = LineCells(number=number, source=at, cells={"text": Cell(value="", at=at)})
    row.complain(
        "script.json",
        problem or f"a line is an object, not {json.dumps(value, ensure_ascii=False)[:_SHOWN]}",
        hint='write {"text": "..."}',
    )
    return line_of(row, at.path)


def row_of(
    number: int, at: Source, record: Mapping[str, Any], columns: Mapping[str, str]
) -> LineCells:
    """A record as a row; a key that we do not know goes to `meta`."""
    cells: dict[str, Cell] = {}
    meta: dict[str, str] = {}
    named = {header: key for key, header in columns.items() if header}
    ignored = columns.keys() - named.values()
    for name in sorted(record, key=lambda name: KEY_OF.get(fold_header(name)) != name):
        value = record[name]
        key = named.get(name) or KEY_OF.get(fold_header(name)) or _carried(name)
        if key is not None and key not in cells and key not in ignored:
            cells[key] = Cell(value=value, at=at)
        elif name == "meta" and isinstance(value, dict):
            meta |= {inner: _as_text(content) for inner, content in value.items()}
        elif value is not None:
            meta[name] = _as_text(value)
    row = LineCells(number=number, source=at, cells=cells)
    row.meta = {row.clean(name, "meta"): row.clean(said, "meta") for name, said in meta.items()}
    if "text" not in cells and record:
        deeper = any(isinstance(one, list | dict) and one for one in record.values())
        hint = did_you_mean("text", record)
        row.complain(
            "script.text-missing", "the line has no text", hint=_DEEPER if deeper else hint
        )
        row.cells = {**cells, "text": Cell(value="", at=at)}
    return row


def _carried(name: str) -> str | None:
    return name if name in ("phones", "spans") else None


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


FORMAT = Format(read=read, recognise=recognise)
JSON = Format(read=read)
