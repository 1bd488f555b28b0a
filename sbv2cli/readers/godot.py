"""Translation tables of Godot, and others with a key and a column for each language.

`keys,en,ja`, as Godot imports them; Dialogic's are such tables, and those of Dialogue Manager have
`_character` and `_notes` besides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sbv2cli.readers.cells import KEY_OF, LineCells, fold_header
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.language_columns import language_of, skip_untranslated, text_column
from sbv2cli.readers.table import table_format
from sbv2cli.readers.table_layout import Layout

_KEYS = frozenset({"keys", "key", "id", "ids", "name", "namespace", "textid", "stringid", "label"})
_BBCODE = re.compile(
    r"\[/?(?:b|i|u|s|p|br|hr|code|center|left|right|fill|indent|url|hint|img|font|font_size|color"
    r"|bgcolor|fgcolor|outline_size|outline_color|table|cell|ul|ol|lb|rb|wave|tornado|shake|fade"
    r"|rainbow|pulse|wait|speed|pause|next|signal|do|set)(?:[ =][^\[\]]*)?/?\]"
)
_VALUE = re.compile(r"\{[^{}]*\}|%(?:\d+\$)?[-+0]?\d*(?:\.\d+)?[sdfi]")
_ESCAPE = re.compile(r"\\([nrt\\\"'])")
_MEANT = {"n": "\n", "r": "", "t": "\t"}


def owns(headers: Sequence[str]) -> bool:
    """A key, columns called as languages are, and no other column of texts."""
    named = [header for header in headers if header.strip()]
    folded = [fold_header(header) for header in named]
    languages = any(language_of(header) for header in named[1:])
    other = any(KEY_OF.get(name) == "text" for name in folded)
    return bool(folded) and folded[0] in _KEYS and languages and not other


def columns(headers: Sequence[str], options: ReaderOptions, at: str) -> Mapping[str, str]:
    """The text in the language that is asked for; the key is the id."""
    found = {}
    key = next((one for one in headers if fold_header(one) in _KEYS - {"namespace"}), None)
    if key is not None:
        found["id"] = key
    if "_character" in headers:
        found["character"] = "_character"
    if "text" not in options.columns:
        found["text"] = text_column(headers, options, at)
    return found


def _edit(row: LineCells) -> None:
    written = str(row.cells["text"].value or "")
    text = _BBCODE.sub("", _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), written))
    row.cells = {**row.cells, "text": replace(row.cells["text"], value=text.strip())}
    skip_untranslated(row)
    row.holds(_VALUE.findall(text))


LAYOUT = Layout(owns=owns, columns=columns, edit=_edit)
FORMAT = table_format(LAYOUT)
