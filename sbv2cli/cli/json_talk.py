"""`--progress json`: stderr is rows of JSON, each with a `type`, and nothing else.

Those who know what they say write an event. Whatever else is printed, by Click, a library or a
traceback, becomes the event `message`, row by row.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, TextIO, cast

from sbv2cli.cli.guard import json_text, steering
from sbv2cli.errors import Sbv2Error

_BEGINS = '{"type": "'


def is_wanted(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for it; also one that cannot be parsed."""
    words = list(arguments)
    words = words[: words.index("--")] if "--" in words else words
    return "--progress=json" in words or ("--progress", "json") in pairwise(words)


def event(kind: str, **content: Any) -> str:
    """One row."""
    return json_text({"type": kind, **content})


def error_event(error: Sbv2Error) -> str:
    """An error; of several at once each one too."""
    several = getattr(error, "errors", ())
    more = {"errors": [_fields(one) for one in several]} if several else {}
    return event("error", **_fields(error), status=error.exit_status, **more)


def _fields(error: Sbv2Error) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "at": error.at, "hint": error.hint}


class JsonRows:
    """A stream in which every row is JSON."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rest = ""

    def write(self, text: str) -> int:
        """Write the rows that are whole."""
        *whole, self._rest = (self._rest + text).split("\n")
        for row in whole:
            self._send(row)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def close_row(self) -> None:
        """Write what has no end of row."""
        self.write("\n")

    def isatty(self) -> bool:
        """No person reads it."""
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _send(self, row: str) -> None:
        if row.strip():
            shown = row if row.startswith(_BEGINS) else event("message", message=row)
            self._stream.write(f"{shown}\n")


@contextmanager
def json_rows(*, wanted: bool) -> Iterator[None]:
    """Stderr in rows of JSON, if that is wanted."""
    if not wanted:
        yield
        return
    before = sys.stderr
    rows = JsonRows(steering(before))
    sys.stderr = cast("TextIO", rows)
    try:
        yield
    finally:
        rows.close_row()
        sys.stderr = before
