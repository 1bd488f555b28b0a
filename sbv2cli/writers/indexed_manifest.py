"""The manifest of a run, with its rows by id, in memory that does not grow with them.

Beside a manifest of many rows lies the index of its rows. The manifest alone is the truth: an index
that is not of this very file, or is damaged, is made again from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sbv2cli import files
from sbv2cli.errors import UsageError
from sbv2cli.records import LineId, ManifestRow
from sbv2cli.writers import manifest, row_index
from sbv2cli.writers.naming import fold
from sbv2cli.writers.row_index import KEPT_ROWS, RowFacts, RowIndex

ENDING = ".index"

_STEP = 1 << 20  # bytes that are written at a time


def _nothing() -> RowIndex:
    return row_index.index_of(())


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedManifest:
    """What a manifest holds. Orphans are rows of lines that no script names any more."""

    rows: RowIndex = field(default_factory=_nothing)
    header: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] | None = None
    damaged: int = 0  # records in the middle that could not be read

    @property
    def published(self) -> bool:
        """Whether it is sorted, and the report of its run is there."""
        return manifest.is_published(self.summary)

    @property
    def complete(self) -> bool:
        """Whether the last run came to its end."""
        return manifest.is_complete(self.summary)

    @property
    def orphans(self) -> frozenset[LineId]:
        """The ids of rows that are orphans."""
        return frozenset(facts.id for facts in self.rows.facts("orphan"))


def index_path(path: Path) -> Path:
    """Where the index of a manifest lies."""
    return path.with_name(path.name + ENDING)


def open_manifest(path: Path) -> IndexedManifest:
    """The manifest or the journal of the last run; a missing file is an empty one."""
    beside = index_path(path)
    if row_index.is_index(beside) is False:
        raise UsageError(
            "manifest.index-foreign",
            "there is something of that name which is no index of sbv2",
            at=str(beside),
            hint="move it away, or choose another name with --manifest",
        )
    return _saved(path, beside) or _scanned(path)


def open_saved(path: Path) -> IndexedManifest | None:
    """The manifest by the index beside it, where there is one that belongs to it."""
    return _saved(path, index_path(path))


def keep_index(
    path: Path, content: IndexedManifest, notes: Mapping[str, str], *, fsync: bool = True
) -> None:
    """Lay the index beside its manifest, where that has many rows.

    Args:
        path: the manifest.
        content: what it holds.
        notes: what else is to be found in the index.
        fsync: whether the disk is asked to keep it.
    """
    beside = index_path(path)
    if len(content.rows) <= KEPT_ROWS:
        if row_index.is_index(beside):
            with files.disk_errors(beside):
                beside.unlink(missing_ok=True)
        return
    kept = {"header": content.header, "summary": content.summary, "damaged": content.damaged}
    state = _state_of(path)
    notes = {
        **notes,
        "of": state or "",
        "manifest": json.dumps(kept),
        "as written": json.dumps(content.rows.as_written),
        "changes from": json.dumps(content.rows.changes_from),
    }
    if state is None or all(content.rows.noted(name) == value for name, value in notes.items()):
        return
    with files.disk_errors(beside), files.PartFile(beside) as part:
        content.rows.save(part.place, notes)
        part.keep(fsync=fsync)


def publish(  # noqa: PLR0913 - what a manifest has, in its order
    path: Path,
    header: Mapping[str, Any],
    lines: Iterable[tuple[RowFacts, bytes]],
    orphans: Iterable[ManifestRow],
    summary: Mapping[str, Any],
    *,
    report: Callable[[RowIndex], None] = lambda _: None,
    fsync: bool = True,
) -> IndexedManifest:
    """Put the finished manifest in the journal's place: header, lines in order, orphans, summary.

    Args:
        path: the manifest.
        header: its first record.
        lines: the facts of each line and its record, in order.
        orphans: rows of files that no line stands for.
        summary: how the run ended.
        report: writes what else is told of the run. The manifest comes last: where it is not there,
            the next run does both again.
        fsync: whether the disk is asked to keep it.
    """
    with files.disk_errors(path), files.PartFile(path) as part:
        index = RowIndex(part.place)
        index.as_written = True
        written = _Blocks(partial(files.write_all, part.file))
        written.write(manifest.as_bytes(header))
        for facts, record in lines:
            _add(index, facts, written.write(record), record, orphan=False)
        for row in sorted(orphans, key=lambda row: (row.number, row.id)):
            record = manifest.as_bytes(manifest.to_json(row, orphan=True))
            facts = row_index.facts_of(row, 0, 0, orphan=True)
            _add(index, facts, written.write(record), record, orphan=True)
        summary = {"type": manifest.SUMMARY, **summary}
        written.write(manifest.as_bytes(summary))
        written.flush()
        report(index)
        index.release(moves_to=path)
        part.keep(fsync=fsync)
    return IndexedManifest(rows=index, header=header, summary=summary)


def _add(index: RowIndex, facts: RowFacts, at: int, record: bytes, *, orphan: bool) -> None:
    index.add_facts(facts._replace(at=at, size=len(record), orphan=int(orphan)))
    index.claim(fold(name) for name in (facts.file, facts.timings) if name is not None)


class _Blocks:
    """Records on their way to a file, some at a time."""

    def __init__(self, write: Any) -> None:
        self._write = write
        self._waiting: list[bytes] = []
        self._size = self._end = 0

    def write(self, record: bytes) -> int:
        """Add a record; where it begins."""
        at = self._end
        self._waiting.append(record)
        self._end += len(record)
        self._size += len(record)
        if self._size >= _STEP:
            self.flush()
        return at

    def flush(self) -> None:
        """Write what waits."""
        self._write(b"".join(self._waiting))
        self._waiting, self._size = [], 0


def _scanned(path: Path) -> IndexedManifest:
    index = RowIndex(path)
    header: Mapping[str, Any] = {}
    summary: Mapping[str, Any] | None = None
    damaged = 0
    index.as_written = True
    for entry in manifest.entries(path):
        if entry.kind == manifest.JOB:
            header = entry.record
            if manifest.is_complete(summary):
                index.forget_changes(entry.at)
            summary = None  # that of a run before
        elif entry.kind == manifest.SUMMARY:
            summary = entry.record
        elif entry.row is not None:
            index.add(entry.row, entry.at, entry.size, orphan=entry.kind == manifest.ORPHAN)
            index.as_written = index.as_written and entry.as_written
        else:
            damaged += 1
        index.claim(entry.claims)
    return IndexedManifest(rows=index, header=header, summary=summary, damaged=damaged)


def _saved(path: Path, beside: Path) -> IndexedManifest | None:
    state = _state_of(path)
    database = None if state is None else row_index.saved_database(beside)
    if database is None:
        return None
    rows = RowIndex(path, database)
    if rows.noted("of") == state:
        with suppress(ValueError, TypeError):
            rows.as_written = json.loads(rows.noted("as written") or "")
            rows.changes_from = json.loads(rows.noted("changes from") or "")
            return IndexedManifest(rows=rows, **json.loads(rows.noted("manifest") or ""))
    return None


def _state_of(path: Path) -> str | None:
    """What tells a manifest from the same one after it was written to."""
    try:
        state = path.stat()
    except OSError:
        return None
    return f"{state.st_size} {state.st_mtime_ns}"
