"""String tables of Unity Localization, as its table window exports them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from sbv2cli.readers.cells import LineCells
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.language_columns import skip_untranslated, text_column
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
        locales = [header for header in headers if _LOCALE.fullmatch(header)]
        texts = (
            {}
            if "text" in options.columns
            else {"text": text_column(locales, options, source_name)}
        )
        keys = {"id": "Key"} if "Key" in headers else {}
        return {**keys, **texts, **options.columns}

    return read_rows(stream, source_name, options, columns=columns, edit=_edit)


def _edit(row: LineCells) -> None:
    text = row.cells["text"]
    if text.value:
        text = replace(text, value=without_tags(text.value))
        row.cells = {**row.cells, "text": text}
    skip_untranslated(row)
    if value := _VALUE.search(text.value or ""):
        row.complain_value(value[0])


FORMAT = Format(read=read, recognise=recognise)
