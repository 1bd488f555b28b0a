"""One import: lines in, a file out that is whole or not there."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sbv2cli.errors import ScriptError, UsageError
from sbv2cli.files import PartFile, disk_errors
from sbv2cli.pipeline.importing import TARGETS, Target
from sbv2cli.pipeline.importing.records import Record, record_of
from sbv2cli.pipeline.importing.write import Lost, Write
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import SPOOL
from sbv2cli.records import ScriptLine
from sbv2cli.tables import resolve


@dataclass(slots=True)
class Tally:
    """What an import has seen and written."""

    lines: int = 0
    skipped: int = 0
    errors: int = 0
    lost: Lost = field(default_factory=Lost)


def import_lines(
    lines: Iterable[ScriptLine],
    to: str,
    place: Path | BinaryIO,
    options: ReaderOptions,
    seen: Callable[[ScriptLine], None],
) -> Tally:
    """Write lines as records in the format `to`; `seen` is told of each.

    Nothing is written if a line has an error, for what could not be read would be lost.
    """
    target = TARGETS[to]
    write: Write = resolve({name: row.place for name, row in TARGETS.items()}, to, kind="format")
    tally = Tally()
    records = _records(lines, target, tally, seen)
    if isinstance(place, Path):
        with disk_errors(place), PartFile(place) as part:
            buffered = io.BufferedWriter(part.file)
            tally.lost = write(records, buffered, options)
            buffered.flush()
            _refuse(tally)
            part.keep()
        return tally
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spooled:
        tally.lost = write(records, spooled, options)  # type: ignore[arg-type]
        _refuse(tally)
        spooled.seek(0)
        shutil.copyfileobj(spooled, place)
    return tally


def _records(
    lines: Iterable[ScriptLine],
    target: Target,
    tally: Tally,
    seen: Callable[[ScriptLine], None],
) -> Iterator[Record]:
    for line in lines:
        seen(line)
        tally.lines += 1
        tally.skipped += line.skip
        tally.errors += any(found.severity == "error" for found in line.findings)
        record = record_of(line)
        if not target.whole and not line.id_given:
            del record["id"]  # made from the position, so it is made again
        yield record


def _refuse(tally: Tally) -> None:
    if tally.errors:
        raise ScriptError(
            "import.errors",
            f"{tally.errors} of {tally.lines} lines have errors; nothing was written",
            hint="put them right: sbv2 check shows all of them",
        )


def refuse_existing(place: Path, *, force: bool) -> None:
    """Nobody's file is replaced unasked."""
    if place.exists() and not force:
        raise UsageError(
            "import.exists",
            "there is a file of that name",
            at=str(place),
            hint="give another name, or replace it: --force",
        )
