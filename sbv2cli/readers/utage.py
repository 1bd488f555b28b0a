"""Scenario sheets of Utage (宴): `Command`, `Arg1` … `Arg6`, `Text`, `PageCtrl`, `Voice`.

A row with a text and without a command is a line; `Arg1` says who speaks, `Voice` names the file.
What is to be chosen is a line that is skipped. Labels, commands and rows behind `//` are no lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.language_columns import language_of, skip_untranslated
from sbv2cli.readers.rich_text import VALUE_TAG, without_tags
from sbv2cli.readers.table import table_format
from sbv2cli.readers.table_layout import Layout

_HEADERS = frozenset({"Command", "Arg1", "Text"})
# Sheets of a book that set up the game, but for those whose headers say so: names of things, and
# macros, whose texts are filled in where they are called.
SETTINGS = frozenset({"localize", "macro"})
_CHOOSES = re.compile(r"selection", re.IGNORECASE)
_VALUE = re.compile(VALUE_TAG)


def owns(headers: Sequence[str]) -> bool:
    """The headers of a scenario."""
    return {header.strip() for header in headers} >= _HEADERS


def columns(headers: Sequence[str], options: ReaderOptions, at: str) -> Mapping[str, str]:
    """The text of the language that is asked for, where there is a column for it."""
    del at
    text = next((one for one in headers if language_of(one) == options.language), "Text")
    found = {"text": text, "character": "Arg1", "file": "Voice"}
    return {key: header for key, header in found.items() if header in headers}


def is_line(row: LineCells) -> bool:
    """A row that shows a text, in whatever language."""
    command = row.meta.get("Command", "")
    shown = row.cells["text"].value or row.meta.get("Text")
    return bool(shown) and not command.startswith(("//", "*"))


def edit(row: LineCells) -> None:
    """Take out what is not said, and say what is filled in."""
    # Utage's rows end with the last cell that is filled.
    row.findings = [one for one in row.findings if one.code != "script.row-short"]
    cells = dict(row.cells)
    written = str(cells["text"].value or "").replace("\\n", "\n")
    cells["text"] = replace(cells["text"], value=without_tags(written).strip())
    command = row.meta.get("Command", "")
    if command or not (cells.get("character") and cells["character"].value):
        # `Arg1` of a command is no name.
        cells["character"] = Cell(value=None, at=cells["text"].at)
    else:
        name = without_tags(str(cells["character"].value)).strip()
        cells["character"] = replace(cells["character"], value=name)
    row.cells = cells
    if _CHOOSES.match(command):
        row.cells = {**cells, "skip": Cell(value=True, at=cells["text"].at)}
        row.complain("script.not-voiceable", "choices are not spoken", severity="note")
        return
    skip_untranslated(row)
    row.holds(_VALUE.findall(written))


LAYOUT = Layout(owns=owns, columns=columns, edit=edit, is_line=is_line)
FORMAT = table_format(LAYOUT)
