"""What the lines of all formats have in common."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePath

from sbv2cli.records import LONGEST_LINE, Finding, Source


def auto_id(source_name: str, number: int) -> str:
    """The id of a line whose author gave none: it stands until a line is put in before it."""
    return f"{_stem(source_name)}-{number:04d}"


@lru_cache(maxsize=64)
def _stem(source_name: str) -> str:
    return "line" if source_name in {"-", "<stdin>", "<text>"} else PurePath(source_name).stem


def too_long(written: str, at: Source) -> Finding | None:
    """The finding about a text that is longer than a line can be."""
    if len(written) <= LONGEST_LINE:
        return None
    return Finding(
        code="script.line-long",
        severity="error",
        message=f"the line has {len(written):,} characters, more than {LONGEST_LINE:,}",
        at=at,
        hint="break it into lines, or split it: --split sentence",
    )


def read_as(what: str, encoding: str, source_name: str) -> Finding:
    """The note, once for each file, about a dialect that was found by its marks."""
    return Finding(
        code="script.read-as",
        severity="note",
        message=f"read as {what}, {encoding.removesuffix('-sig').upper()}",
        at=Source(path=source_name, row=1),
        hint="--from text reads it as it stands",
    )


def prefaces_finding(rows: int, source_name: str) -> Finding:
    """The note about what an author of the web says before and behind an episode."""
    return Finding(
        code="script.left-out",
        severity="note",
        message=f"preface and afterword are not spoken: {rows} rows",
        at=Source(path=source_name, row=1),
        hint="--front-matter speak reads them",
    )


def join_rows(rows: Iterable[str]) -> str:
    """Rows of one message joined as a game shows them: only Latin words need a blank between."""
    text = ""
    for row in map(str.strip, rows):
        text += f" {row}" if "!" <= row[:1] <= "~" and "!" <= text[-1:] <= "~" else row
    return text
