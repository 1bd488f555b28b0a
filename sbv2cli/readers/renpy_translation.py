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
    speeches: list[_Speech] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Speech:
    """What one character says in a block, in one or several rows."""

    at: Source
    who: str | None
    said: tuple[str, ...]


@dataclass(slots=True)
class _Seen:
    """What a file holds beside its lines."""

    rows: bool = False
    blocks: int = 0
    strings: int = 0  # of menus and screens


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a translation; what one character says in a block is one line."""
    seen = _Seen()
    lines: list[ScriptLine] = []
    for block in _blocks(stream, source_name, options, seen):
        lines += _lines(block, len(lines) + 1, options)
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
            if block is not None and block.speeches:
                before = block.speeches[-1].who
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
    if block is not None and block.speeches:
        yield block


def _take(block: _Block, written: str, row: int, before: str | None) -> None:
    """What a row of a block says."""
    indent = len(written) - len(written.lstrip())
    says = _SAYS.match(written, indent)
    if says is None or says[1] in _STATEMENTS:
        return
    who = says[1] or (_unescaped(says[2]) if says[2] else None)
    said = _unescaped(says[3])
    last = block.speeches[-1] if block.speeches else None
    if who == "extend":
        who = before if last is None else last.who
    if last is not None and last.who == who:
        block.speeches[-1] = replace(last, said=(*last.said, said))
    else:
        at = Source(path=block.at.path, row=row, column=says.start(3) + 2)
        block.speeches.append(_Speech(at, who, (said,)))


def _unescaped(quoted: str) -> str:
    def meant(escape: re.Match[str]) -> str:
        return "\n" if escape[1] == "n" else escape[1]

    return _ESCAPE.sub(meant, quoted[1:-1])


def _lines(block: _Block, number: int, options: ReaderOptions) -> Iterator[ScriptLine]:
    for count, speech in enumerate(block.speeches):
        identity = f"{block.identity}.{count + 1}" if count else block.identity
        written = "\n".join(speech.said)
        cells = {
            "id": Cell(value=identity, at=speech.at),
            "text": Cell(value=without_tags(written), at=speech.at),
            "character": Cell(value=speech.who, at=speech.at),
        }
        line = LineCells(number=number + count, source=speech.at, cells=cells)
        line.holds(VALUE.findall(written))
        if count:
            line.complain(
                "script.speakers-several",
                f'another character speaks in the block "{block.identity}", so the line is'
                f" {identity}; Ren'Py looks for voices by the name of the block alone",
                "text",
                hint=f'put a voice statement before it: voice "{identity}.ogg"',
                severity="warning",
            )
        yield line_of(line, speech.at.path, options)


FORMAT = Format(read=read, recognise=recognise)
