"""Dialogue tables as game tools export them: Ren'Py, Yarn Spinner, and VOICEVOX's text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.decode import DEFAULTS, ReaderOptions, rows
from sbv2cli.readers.line_from_cells import Cell, Row, line_of
from sbv2cli.readers.table import read_rows
from sbv2cli.records import ScriptLine, Source

RENPY_HEADER = ("Identifier", "Character", "Dialogue", "Filename", "Line Number", "Ren'Py Script")
YARN_HEADER = ("language", "id", "text", "file", "node", "lineNumber", "lock", "comment")

_RENPY_ESCAPE = re.compile(r'\\(["\\tn])')
_RENPY_TAG = re.compile(r"\{/?[a-zA-Z_=#][^{}]*\}|\{/[a-zA-Z]*\}")
_RENPY_VALUE = re.compile(r"(?<!\[)\[(?!\[)[^\[\]]+\]")
_YARN_MARKUP = re.compile(r"\[/?[a-zA-Z_][^\[\]]*\]|\[/\]")
_YARN_NAME = re.compile(r"([^:：\s][^:：]{0,39})[:：]\s*(.*)", re.DOTALL)
_YARN_VALUE = re.compile(r"\{\d+\}")
_VOICEVOX_CAST = re.compile(r"(.{1,100}?)[(（](.{1,100}?)[)）]")


def read_renpy(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of Ren'Py's `dialogue.tab`.

    Its cells are never quoted, so a quote at the beginning of one is a character. Rows that share
    an identifier are one block, spoken as one line. Menu captions and strings have no voice.
    """
    keys: dict[str, int] = {}
    number = 0
    block: list[Row] = []
    for row, written in rows(stream, source_name, options):
        cells = written.split("\t")
        if not keys:
            keys = _renpy_keys(cells, source_name, row)
            continue
        if not written.strip():
            continue
        number += 1
        following = _renpy_row(number, row, cells, keys, source_name)
        same = block and _identity(block[0]) and _identity(block[0]) == _identity(following)
        if block and not same:
            yield _renpy_line(block, source_name, options)
            block = []
        block.append(following)
    if block:
        yield _renpy_line(block, source_name, options)


def _renpy_keys(cells: list[str], source_name: str, row: int) -> dict[str, int]:
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


def _renpy_row(
    number: int, row: int, written: list[str], keys: Mapping[str, int], source_name: str
) -> Row:
    starts = [1]
    for text in written:
        starts.append(starts[-1] + len(text) + 1)

    def cell(name: str) -> Cell:
        index = keys.get(name, len(written))
        present = index < len(written)
        column = starts[index] if present else None
        return Cell(
            value=written[index] if present else "",
            at=Source(path=source_name, row=row, column=column),
        )

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
        "text": Cell(value=_renpy_text(said.value), at=said.at),
        "character": Cell(value="" if menu else who, at=character.at),
        "skip": Cell(value=menu or not identity.value.strip(), at=said.at),
    }
    result = Row(number=number, source=said.at, cells=cells, meta=meta)
    if cells["skip"].value:
        result.complain(
            "script.not-voiceable", "menu captions and strings are not spoken", severity="note"
        )
    elif _RENPY_VALUE.search(said.value):
        result.complain(
            "script.interpolation",
            f"{_RENPY_VALUE.findall(said.value)[0]} is filled in by the game, not here",
            "text",
            severity="warning",
            hint="give the line a text of its own, or skip it",
        )
    return result


def _renpy_text(written: str) -> str:
    meanings = {"t": "\t", "n": "\n"}
    text = _RENPY_ESCAPE.sub(lambda match: meanings.get(match[1], match[1]), written)
    text = _RENPY_TAG.sub("", text)
    return text.replace("[[", "[").replace("{{", "{")


def _identity(row: Row) -> str:
    return str(row.cells["id"].value).strip()


def _renpy_line(block: list[Row], source_name: str, options: ReaderOptions) -> ScriptLine:
    first = block[0]
    if len(block) > 1:
        text = "\n".join(str(row.cells["text"].value) for row in block)
        first.cells = {**first.cells, "text": Cell(value=text, at=first.cells["text"].at)}
        first.findings += [finding for row in block[1:] for finding in row.findings]
    return line_of(first, source_name, options)


def read_yarn(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a Yarn Spinner string table; `Name: ` becomes the character."""
    return read_rows(stream, source_name, options, edit=_edit_yarn)


def _edit_yarn(row: Row) -> None:
    cells = dict(row.cells)
    # The table's `file` is the Yarn script, not a wish for a name.
    script = cells.pop("file", None)
    if script is not None and script.value:
        row.meta = {**row.meta, "file": script.value}
    # Unity looks for a file called like the id without its prefix.
    if "id" in cells and cells["id"].value:
        cells["id"] = replace(cells["id"], value=cells["id"].value.removeprefix("line:"))
    text = _YARN_MARKUP.sub("", cells["text"].value)
    named = _YARN_NAME.fullmatch(text)
    if named and not ("character" in cells and cells["character"].value):
        cells["character"] = replace(cells["text"], value=named[1].strip())
        text = named[2]
    cells["text"] = replace(cells["text"], value=text.strip())
    if value := _YARN_VALUE.search(text):
        row.complain(
            "script.interpolation",
            f"{value[0]} is filled in by the game, not here",
            "text",
            severity="warning",
            hint="give the line a text of its own, or skip it",
        )
    shadow = re.search(r"#?shadow:(\S+)", row.meta.get("comment", ""))
    if shadow:
        row.complain(
            "script.not-voiceable",
            f"a shadow of {shadow[1]}, which has the audio",
            severity="note",
        )
        cells["skip"] = replace(cells["text"], value=True)
    row.cells = cells


def read_voicevox(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of VOICEVOX's text: `キャラ(スタイル),セリフ`, a row a line."""
    number = 0
    character = style = None
    for row, written in rows(stream, source_name, options):
        if not written.strip():
            continue
        number += 1
        who, comma, said = written.partition(",")
        start = len(who) + 2
        if comma:
            match = _VOICEVOX_CAST.fullmatch(who.strip())
            character, style = (match[1], match[2]) if match else (who.strip(), None)
        else:
            said, start = written, 1
        at = Source(path=source_name, row=row, column=start)
        cells = {
            "text": Cell(value=said.strip(), at=at),
            "character": Cell(value=character, at=Source(path=source_name, row=row, column=1)),
            # ノーマル is VOICEVOX's word for a voice without a style.
            "style": Cell(
                value=None if style == "ノーマル" else style,
                at=Source(path=source_name, row=row, column=1),
            ),
        }
        yield line_of(Row(number=number, source=at, cells=cells), source_name, options)
