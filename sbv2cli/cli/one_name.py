"""A name that is taken as it stands, where a person writes one with places for values."""

from __future__ import annotations

import re
from typing import Literal

from sbv2cli.errors import UsageError

# `{n}`, `{chapter:02d}`, `{scene|none}`, and a field that is typed wrong; `{草稿}` may be a name.
_FIELD = re.compile(r"\{[A-Za-z_][\w.]*(?:[:|][^{}]*)?\}", re.ASCII)


def refuse_fields(
    name: str, kind: Literal["file", "folder"], *, hint: str, at: str | None = None
) -> None:
    """Raise where the name of one file or folder has a place for a value."""
    field = _FIELD.search(name)
    if field is None:
        return
    message = f'"{name}" is the name of one file: nothing is put in for "{field[0]}"'
    if kind == "folder":
        message = f'"{name}" is the name of one folder: nothing is put in for "{field[0]}"'
    raise UsageError("usage.pattern", message, at=at, hint=hint)
