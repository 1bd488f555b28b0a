"""String tables of Unity Localization, as its table window exports them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import LineCells
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.rich_text import without_tags
from sbv2cli.readers.table import header_cells, read_rows
from sbv2cli.records import ScriptLine

_LOCALE = re.compile(
    r".+\(([A-Za-z]{2,3})(?:[-_][A-Za-z0-9-_]+)?\)"
)  # Japanese(ja), English (en-US)
_VALUE = re.compile(r"\{[^{}]*\}")


def recognise(head: Head) -> Evidence:
    """A key, and a column for each locale."""
    headers = header_cells(head.first)
    ours = "Key" in headers and any(_LOCALE.fullmatch(header) for header in headers)
    return Evidence.SURE if ours else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines in the language that is asked for; the key is the id, the number `Id` is not."""

    def columns(headers: Sequence[str]) -> Mapping[str, str]:
        texts = (
            {} if "text" in options.columns else {"text": _column(headers, options, source_name)}
        )
        keys = {"id": "Key"} if "Key" in headers else {}
        return {**keys, **texts, **options.columns}

    return read_rows(stream, source_name, options, columns=columns, edit=_edit)


def _column(headers: Sequence[str], options: ReaderOptions, source_name: str) -> str:
    locales = {
        header: found[1].lower() for header in headers if (found := _LOCALE.fullmatch(header))
    }
    wanted = [header for header, locale in locales.items() if locale == options.language]
    if len(wanted) == 1:
        return wanted[0]
    problem = "no column has" if not wanted else "several columns have"
    raise ScriptError(
        "script.text-column",
        f"{problem} the language {options.language}; there is {', '.join(locales) or 'none'}",
        at=source_name,
        hint='name it: --column text="Japanese(ja)", or the language: --lang en',
    )


def _edit(row: LineCells) -> None:
    text = row.cells["text"]
    if text.value:
        text = replace(text, value=without_tags(text.value))
        row.cells = {**row.cells, "text": text}
    if not text.value:
        # A text that nobody has translated yet.
        row.cells = {**row.cells, "skip": replace(text, value=True)}
        row.complain("script.not-voiceable", "the text is empty in this language", severity="note")
    elif value := _VALUE.search(text.value):
        row.complain(
            "script.interpolation",
            f"{value[0]} is filled in by the game, not here",
            "text",
            severity="warning",
            hint="give the line a text of its own, or skip it",
        )


FORMAT = Format(read=read, recognise=recognise)
