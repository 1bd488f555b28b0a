"""Tables of the values that a game fills in: name -> text, for all lines or for one.

CSV and TSV with the headers `name` and `text`, and `id` where a value is of one line; JSON and TOML
with names as keys, and the id of a line as the key of its own names.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from sbv2cli.cell_text import unguarded
from sbv2cli.errors import ScriptError
from sbv2cli.files import cannot_read
from sbv2cli.readers.cells import KEY_OF, fold_header
from sbv2cli.readers.decode import document, rows
from sbv2cli.readers.format import DEFAULTS, Fill
from sbv2cli.readers.script import opened
from sbv2cli.readers.table import record, sniff

_NAMES = frozenset(map(fold_header, ("name", "key", "variable", "名前", "変数", "変数名", "キー")))
_TEXTS = frozenset(
    map(fold_header, ("text", "value", "reading", "テキスト", "値", "読み", "文字列"))
)

_Found = Iterator[tuple[tuple[str | None, str], str]]


def read_fill(paths: Sequence[str], given: str | None = None) -> Fill:
    """The values of some tables; of one that is said twice, the last counts.

    `given` is the option or place that names them.
    """
    found: dict[tuple[str | None, str], str] = {}
    for path in paths:
        with opened(Path(path), partial(cannot_read, given=given)) as (stream, name):
            found |= dict(_READ.get(PurePath(path).suffix.lower(), _table)(stream, name))
    return found


def _table(stream: BinaryIO, name: str) -> _Found:
    written = rows(stream, name, DEFAULTS)
    header: list[str] | None = None
    delimiter = ""
    for row, text in written:
        if not text.strip():
            continue
        delimiter = delimiter or sniff(text)
        cells = [cell.text.strip() for cell in record(row, text, written, delimiter, name)]
        if header is None:
            header = [_column(cell) for cell in cells]
            if "name" not in header or "text" not in header:
                raise _wrong(name, "it has no header with name and text", f"{name}:{row}")
            continue
        said = dict(zip(header, map(unguarded, cells), strict=False))
        if said.get("name"):
            yield (said.get("id") or None, said["name"]), said.get("text", "")


def _column(header: str) -> str:
    folded = fold_header(header)
    if folded in _NAMES:
        return "name"
    if folded in _TEXTS:
        return "text"
    return "id" if KEY_OF.get(folded) == "id" else ""


def _json(stream: BinaryIO, name: str) -> _Found:
    try:
        said = json.loads(document(stream, name, DEFAULTS))
    except (ValueError, RecursionError) as error:
        raise _wrong(name, f"it is not JSON: {error}") from None
    return _names(said, name)


def _toml(stream: BinaryIO, name: str) -> _Found:
    try:
        said = tomllib.loads(document(stream, name, DEFAULTS))
    except (ValueError, RecursionError) as error:
        raise _wrong(name, f"it is not TOML: {error}") from None
    return _names(said, name)


def _names(said: Any, name: str) -> _Found:
    if not isinstance(said, Mapping):
        raise _wrong(name, "it is no object of names and texts")
    for key, value in said.items():
        if isinstance(value, Mapping):
            yield from (((key, inner), _text(inner, one, name)) for inner, one in value.items())
        else:
            yield (None, key), _text(key, value, name)


def _text(key: str, value: Any, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong(name, f'"{key}" is no text')
    return str(value)


def _wrong(name: str, why: str, at: str | None = None) -> ScriptError:
    return ScriptError(
        "script.fill",
        f"the table of values cannot be used: {why}",
        at=at or name,
        hint="write name,text as CSV, or names and texts as JSON or TOML",
    )


_READ: Mapping[str, Callable[[BinaryIO, str], _Found]] = {".json": _json, ".toml": _toml}
