"""Opens scripts, tells their formats apart, and chains them into one numbered row of lines."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

from sbv2cli.errors import ScriptError
from sbv2cli.readers import READERS
from sbv2cli.readers.decode import DEFAULTS, ReaderOptions, rows
from sbv2cli.readers.line_from_cells import KEY_OF, fold_header
from sbv2cli.readers.manifest import SCHEMA
from sbv2cli.readers.renpy import RENPY_HEADER, YARN_HEADER
from sbv2cli.readers.table import DELIMITERS, sniff
from sbv2cli.records import Finding, ScriptLine, Source
from sbv2cli.tables import resolve

STDIN = "-"
STDIN_NAME = "<stdin>"
SPOOL = 16 * 1024 * 1024  # bytes of stdin kept in memory before they go to a temporary file

SUFFIXES = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".ssml": "ssml",
    ".xml": "ssml",
}
"""Suffix -> format. What a table or a JSON file holds is then looked at."""

_LATER = {
    ".epub": "unzip it and give its text, or wait for the epub reader",
    ".pdf": "convert it to text first",
    ".docx": "save it as plain text first",
    ".xlsx": "save the sheet as CSV UTF-8 first",
    ".ods": "save the sheet as CSV UTF-8 first",
}
_TABLE_KEYS = 2  # known headers that make a first row the header of a table


class Reader(Protocol):
    """What every row of `READERS` is."""

    def __call__(
        self, stream: BinaryIO, source_name: str, options: ReaderOptions = ...
    ) -> Iterator[ScriptLine]:
        """The lines of a stream."""
        ...


@contextmanager
def opened(script: Path) -> Iterator[tuple[BinaryIO, str]]:
    """A script as a seekable stream, and its name for places; `-` is stdin."""
    if str(script) == STDIN:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spooled:
            shutil.copyfileobj(sys.stdin.buffer, spooled)
            spooled.seek(0)
            yield spooled, STDIN_NAME  # type: ignore[misc]
        return
    hint = _LATER.get(script.suffix.lower())
    if hint:
        raise ScriptError(
            "script.format-unknown",
            f"{script.suffix} files are not read",
            at=str(script),
            hint=hint,
        )
    try:
        stream = script.open("rb")
    except OSError as error:
        raise ScriptError(
            "script.missing",
            f"cannot read the script: {(error.strerror or 'refused').lower()}",
            at=str(script),
        ) from None
    with stream:
        if not stream.seekable():  # a named pipe, as the shell's <(...) makes
            with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spooled:
                shutil.copyfileobj(stream, spooled)
                spooled.seek(0)
                yield spooled, str(script)  # type: ignore[misc]
            return
        yield stream, str(script)


def read_script(
    script: Path, options: ReaderOptions = DEFAULTS, *, from_format: str = "auto"
) -> Iterator[ScriptLine]:
    """The lines of one script, in its format or the one that is named."""
    with opened(script) as (stream, name):
        found = format_of(stream, name, options) if from_format == "auto" else from_format
        reader: Reader = resolve(READERS, found, kind="format")
        stream.seek(0)
        yield from reader(stream, name, options)


def read_scripts(
    scripts: Iterable[Path], options: ReaderOptions = DEFAULTS, *, from_format: str = "auto"
) -> Iterator[ScriptLine]:
    """The lines of several scripts, numbered through; an id that comes twice is an error finding.

    A folder stands for the scripts in it, in the order of their names.
    """
    places: dict[str, Source] = {}
    number = 0
    for script in _without_folders(scripts):
        for line in read_script(script, options, from_format=from_format):
            number += 1
            findings = line.findings
            if line.id in places:
                findings += (_twice(line, places[line.id]),)
            places.setdefault(line.id, line.source)
            yield replace(line, number=number, findings=findings)


def _twice(line: ScriptLine, first: Source) -> Finding:
    hint = "give each line an id of its own"
    if not line.id_given:
        hint = "give the lines ids, or the files different names"
    return Finding(
        code="script.id-twice",
        severity="error",
        message=f'the id "{line.id}" is already that of {first}',
        at=line.source,
        hint=hint,
    )


def _without_folders(scripts: Iterable[Path]) -> Iterator[Path]:
    for script in scripts:
        if not script.is_dir():
            yield script
            continue
        inside = sorted(path for path in script.iterdir() if path.suffix.lower() in SUFFIXES)
        if not inside:
            raise ScriptError(
                "script.folder-empty",
                "the folder holds no script",
                at=str(script),
                hint=f"scripts end with {' '.join(SUFFIXES)}",
            )
        yield from inside


def format_of(stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS) -> str:
    """The format of a script: its suffix, then what it begins with."""
    by_suffix = SUFFIXES.get(Path(source_name).suffix.lower())
    stream.seek(0)
    if not stream.read(1):
        return by_suffix or "text"
    if by_suffix in {"text", "ssml"}:
        return by_suffix
    begins = _first_row(stream, source_name, options)
    if by_suffix in {"csv", "tsv"}:
        return _of_table(begins) or by_suffix
    return _of_json(begins) or by_suffix or _of_text(begins)


def _first_row(stream: BinaryIO, source_name: str, options: ReaderOptions) -> str:
    return next((row.strip() for _, row in rows(stream, source_name, options) if row.strip()), "")


def _of_table(begins: str) -> str | None:
    if tuple(begins.split("\t")[:3]) == RENPY_HEADER[:3]:
        return "renpy"
    cells = tuple(cell.strip('"') for cell in begins.split(","))
    return "yarn" if cells[: len(YARN_HEADER) - 2] == YARN_HEADER[: len(YARN_HEADER) - 2] else None


def _of_json(begins: str) -> str | None:
    if not begins.startswith("{"):
        return None
    try:
        first = json.loads(begins)
    except (ValueError, RecursionError):
        return None
    is_job = isinstance(first, dict) and str(first.get("schema", "")).startswith(SCHEMA)
    is_line = isinstance(first, dict) and first.get("type") == "line" and "status" in first
    return "manifest" if is_job or is_line else None


def _of_text(begins: str) -> str:
    """The format of a script without a telling name: stdin, mostly."""
    if begins.startswith(("<speak", "<?xml")):
        return "ssml"
    if begins == "{" or begins.startswith(('{"', '{ "', '[{"', '["')) or begins in {"[", "[{"}:
        return "jsonl"
    table = _of_table(begins)
    if table:
        return table
    delimiter = sniff(begins)
    headers = [fold_header(cell.strip('"')) for cell in begins.split(delimiter)]
    keys = {KEY_OF[header] for header in headers if header in KEY_OF}
    if "text" in keys and len(keys) >= _TABLE_KEYS and delimiter in DELIMITERS:
        return "tsv" if delimiter == "\t" else "csv"
    return "text"


def stdin_is_terminal() -> bool:
    """Whether nobody has piped a script in."""
    try:
        return sys.stdin.isatty()
    except (AttributeError, ValueError, io.UnsupportedOperation):
        return False
