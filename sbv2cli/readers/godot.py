"""Translation tables of Godot, and others with a key and a column for each language.

`keys,en,ja`, as Godot imports them; Dialogic's are such tables, and those of Dialogue Manager have
`_character` and `_notes` besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from sbv2cli.readers.cells import KEY_OF, LineCells, fold_header
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.language_columns import language_of, skip_untranslated, text_column
from sbv2cli.readers.table import header_cells, read_rows
from sbv2cli.records import ScriptLine

_KEYS = frozenset({"keys", "key", "id", "ids", "name", "namespace", "textid", "stringid", "label"})
_BBCODE = re.compile(
    r"\[/?(?:b|i|u|s|p|br|hr|code|center|left|right|fill|indent|url|hint|img|font|font_size|color"
    r"|bgcolor|fgcolor|outline_size|outline_color|table|cell|ul|ol|lb|rb|wave|tornado|shake|fade"
    r"|rainbow|pulse|wait|speed|pause|next|signal|do|set)(?:[ =][^\[\]]*)?/?\]"
)
_VALUE = re.compile(r"\{[^{}]*\}|%(?:\d+\$)?[-+0]?\d*(?:\.\d+)?[sdfi]")
_ESCAPE = re.compile(r"\\([nrt\\\"'])")
_MEANT = {"n": "\n", "r": "", "t": "\t"}


def recognise(head: Head) -> Evidence:
    """A key, columns called as languages are, and no other column of texts."""
    headers = [cell for cell in header_cells(head.first) if cell]
    folded = [fold_header(header) for header in headers]
    languages = sum(language_of(header) is not None for header in headers[1:])
    other = any(KEY_OF.get(name) == "text" for name in folded)
    ours = len(headers) > 1 and folded[0] in _KEYS and languages and not other
    return Evidence.SURE if ours else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines in the language that is asked for; the key is the id."""

    def columns(headers: Sequence[str]) -> Mapping[str, str]:
        found = {} if "text" in options.columns else {
            "text": text_column(headers, options, source_name)
        }  # fmt: skip
        key = next((one for one in headers if fold_header(one) in _KEYS - {"namespace"}), None)
        found |= {} if key is None else {"id": key}
        found |= {"character": "_character"} if "_character" in headers else {}
        return {**found, **options.columns}

    return read_rows(stream, source_name, options, columns=columns, edit=_edit)


def _edit(row: LineCells) -> None:
    written = str(row.cells["text"].value or "")
    text = _BBCODE.sub("", _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), written))
    row.cells = {**row.cells, "text": replace(row.cells["text"], value=text.strip())}
    skip_untranslated(row)
    if value := _VALUE.search(text):
        row.complain_value(value[0])


FORMAT = Format(read=read, recognise=recognise)
