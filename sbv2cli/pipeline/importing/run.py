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
from sbv2cli.files import PartFile, disk_errors, remove_dead_parts
from sbv2cli.pipeline.importing import TARGETS
from sbv2cli.pipeline.importing.again import Again, earlier_lines, merge, with_note
from sbv2cli.pipeline.importing.records import IMPORTED, Record, record_of
from sbv2cli.pipeline.importing.write import Lost, Write
from sbv2cli.readers.format import DEFAULTS, ReaderOptions
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
    again: Again | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be written, and where."""

    to: str  # a row of `TARGETS`
    place: Path | BinaryIO
    force: bool = False  # replace what is there
    stamped: bool = False  # ids by chance for lines without ids
    options: ReaderOptions = DEFAULTS  # by which the sources are read


def import_lines(
    lines: Iterable[ScriptLine], order: Order, seen: Callable[[ScriptLine], None]
) -> Tally:
    """Write lines as records; `seen` is told of each.

    Nothing is written if a line has an error, for what could not be read would be lost. A file that
    is there is refused, unless it is an earlier import, whose ids and changes are kept.
    """
    write: Write = resolve(
        {name: row.place for name, row in TARGETS.items()}, order.to, kind="format"
    )
    tally = Tally()
    earlier = _earlier(order)
    records = _counted(_records(lines, order, earlier, tally), tally, seen)
    if isinstance(order.place, Path):
        remove_dead_parts(order.place)
        with disk_errors(order.place), PartFile(order.place) as part:
            buffered = io.BufferedWriter(part.file)
            tally.lost = write(records, buffered, order.options)
            buffered.flush()
            _refuse_errors(tally)
            part.keep()
        return tally
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spooled:
        tally.lost = write(records, spooled, order.options)  # type: ignore[arg-type]
        _refuse_errors(tally)
        spooled.seek(0)
        shutil.copyfileobj(spooled, order.place)
    return tally


def _earlier(order: Order) -> list[ScriptLine] | None:
    if not isinstance(order.place, Path) or order.force or not order.place.exists():
        return None
    whole = TARGETS[order.to].whole
    earlier = earlier_lines(order.place, order.options) if whole else None
    if earlier is None:
        raise UsageError(
            "import.exists",
            "there is a file of that name" + (", and no earlier import" if whole else ""),
            at=str(order.place),
            hint="give another name, or replace it: --force",
        )
    return earlier


def _records(
    lines: Iterable[ScriptLine], order: Order, earlier: list[ScriptLine] | None, tally: Tally
) -> Iterator[tuple[ScriptLine, Record]]:
    whole = TARGETS[order.to].whole
    noted = whole and isinstance(order.place, Path)
    merged: Iterable[tuple[ScriptLine, Record]]
    if earlier is not None or order.stamped:
        merged, again = merge(earlier or [], list(lines), stamped=order.stamped)
        tally.again = again if earlier is not None else None
    else:
        merged = ((line, with_note(record_of(line))) for line in lines)
    for line, record in merged:
        if not noted:
            record.pop(IMPORTED, None)
        if not whole and not line.id_given:
            del record["id"]  # made from the position, so it is made again
        yield line, record


def _counted(
    records: Iterable[tuple[ScriptLine, Record]],
    tally: Tally,
    seen: Callable[[ScriptLine], None],
) -> Iterator[Record]:
    for line, record in records:
        seen(line)
        tally.lines += 1
        tally.skipped += bool(record.get("skip"))
        tally.errors += any(found.severity == "error" for found in line.findings)
        yield record


def _refuse_errors(tally: Tally) -> None:
    if tally.errors:
        raise ScriptError(
            "import.errors",
            f"{tally.errors} of {tally.lines} lines have errors; nothing was written",
            hint="put them right: sbv2 check shows all of them",
        )
