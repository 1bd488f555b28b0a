"""Opens scripts, reads each in its format, and chains them into one numbered row of lines."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers import MANUSCRIPTS, READERS, SUFFIXES
from sbv2cli.readers.detect import PROSE, detect, load
from sbv2cli.readers.format import DEFAULTS, ReaderOptions
from sbv2cli.records import Finding, LineId, ScriptLine, Source

STDIN = "-"
STDIN_NAME = "<stdin>"
SPOOL = 16 * 1024 * 1024  # bytes of stdin kept in memory before they go to a temporary file


@contextmanager
def opened(script: Path) -> Iterator[tuple[BinaryIO, str]]:
    """A script as a seekable stream, and its name for places; `-` is stdin."""
    if str(script) == STDIN:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spooled:
            shutil.copyfileobj(sys.stdin.buffer, spooled)
            spooled.seek(0)
            yield spooled, STDIN_NAME  # type: ignore[misc]
        return
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


Carry = Callable[[ScriptLine], ScriptLine]
"""Adds to a line the readings that its words were given in the lines before."""


def read_script(
    script: Path,
    options: ReaderOptions = DEFAULTS,
    *,
    from_format: str = "auto",
    carry: Carry | None = None,
) -> Iterator[ScriptLine]:
    """The lines of one script, in its format or the one that is named."""
    with opened(script) as (stream, name):
        if from_format == "auto":
            from_format, encoding = detect(stream, name, options.encoding)
            options = replace(options, encoding=encoding)
            if options.markup != "auto" and from_format in (PROSE, *MANUSCRIPTS):
                from_format = options.markup if options.markup in MANUSCRIPTS else PROSE
        lines = load(from_format).read(stream, name, options)
        if carry is not None and _carries(options, from_format):
            lines = map(carry, lines)
        yield from lines


def _carries(options: ReaderOptions, from_format: str) -> bool:
    in_book = options.ruby == "auto" and READERS[from_format].book
    return in_book or options.ruby == "carry"


def read_scripts(
    scripts: Iterable[Path],
    options: ReaderOptions = DEFAULTS,
    *,
    from_format: str = "auto",
    carry: Carry | None = None,
) -> Iterator[ScriptLine]:
    """The lines of several scripts, numbered through; an id that comes twice is an error finding.

    A folder stands for the scripts in it, in the order of their names. Several scripts are one
    book: what `carry` learns from one holds in the next.
    """
    places: dict[str, Source] = {}
    number = chapters = paragraphs = 0
    before: LineId | None = None
    for script in _without_folders(scripts):
        # Chapters and paragraphs that a reader counts go on where the last script ended.
        options = replace(options, chapters_before=chapters, paragraphs_before=paragraphs)
        for line in read_script(script, options, from_format=from_format, carry=carry):
            if line.take_of is None or line.take_of != before:  # the takes of a line count once
                number += 1
            before = line.take_of
            chapters = max(chapters, line.chapter or 0)
            paragraphs = max(paragraphs, line.paragraph or 0)
            findings = line.findings
            if line.id in places:
                findings += (_twice(line, places[line.id]),)
            places.setdefault(line.id, line.source)
            skip = line.skip or (line.heading and options.titles == "skip")
            yield replace(line, number=number, findings=findings, skip=skip)


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


def stdin_is_terminal() -> bool:
    """Whether nobody has piped a script in."""
    try:
        return sys.stdin.isatty()
    except (AttributeError, ValueError, io.UnsupportedOperation):
        return False
