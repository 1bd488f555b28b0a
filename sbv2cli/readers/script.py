"""Opens scripts, reads each in its format, and chains them into one numbered row of lines."""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sbv2cli.errors import ScriptError, UsageError, did_you_mean
from sbv2cli.readers import MANUSCRIPTS, READERS, SUFFIXES
from sbv2cli.readers.archive import text_in
from sbv2cli.readers.book_facts import BookFacts
from sbv2cli.readers.detect import PROSE, detect, load
from sbv2cli.readers.format import DEFAULTS, ReaderOptions
from sbv2cli.readers.looks_like_code import table_finding
from sbv2cli.readers.speakers_unread import SpeakersUnread
from sbv2cli.readers.unsupported import way_out
from sbv2cli.records import Finding, LineId, ScriptLine, Source

STDIN = "-"
STDIN_NAME = "<stdin>"
_LOOKED_AT = 2000  # files of a folder, for one that is named like the missing script
_SOUNDS = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".m4b", ".aac"})
_NAMED = 8  # files of a folder that a finding names
_DIGITS = re.compile(r"(\d+)")
_LIES_BESIDE = frozenset({".meta", ".import", ".uid"})  # what engines write for each file
# Formats in which `--speakers` finds names in texts, and whose files are often such scripts.
_MAY_NAME = frozenset(
    {"text", "csv", "tsv", "excel", "jsonl", "json", "narou", "kakuyomi", "markdown", "docx", "odt"}
)
# Documents whose tables are read row by row.
_HOLD_TABLES = frozenset({"markdown", "docx", "odt", "html"})
SPOOL = 16 * 1024 * 1024  # bytes of stdin kept in memory before they go to a temporary file


@contextmanager
def opened(
    script: Path, refuse: Callable[[OSError, Path], UsageError] | None = None
) -> Iterator[tuple[BinaryIO, str]]:
    """A script as a seekable stream, and its name for places; `-` is stdin.

    `refuse` makes the error of a file that is no script.

    A zip with one text in it, as Aozora Bunko gives them, stands for that text.
    """
    if str(script) == STDIN:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spooled:
            shutil.copyfileobj(stdin_bytes(), spooled)
            spooled.seek(0)
            yield spooled, STDIN_NAME  # type: ignore[misc]
        return
    try:
        stream = script.open("rb")
    except OSError as error:
        raise (refuse or _missing)(error, script) from None
    with stream:
        if script.suffix.lower() == ".zip" and (found := text_in(stream, str(script))) is not None:
            member, data = found
            yield io.BytesIO(data), f"{script}/{member}"
            return
        if not stream.seekable():  # a named pipe, as the shell's <(...) makes
            with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spooled:
                shutil.copyfileobj(stream, spooled)
                spooled.seek(0)
                yield spooled, str(script)  # type: ignore[misc]
            return
        yield stream, str(script)


def _missing(error: OSError, script: Path) -> ScriptError:
    hint: str | None = "check the path"
    if isinstance(error, FileNotFoundError):
        hint = f"what is written is named with -o: -o {script}" if _is_made(script) else None
        hint = hint or _near(script)
    return ScriptError(
        "script.missing",
        f"cannot read the script: {(error.strerror or 'refused').lower()}",
        at=str(script),
        hint=hint,
    )


def _is_made(script: Path) -> bool:
    """Whether it is called as what is made of scripts: `sbv2 book novel.txt novel.m4b`."""
    return script.suffix.lower() in _SOUNDS


def _near(script: Path) -> str | None:
    """A file of its folder whose name is like its own, or the first few."""
    with suppress(OSError):
        names = (one.name for one in islice(script.parent.iterdir(), _LOOKED_AT))
        return did_you_mean(script.name, sorted(name for name in names if name[0] != "."))
    return None


Carry = Callable[[ScriptLine], ScriptLine]
"""Adds to a line the readings that its words were given in the lines before."""


def book_facts(
    script: Path, options: ReaderOptions = DEFAULTS, *, from_format: str = "auto"
) -> BookFacts:
    """What a book says of itself; nothing where the script is none."""
    with opened(script) as (stream, name):
        from_format, options = _format_of(stream, name, options, from_format)
        facts = load(from_format).facts
        return BookFacts() if facts is None else facts(stream, name, options)


def _format_of(
    stream: BinaryIO, name: str, options: ReaderOptions, from_format: str
) -> tuple[str, ReaderOptions]:
    """The format of a script, and the options with its encoding."""
    if from_format != "auto":
        return from_format, options
    from_format, encoding = detect(stream, name, options.encoding)
    if options.markup != "auto" and from_format in (PROSE, *MANUSCRIPTS):
        from_format = options.markup if options.markup in MANUSCRIPTS else PROSE
    return from_format, replace(options, encoding=encoding)


def read_script(
    script: Path,
    options: ReaderOptions = DEFAULTS,
    *,
    from_format: str = "auto",
    carry: Carry | None = None,
) -> Iterator[ScriptLine]:
    """The lines of one script, in its format or the one that is named."""
    with opened(script) as (stream, name):
        from_format, options = _format_of(stream, name, options, from_format)
        if options.several and READERS[from_format].book:
            # One work of several, such as stories of a collection, has a chapter of its own.
            title = _title(stream, name, options, from_format)
            options = replace(options, opens_chapter=True, opening_title=title)
        lines = load(from_format).read(stream, name, options)
        if options.speakers != "quotes" and from_format in _MAY_NAME:
            lines = map(SpeakersUnread(options.speakers != "none").look_at, lines)
        if from_format in _HOLD_TABLES:
            lines = map(table_finding, lines)
        if carry is not None and _carries(options, from_format):
            lines = map(carry, lines)
        yield from lines


def _title(stream: BinaryIO, name: str, options: ReaderOptions, from_format: str) -> str | None:
    facts = load(from_format).facts
    if facts is None:
        return None
    found = facts(stream, name, options)
    stream.seek(0)
    return found.title


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
    of_folders: list[Finding] = []
    found = list(_without_folders(scripts))
    options = replace(options, several=len(found) > 1)
    for script, unread in found:
        of_folders += unread
        # Chapters and paragraphs that a reader counts go on where the last script ended.
        options = replace(
            options,
            chapters_before=chapters,
            paragraphs_before=paragraphs,
            opens_chapter=chapters > 0,
        )
        for line in read_script(script, options, from_format=from_format, carry=carry):
            if line.take_of is None or line.take_of != before:  # the takes of a line count once
                number += 1
            before = line.take_of
            chapters = max(chapters, line.chapter or 0)
            paragraphs = max(paragraphs, line.paragraph or 0)
            findings = (*of_folders, *line.findings)
            of_folders = []
            if line.id in places:
                findings += (_twice(line, places[line.id]),)
            places.setdefault(line.id, line.source)
            skip = line.skip or (line.heading and options.titles == "skip")
            if (number, findings, skip) != (line.number, line.findings, line.skip):
                line = replace(line, number=number, findings=findings, skip=skip)  # noqa: PLW2901
            yield line


def _twice(line: ScriptLine, first: Source) -> Finding:
    hint = "give each line an id of its own"
    if line.id.isdecimal() and line.source.path != first.path:
        hint = "does each file count anew? render them one by one, each to a folder of its own"
    if not line.id_given:
        hint = "give the lines ids, or the files different names"
    return Finding(
        code="script.id-twice",
        severity="error",
        message=f'the id "{line.id}" is already that of {first}',
        at=line.source,
        hint=hint,
    )


def _without_folders(scripts: Iterable[Path]) -> Iterator[tuple[Path, list[Finding]]]:
    """Each script; with the first one of a folder, what is found about the folder."""
    for script in scripts:
        if not script.is_dir():
            yield script, []
            continue
        paths = sorted(script.iterdir(), key=_in_order)
        inside = [one for one in paths if one.suffix.lower() in SUFFIXES and not one.is_dir()]
        if not inside:
            raise ScriptError(
                "script.folder-empty",
                "the folder holds no script",
                at=str(script),
                hint=_way_out(paths) or f"scripts end with {' '.join(SUFFIXES)}",
            )
        findings = _unread(script, [one for one in paths if one not in inside])
        for one in inside:
            yield one, findings
            findings = []


def _in_order(path: Path) -> tuple[list[tuple[bool, int, str]], str]:
    """What sorts files as people do: n-2.txt before n-10.txt."""
    pieces = filter(None, _DIGITS.split(path.name))
    return [
        (not piece.isdecimal(), int(piece) if piece.isdecimal() else 0, piece) for piece in pieces
    ], path.name


def _unread(folder: Path, paths: Iterable[Path]) -> list[Finding]:
    """The finding that names the files of a folder that are not read."""
    visible = [
        path
        for path in paths
        if not path.name.startswith(".") and path.suffix.lower() not in _LIES_BESIDE
    ]
    if not visible:
        return []
    names = [f"{path.name}/" if path.is_dir() else path.name for path in visible]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    scripts = any(path.is_dir() for path in visible) or _way_out(visible) is not None
    return [
        Finding(
            code="script.folder-unread",
            severity="warning" if scripts else "note",
            message=f"not read in the folder: {', '.join(names[:_NAMED])}{more}",
            at=Source(path=str(folder), row=1),
            hint=_way_out(visible) or "give the folders inside too, if they hold scripts",
        )
    ]


def _way_out(paths: Iterable[Path]) -> str | None:
    """What to give in place of the first file that is one of a known tool."""
    paths = list(paths)
    if any(path.name == "META-INF" for path in paths):
        return "this is an EPUB that was unpacked: give the .epub itself"
    ways = (way_out(path.suffix.lower()) for path in paths if not path.is_dir())
    return next(filter(None, ways), None)


def stdin_bytes() -> BinaryIO:
    """What is piped in."""
    if sys.stdin is None:
        raise UsageError(
            "script.stdin-closed",
            "standard input is closed",
            hint="name a file, or pipe a text: echo こんにちは | sbv2 say",
        )
    return sys.stdin.buffer


def stdin_is_terminal() -> bool:
    """Whether nobody has piped a script in."""
    try:
        return sys.stdin.isatty()
    except (AttributeError, ValueError, io.UnsupportedOperation):
        return False
