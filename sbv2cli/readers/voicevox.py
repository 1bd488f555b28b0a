"""VOICEVOX's text: `キャラ(スタイル),セリフ`, a row a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.records import ScriptLine, Source

_CAST = re.compile(r"(.{1,100}?)[(（](.{1,100}?)[)）]")
_ROW = re.compile(r"[^,、。「」\s（(][^,、。「」（(]{0,39}[(（][^,、。（()）]{1,39}[)）],.*")
_ROWS = 2  # in one row alone, a name with a remark behind it may begin a sentence


def recognise(head: Head) -> Evidence:
    """Each row names who speaks and in which style."""
    rows = head.rows
    ours = len(rows) >= _ROWS and all(_ROW.fullmatch(row.strip()) for row in rows)
    return Evidence.SURE if ours else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines; a row without a comma goes on with the character before."""
    number = 0
    character = style = None
    for row, written in rows(stream, source_name, options):
        if not written.strip():
            continue
        number += 1
        who, comma, said = written.partition(",")
        start = len(who) + 2
        if comma:
            match = _CAST.fullmatch(who.strip())
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
        yield line_of(LineCells(number=number, source=at, cells=cells), source_name, options)


FORMAT = Format(read=read, recognise=recognise)
