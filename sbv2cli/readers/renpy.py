"""Ren'Py's `dialogue.tab`, as its launcher extracts dialogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.records import ScriptLine, Source

HEADER = ("Identifier", "Character", "Dialogue", "Filename", "Line Number", "Ren'Py Script")

_ESCAPE = re.compile(r'\\(["\\tn])')
# The tags of ruby are left for who reads ruby.
_TAG = re.compile(r"\{(?!/?r[bt]\})(?:/?[a-zA-Z_=#][^{}]*|/[a-zA-Z]*)\}")
VALUE = re.compile(r"(?<!\[)\[(?!\[)[^\[\]]+\]")


def recognise(head: Head) -> Evidence:
    """Its header; some exports leave out the last column, and write their own after it."""
    same = tuple(head.first.split("\t")[:3]) == HEADER[:3]
    return Evidence.SURE if same else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of Ren'Py's `dialogue.tab`.

    Its cells are never quoted, so a quote at the beginning of one is a character. Rows that share
    an identifier are one block, spoken as one line. Menu captions and strings have no voice.
    """
    keys: dict[str, int] = {}
    number = 0
    block: list[LineCells] = []
    for row, written in rows(stream, source_name, options):
        cells = written.split("\t")
        if not keys:
            keys = _keys(cells, source_name, row)
            continue
        if not written.strip():
            continue
        identity = _cell("Identifier", row, cells, keys, source_name).value.strip()
        if not block or not identity or identity != _identity(block[0]):
            if block:
                yield _line(block, source_name, options)
            block = []
            number += 1
        block.append(_row(number, row, cells, keys, source_name))
    if block:
        yield _line(block, source_name, options)


def _keys(cells: list[str], source_name: str, row: int) -> dict[str, int]:
    keys = {cell.strip(): index for index, cell in enumerate(cells)}
    missing = [name for name in ("Identifier", "Dialogue") if name not in keys]
    if missing:
        raise ScriptError(
            "script.text-column",
            f'the table has no column "{missing[0]}"',
            at=f"{source_name}:{row}",
            hint="export it with Ren'Py: Extract Dialogue, tab-delimited",
        )
    return keys


def _cell(
    name: str, row: int, written: list[str], keys: Mapping[str, int], source_name: str
) -> Cell:
    index = keys.get(name, len(written))
    present = index < len(written)
    column = sum(len(text) + 1 for text in written[:index]) + 1 if present else None
    return Cell(
        value=written[index] if present else "",
        at=Source(path=source_name, row=row, column=column),
    )


def _row(
    number: int, row: int, written: list[str], keys: Mapping[str, int], source_name: str
) -> LineCells:
    def cell(name: str) -> Cell:
        return _cell(name, row, written, keys, source_name)

    said = cell("Dialogue")
    identity, character = cell("Identifier"), cell("Character")
    who = character.value.strip().removeprefix("extend").strip().strip("\"'")
    meta = {
        name: cell(name).value
        for name in ("Filename", "Line Number", "Ren'Py Script")
        if cell(name).value
    }
    menu = who.startswith("<menu")
    cells = {
        "id": identity,
        "text": Cell(value=_text(said.value), at=said.at),
        "character": Cell(value="" if menu else who, at=character.at),
        "skip": Cell(value=menu or not identity.value.strip(), at=said.at),
    }
    result = LineCells(number=number, source=said.at, cells=cells, meta=meta)
    if cells["skip"].value:
        result.complain(
            "script.not-voiceable", "menu captions and strings are not spoken", severity="note"
        )
    result.holds(VALUE.findall(said.value))
    return result


def without_tags(text: str) -> str:
    """A text without Ren'Py's text tags, and with single brackets."""
    return _TAG.sub("", text).replace("[[", "[")


def _text(written: str) -> str:
    meanings = {"t": "\t", "n": "\n"}
    text = _ESCAPE.sub(lambda match: meanings.get(match[1], match[1]), written)
    return without_tags(text).replace("{{", "{")


def _identity(row: LineCells) -> str:
    return str(row.cells["id"].value).strip()


def _line(block: list[LineCells], source_name: str, options: ReaderOptions) -> ScriptLine:
    first = block[0]
    if len(block) > 1:
        text = "\n".join(str(row.cells["text"].value) for row in block)
        first.cells = {**first.cells, "text": Cell(value=text, at=first.cells["text"].at)}
        first.findings += [finding for row in block[1:] for finding in row.findings]
        first.holds(value for row in block[1:] for value in row.values or ())
    return line_of(first, source_name, options)


FORMAT = Format(read=read, recognise=recognise)
