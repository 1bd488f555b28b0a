"""Localisation documents of Naninovel: what each text of a script is in another language.

A record is headed by the identifiers of a text, `# 1|2`, then come comments with the command that
holds the text and with its source, then the translation, cut by `|` where the source is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import Cell
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.naninovel import GameText, Message, command, generic, spoken
from sbv2cli.records import ScriptLine, Source

_TITLE = re.compile(
    r";[^\n<]*<(?P<source>[\w-]+)>[^\n<]*<(?P<target>[\w-]+)>\s+locali[sz]ation document for\b.*"
)
_CUT = re.compile(r"(?<!\\)\|")
_BETWEEN = re.compile(r"\|#[^|\s]+\|([^…]*)")  # what the command holds behind each text


def recognise(head: Head) -> Evidence:
    """The first row, which names both languages."""
    return Evidence.SURE if _TITLE.match(head.first) else Evidence.NONE


@dataclass(slots=True)
class _Record:
    """One text in both languages."""

    at: Source
    identities: tuple[str, ...]
    command: str = ""  # that holds the text, with … where the text is
    source: list[str] = field(default_factory=list)
    source_at: Source | None = None
    target: list[str] = field(default_factory=list)
    target_at: Source | None = None


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The texts in the language that is asked for."""
    script, number = PurePath(source_name).stem, 0
    title: re.Match[str] | None = None
    record: _Record | None = None
    wanted = "target"
    for row, written in rows(stream, source_name, options):
        if title is None:
            title = _TITLE.match(written.strip())
            if title is not None:
                wanted = _wanted(title, options, source_name)
            continue
        if written.startswith("# "):
            if record is not None:
                number += 1
                yield _line(record, number, script, wanted, options)
            at = Source(path=source_name, row=row, column=1)
            record = _Record(at, tuple(written[2:].strip().split("|")))
        elif record is not None:
            _take(record, written, row)
    if record is not None:
        yield _line(record, number + 1, script, wanted, options)


def _wanted(title: re.Match[str], options: ReaderOptions, source_name: str) -> str:
    for side in ("target", "source"):
        if re.split(r"[-_]", title[side].casefold())[0] == options.language:
            return side
    raise ScriptError(
        "script.text-column",
        f"the document has no {options.language}; there is {title['target']}, {title['source']}",
        at=source_name,
        hint=f"name the language: --lang {title['target']}",
    )


def _take(record: _Record, written: str, row: int) -> None:
    """A row of a record."""
    at = Source(path=record.at.path, row=row, column=1)
    if written.startswith("; > "):
        record.command = written[4:]
    elif written.startswith("; ") and not record.target:
        record.source.append(written[2:])
        record.source_at = record.source_at or Source(path=at.path, row=row, column=3)
    elif written.strip():
        record.target.append(written)
        record.target_at = record.target_at or at


def _line(
    record: _Record, number: int, script: str, wanted: str, options: ReaderOptions
) -> ScriptLine:
    written = "\n".join(getattr(record, wanted))
    at = getattr(record, f"{wanted}_at") or record.at
    holder = _holder(record)
    text = _text(written, record)
    message = Message(
        at, text, holder.character, record.identities, holder.choice, meta=holder.meta
    )
    row = message.cells(number, script)
    if not text.words and not message.choice:
        # A text that nobody has translated yet.
        row.cells = {**row.cells, "skip": Cell(value=True, at=at)}
        row.complain("script.not-voiceable", "the text is empty in this language", severity="note")
    return line_of(row, at.path, options)


def _holder(record: _Record) -> Message:
    """Who says a text, and whether it is to be chosen: what the command says that holds it."""
    if not record.command.startswith("@"):
        return generic(record.command, record.at)
    held = command(record.command, record.at)
    # Other commands show a text (a title, a note) that nobody says.
    return held or Message(record.at, GameText(words=""), choice=True)


def _text(written: str, record: _Record) -> GameText:
    """The pieces of a text with the expressions that the command holds between them."""
    pieces = _CUT.split(written)
    between = _BETWEEN.findall(record.command)
    values = ["".join(re.findall(r"\{[^{}]*\}", one)) for one in between]
    values += [""] * (len(pieces) - len(values))
    return spoken("".join(piece + value for piece, value in zip(pieces, values, strict=False)))


FORMAT = Format(read=read, recognise=recognise)
