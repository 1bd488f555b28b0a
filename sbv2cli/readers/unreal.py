r"""Tables of Unreal Engine: string tables, and the dialogue script that its editor exports.

A string table has `Key,SourceString` and columns of its author, of which one may be the language
that is asked for; the dialogue script has the text
in `SpokenDialogue`, who says it in `SpeakingVoice`, and the file that Unreal imports in
`AudioFileName`. Both write line ends and quotes as `\n` and `\"`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sbv2cli.readers.cells import LineCells
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.language_columns import language_of, skip_untranslated
from sbv2cli.readers.rich_text import VALUE_TAG, without_tags
from sbv2cli.readers.table import table_format
from sbv2cli.readers.table_layout import Layout
from sbv2cli.readers.unreal_text import unescaped

_STRINGS = ("Key", "SourceString")
_DIALOGUE = ("SpokenDialogue", "SpeakingVoice")
_VALUE = re.compile(rf"\{{[^{{}}]*\}}|{VALUE_TAG}")
_FIRST_KEY = re.compile(r"[(\[\s\"]*([^\s,()\[\]\"]+)")


def owns(headers: Sequence[str]) -> bool:
    """The headers of either."""
    return set(headers).issuperset(_STRINGS) or set(headers).issuperset(_DIALOGUE)


def columns(headers: Sequence[str], options: ReaderOptions, at: str) -> Mapping[str, str]:
    """Which column holds what."""
    del at
    translated = [one for one in headers if language_of(one) == options.language]
    text = translated[0] if len(translated) == 1 else "SourceString"
    ours = {"id": "Key", "text": text}
    if set(headers).issuperset(_DIALOGUE):
        ours = {
            "id": "LocalizationKeys",
            "text": "SpokenDialogue",
            "character": "SpeakingVoice",
            "file": "AudioFileName",
        }
    return {key: name for key, name in ours.items() if name in headers}


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
    skip_untranslated(row)
    row.holds(_VALUE.findall(text))


LAYOUT = Layout(owns=owns, columns=columns, edit=_edit)
FORMAT = table_format(LAYOUT)
