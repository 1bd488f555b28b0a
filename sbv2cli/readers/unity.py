"""String tables of Unity Localization, as its table window exports them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sbv2cli.readers.cells import LineCells
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.language_columns import skip_untranslated, text_column
from sbv2cli.readers.rich_text import VALUE_TAG, line_ends, without_tags
from sbv2cli.readers.table import table_format
from sbv2cli.readers.table_layout import Layout

_LOCALE = re.compile(
    r".+\(([A-Za-z]{2,3})(?:[-_][A-Za-z0-9-_]+)?\)"
)  # Japanese(ja), English (en-US)
# Also those with texts to choose from: {0:plural:one|{} many}.
_VALUE = re.compile(rf"\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|{VALUE_TAG}")


def owns(headers: Sequence[str]) -> bool:
    """A key, and a column for each locale."""
    return "Key" in headers and any(map(_LOCALE.fullmatch, headers))


def columns(headers: Sequence[str], options: ReaderOptions, at: str) -> Mapping[str, str]:
    """The text in the language that is asked for; the key is the id, the number `Id` is not."""
    found = {"id": "Key"} if "Key" in headers else {}
    if "text" not in options.columns:
        locales = [header for header in headers if _LOCALE.fullmatch(header)]
        found["text"] = text_column(locales, options, at)
    return found


def _edit(row: LineCells) -> None:
    text = row.cells["text"]
    if text.value:
        text = replace(text, value=without_tags(line_ends(text.value)).strip())
        row.cells = {**row.cells, "text": text}
    skip_untranslated(row)
    row.holds(_VALUE.findall(text.value or ""))


LAYOUT = Layout(owns=owns, columns=columns, edit=_edit)
FORMAT = table_format(LAYOUT)
