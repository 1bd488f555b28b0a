"""Translations of Ren'Py, `game/tl/LANGUAGE/*.rpy`: what is said in their `translate` blocks.

The identifier of a block is the id of its line, and what Ren'Py names the voice file by. Other
sources of Ren'Py are programs and are refused; the launcher extracts their dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.renpy import VALUE, without_tags
from sbv2cli.records import Finding, ScriptLine, Source

_BLOCK = re.compile(r"translate\s+(\w+)\s+([\w.]+)\s*:\s*(?:#.*)?")
_OTHER_BLOCKS = frozenset({"strings", "python", "style"})
_QUOTED = r'"(?:[^"\\]|\\.)*"'
# Who says it (a variable with image attributes, or a name in quotes) and what.
_SAYS = re.compile(rf"(?:(\w[\w.]*)(?:\s+[@\w-]+)*\s+|({_QUOTED})\s+)?({_QUOTED})")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_STATEMENTS = frozenset({"voice", "play", "queue", "stop", "show", "scene", "hide", "old", "new"})


def recognise(head: Head) -> Evidence:
    """A block of a translation."""
    ours = any(_BLOCK.fullmatch(row.rstrip()) for row in head.rows)
    return Evidence.SURE if ours else Evidence.NONE


@dataclass(slots=True)
class _Block:
    """One `translate` block."""

    identity: str
    at: Source
    who: str | None = None
    said: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """What a file holds beside its lines."""

    rows: bool = False
    blocks: int = 0
    strings: int = 0  # of menus and screens


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a translation; several things said in one block are one line."""
    seen = _Seen()
    lines = [
        _line(block, number, options)
        for number, block in enumerate(_blocks(stream, source_name, options, seen), start=1)
    ]
    if seen.rows and not seen.blocks:
        raise ScriptError(
            "script.unsupported",
            "this is a Ren'Py source without translations, which is not read",
            at=source_name,
            hint="Ren'Py's launcher: Extract Dialogue, tab-delimited, writes dialogue.tab",
        )
    if seen.strings and not lines:
        raise ScriptError(
            "script.unsupported",
            f"this holds {seen.strings} texts of menus and screens alone, which are not read",
            at=source_name,
            hint="give the files of tl/LANGUAGE that translate dialogue",
        )
    if seen.strings:
        note = Finding(
            code="script.left-out",
            severity="note",
            message=f"texts of menus and screens are not spoken: {seen.strings}",
            at=Source(path=source_name, row=1),
        )
        lines[0] = replace(lines[0], findings=(note, *lines[0].findings))
    yield from lines


def _blocks(
    stream: BinaryIO, source_name: str, options: ReaderOptions, seen: _Seen
) -> Iterator[_Block]:
    """The blocks in which something is said."""
    block: _Block | None = None
    before, strings = None, False
    for row, written in rows(stream, source_name, options):
        plain = written.strip()
        seen.rows = seen.rows or bool(plain)
        if not plain or plain.startswith("#"):
            continue
        if not written[0].isspace():
            if block is not None and block.said:
                before = block.who
                yield block
            opening = _BLOCK.fullmatch(plain)
            seen.blocks += opening is not None
            strings = opening is not None and opening[2] == "strings"
            at = Source(path=source_name, row=row, column=1)
            spoken = opening is not None and opening[2] not in _OTHER_BLOCKS
            block = _Block(opening[2], at) if opening is not None and spoken else None
        elif block is not None:
            _take(block, written, row, before)
        elif strings:
            seen.strings += plain.startswith("new ")
    if block is not None and block.said:
        yield block


def _take(block: _Block, written: str, row: int, before: str | None) -> None:
    """What a row of a block says."""
    indent = len(written) - len(written.lstrip())
    says = _SAYS.match(written, indent)
    if says is None or says[1] in _STATEMENTS:
        return
    who = says[1] or (_unescaped(says[2]) if says[2] else None)
    if not block.said:
        block.at = Source(path=block.at.path, row=row, column=says.start(3) + 2)
        block.who = before if who == "extend" else who
    block.said.append(_unescaped(says[3]))


def _unescaped(quoted: str) -> str:
    def meant(escape: re.Match[str]) -> str:
        return "\n" if escape[1] == "n" else escape[1]

    return _ESCAPE.sub(meant, quoted[1:-1])


def _line(block: _Block, number: int, options: ReaderOptions) -> ScriptLine:
    written = "\n".join(block.said)
    cells = {
        "id": Cell(value=block.identity, at=block.at),
        "text": Cell(value=without_tags(written), at=block.at),
        "character": Cell(value=block.who, at=block.at),
    }
    line = LineCells(number=number, source=block.at, cells=cells)
    line.holds(VALUE.findall(written))
    return line_of(line, block.at.path, options)


FORMAT = Format(read=read, recognise=recognise)
