r"""Tables of Unreal Engine: string tables, and the dialogue script that its editor exports.

A string table has `Key,SourceString` and columns of its author; the dialogue script has the text
in `SpokenDialogue`, who says it in `SpeakingVoice`, and the file that Unreal imports in
`AudioFileName`. Both write line ends and quotes as `\n` and `\"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from sbv2cli.readers.cells import LineCells
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.rich_text import without_tags
from sbv2cli.readers.table import header_cells, read_rows
from sbv2cli.records import ScriptLine

_STRINGS = ("Key", "SourceString")
_DIALOGUE = ("SpokenDialogue", "SpeakingVoice")
_ESCAPE = re.compile(r"\\([nrt\\\"'])")
_MEANT = {"n": "\n", "r": "", "t": "\t"}
_VALUE = re.compile(r"\{[^{}]*\}")
_FIRST_KEY = re.compile(r"[(\[\s\"]*([^\s,()\[\]\"]+)")


def recognise(head: Head) -> Evidence:
    """The headers of either."""
    headers = set(header_cells(head.first))
    ours = headers.issuperset(_STRINGS) or headers.issuperset(_DIALOGUE)
    return Evidence.SURE if ours else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a string table or of a dialogue script."""

    def columns(headers: Sequence[str]) -> Mapping[str, str]:
        ours = {"id": "Key", "text": "SourceString"}
        if set(headers) >= set(_DIALOGUE):
            ours = {
                "id": "LocalizationKeys",
                "text": "SpokenDialogue",
                "character": "SpeakingVoice",
                "file": "AudioFileName",
            }
        return {key: name for key, name in ours.items() if name in headers} | dict(options.columns)

    return read_rows(stream, source_name, options, columns=columns, edit=_edit)


def _edit(row: LineCells) -> None:
    cells = dict(row.cells)
    text = unescaped(str(cells["text"].value or ""))
    cells["text"] = replace(cells["text"], value=without_tags(text).strip())
    identity = cells.get("id")
    keys = _FIRST_KEY.match(str(identity.value or "")) if identity is not None else None
    # A dialogue has a key for each of its contexts, as a list.
    if identity is not None and keys and str(identity.value).startswith(("(", "[")):
        cells["id"] = replace(identity, value=keys[1])
    row.cells = cells
    if value := _VALUE.search(text):
        row.complain_value(value[0])


def unescaped(text: str) -> str:
    """A text without the escapes of Unreal."""
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), text)


FORMAT = Format(read=read, recognise=recognise)
