"""String tables of Yarn Spinner: Unity's, Godot's, and what `ysc` extracts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sbv2cli.readers.cells import LineCells, fold_header
from sbv2cli.readers.language_columns import skip_untranslated
from sbv2cli.readers.rich_text import line_ends
from sbv2cli.readers.table import table_format
from sbv2cli.readers.table_layout import Layout, no_columns

# Unity has language,id,text,file,node,lineNumber,lock,comment; Godot puts `original` behind the
# text, Rust writes line_number: so the names count, and not their places.
_KEYS = {"id", "text", "node"}
_ONE_OF = {"lock", "linenumber"}

# Markup that shows one of several words, by a value.
_CHOOSES = r"\[(?:select|plural|ordinal)\b[^\[\]]*\]"
_MARKUP = re.compile(rf"(?!{_CHOOSES})(?:\[/?[a-zA-Z_][^\[\]]*\]|\[/\])")
# A full-width colon is no mark, and \\: is a colon.
_NAME = re.compile(r"\s*((?:[^:\\]|\\.){1,40}?)\s*:\s*(\S.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([:\[\]\\])")
_VALUE = re.compile(rf"{_CHOOSES}|\{{[^{{}}|｜\n]{{1,80}}\}}")
_SHADOW = re.compile(r"#?shadow:(\S+)")


def owns(headers: Sequence[str]) -> bool:
    """The names in its header."""
    names = set(map(fold_header, headers))
    return names >= _KEYS and bool(names & _ONE_OF)


def _edit(row: LineCells) -> None:
    skip_untranslated(row)  # Godot's have the `original` beside an empty text
    cells = dict(row.cells)
    # The table's `file` is the Yarn script, not a file name for the line.
    script = cells.pop("file", None)
    if script is not None and script.value:
        row.meta = {**row.meta, "file": script.value}
    # Unity looks for a file called like the id without its prefix.
    if "id" in cells and cells["id"].value:
        cells["id"] = replace(cells["id"], value=cells["id"].value.removeprefix("line:"))
    text = _MARKUP.sub("", line_ends(cells["text"].value))
    named = _NAME.fullmatch(text)
    if named and not ("character" in cells and cells["character"].value):
        cells["character"] = replace(cells["text"], value=_ESCAPED.sub(r"\1", named[1]))
        text = named[2]
    cells["text"] = replace(cells["text"], value=_ESCAPED.sub(r"\1", text.strip()))
    row.holds(_VALUE.findall(text))
    shadow = _SHADOW.search(row.meta.get("comment", ""))
    if shadow:
        row.complain(
            "script.not-voiceable",
            f"a shadow of {shadow[1]}, which has the audio",
            severity="note",
        )
        cells["skip"] = replace(cells["text"], value=True)
    row.cells = cells


LAYOUT = Layout(owns=owns, columns=no_columns, edit=_edit)
FORMAT = table_format(LAYOUT)
