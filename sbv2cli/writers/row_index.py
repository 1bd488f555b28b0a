"""The rows of a manifest by their ids, in memory that does not grow with them.

What rows are looked up by stands in tables of SQLite; the rest is read where the JSONL has it. So a
row costs the disk some 300 bytes more, and the process nothing.
"""

from __future__ import annotations

import io
import json
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sbv2cli.errors import MachineError
from sbv2cli.records import LineId, ManifestRow, Status
from sbv2cli.writers import manifest
from sbv2cli.writers.naming import fold

KEPT_ROWS = 20_000
"""Rows that are held in memory as well: a script of usual length is looked up there."""

LOOKED_UP = ("post_key", "frontend_key")
"""Columns by which `first` is asked for rows."""

_CACHE = "cache_size = -32768"  # KiB
_APPLICATION = 0x53425632  # "SBV2", in the header of the file
_APPLICATION_AT = 68
_MOST = 2**62


class RowFacts(NamedTuple):
    """What decides about a row without reading it. Another one needs another `VERSION`."""

    id: LineId
    number: int
    take: int | None
    take_of: LineId | None
    status: Status
    file: str | None
    script: str
    post_key: str | None
    frontend_key: str | None
    bert: int | None
    reading_key: str | None
    timings: str | None
    bytes: int | None
    what: str | None  # of its change
    orphan: int
    at: int  # where its record begins in the JSONL
    size: int


VERSION = 2  # of the tables

_ALL = ", ".join(RowFacts._fields)
_PLACES = ", ".join("?" * len(RowFacts._fields))
_TABLES = f"""
CREATE TABLE rows ({_ALL.replace("id,", "id TEXT PRIMARY KEY,", 1)});
CREATE TABLE superseded (name TEXT PRIMARY KEY, at, size) WITHOUT ROWID;
CREATE TABLE claims (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


class RowIndex(Mapping[LineId, ManifestRow]):
    """Rows by id; a later row of an id takes the place of the one before."""

    def __init__(self, source: Path | BinaryIO, database: sqlite3.Connection | None = None) -> None:
        """Begin an empty index.

        Args:
            source: where the records of the rows are.
            database: an index that was kept; else one in a temporary file.
        """
        self.changes_from = 0  # what rows before it say of changes was said by an earlier run
        self.as_written = False  # whether each record is as `manifest.to_json` has it
        self._source = source
        self._file: BinaryIO | None = None
        self._kept: dict[LineId, ManifestRow] = {}
        self._indexed: set[str] = set()
        self._database = database or new_database()
        weakref.finalize(self, self._database.close)

    # As a mapping.

    def __getitem__(self, name: LineId) -> ManifestRow:
        row = self._kept.get(name)
        if row is None:
            place = self._one("SELECT at, size FROM rows WHERE id = ?", bound(name))
            if place is None:
                raise KeyError(name)
            row = self.row_at(*place)
            if row.id != name:
                raise self._damaged()
            self._keep(row)
        return row

    def __contains__(self, name: object) -> bool:
        return (
            name in self._kept
            or self._one("SELECT 1 FROM rows WHERE id = ?", bound(str(name))) is not None
        )

    def __iter__(self) -> Iterator[LineId]:
        return (facts.id for facts in self.facts())

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM rows").fetchone()[0])

    # What is added.

    def add(self, row: ManifestRow, at: int, size: int, *, orphan: bool = False) -> None:
        """A row whose record was read or written."""
        self._kept.pop(row.id, None)
        self._supersede(row)
        self._insert("INSERT OR REPLACE", facts_of(row, at, size, orphan=orphan))
        self._keep(row)

    def add_facts(self, facts: RowFacts) -> None:
        """A row that is not read, because its facts are known; none has its id yet."""
        self._insert("INSERT", facts)

    def claim(self, names: Iterable[str]) -> None:
        """Folded names of files that are ours."""
        self._database.executemany(
            "INSERT OR IGNORE INTO claims VALUES (?)", ((bound(name),) for name in names)
        )

    def forget_changes(self, at: int) -> None:
        """What the rows before `at` say of changes was another run's."""
        self.changes_from = at
        self._kept.clear()

    # What is asked.

    def is_claimed(self, name: str) -> bool:
        """Whether a file of this folded name is ours."""
        return self._one("SELECT 1 FROM claims WHERE name = ?", bound(name)) is not None

    def facts(self, where: str = "1", values: tuple[Any, ...] = ()) -> Iterator[RowFacts]:
        """The facts of rows, in the order in which they were added."""
        return self._select(f"WHERE {where} ORDER BY rowid", values)

    def in_order(self, where: str = "1", values: tuple[Any, ...] = ()) -> Iterator[RowFacts]:
        """The facts of rows, in the order of the script."""
        return self._select(f"WHERE {where} ORDER BY number, coalesce(take, 0), id", values)

    def first(self, column: str, value: object, where: str = "1") -> RowFacts | None:
        """The row that was added last among those with this value; the column gets an index."""
        if column not in self._indexed:
            self._indexed.add(column)
            self._database.execute(f"CREATE INDEX IF NOT EXISTS by_{column} ON rows ({column})")
        tail = f"WHERE {column} = ? AND {where} ORDER BY rowid DESC LIMIT 1"
        return next(self._select(tail, (value,)), None)

    def facts_of(self, name: LineId) -> RowFacts | None:
        """The facts of one row."""
        return next(self._select("WHERE id = ?", (bound(name),)), None)

    def what(self, facts: RowFacts) -> str | None:
        """What the last run did with a row, if it did anything."""
        return None if facts.at < self.changes_from else facts.what

    def superseded(self) -> Iterator[ManifestRow]:
        """The last row of each file that its line has left, and no later row tells of."""
        for at, size in self._database.execute("SELECT at, size FROM superseded ORDER BY at"):
            yield self.row_at(at, size)

    def counts(self, column: str, where: str = "1") -> dict[str, int]:
        """How many rows have each value of a column."""
        query = f"SELECT {column}, count(*) FROM rows WHERE {where} GROUP BY 1"
        counts = self._database.execute(query)
        return {unbound(value): count for value, count in counts}

    def row_at(self, at: int, size: int) -> ManifestRow:
        """The row of the record there."""
        try:
            record = json.loads(self.raw(at, size))
            row = manifest.from_json(record)
        except (ValueError, AttributeError):
            raise self._damaged() from None
        if row is None:
            raise self._damaged()
        return manifest.without_change(row) if at < self.changes_from else row

    def raw(self, at: int, size: int) -> bytes:
        """The record there, with its line break."""
        if self._file is None:
            source = self._source
            self._file = source.open("rb", buffering=0) if isinstance(source, Path) else source
            weakref.finalize(self, self._file.close)
        self._file.seek(at)
        return self._file.read(size)

    # What else is kept in the file of an index.

    def save(self, path: Path, notes: Mapping[str, str]) -> None:
        """Write a file of it that later can be asked the same, and what was noted."""
        for column in LOOKED_UP:
            self.first(column, None)
        if self._database.in_transaction:
            self._database.commit()
        self._database.execute("VACUUM INTO ?", (str(path),))
        with closing(sqlite3.connect(path, isolation_level=None)) as saved:
            saved.execute("PRAGMA journal_mode = OFF")
            saved.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", notes.items())

    def noted(self, name: str) -> str | None:
        """A fact that was kept."""
        found = self._one("SELECT value FROM facts WHERE name = ?", name)
        return None if found is None else str(found[0])

    def release(self, moves_to: Path | None = None) -> None:
        """Let go of the JSONL, so that it can be replaced; it is opened again when it is asked."""
        if isinstance(self._source, Path) and self._file is not None:
            self._file.close()
            self._file = None
        self._source = moves_to or self._source

    def _select(self, tail: str, values: tuple[Any, ...]) -> Iterator[RowFacts]:
        rows = self._database.execute(f"SELECT {_ALL} FROM rows {tail}", values)
        return (
            RowFacts._make(row if bytes not in map(type, row) else map(unbound, row))
            for row in rows
        )

    def _supersede(self, row: ManifestRow) -> None:
        """Keep where the row before has its record, if the file of that one is left behind."""
        file = None if row.file is None else bound(fold(row.file))
        before = self._one("SELECT file, at, size FROM rows WHERE id = ?", bound(row.id))
        if before is not None and before[0] is not None:
            name = bound(fold(unbound(before[0])))
            if name != file:
                query = "INSERT OR REPLACE INTO superseded VALUES (?, ?, ?)"
                self._database.execute(query, (name, *before[1:]))
        self._database.execute("DELETE FROM superseded WHERE name = ?", (file,))

    def _insert(self, verb: str, facts: RowFacts) -> None:
        query = f"{verb} INTO rows VALUES ({_PLACES})"
        try:
            self._database.execute(query, facts)
        except UnicodeEncodeError:
            self._database.execute(query, [bound(one) for one in facts])

    def _one(self, query: str, value: object) -> Any:
        return self._database.execute(query, (value,)).fetchone()

    def _keep(self, row: ManifestRow) -> None:
        if len(self._kept) >= KEPT_ROWS:
            # Not one by one: what is first in a dictionary is found past all that was taken out.
            self._kept.clear()
        self._kept[row.id] = row

    def _damaged(self) -> MachineError:
        return MachineError(
            "manifest.index",
            "the index of the manifest does not fit it",
            at=str(self._source),
            hint="delete the file that ends with .index, then run the same command again",
        )


def facts_of(row: ManifestRow, at: int, size: int, *, orphan: bool) -> RowFacts:
    """The facts of a row whose record is at that place."""
    return RowFacts(
        id=row.id,
        number=_bounded(row.number),
        take=None if row.take is None else _bounded(row.take),
        take_of=None if row.take_of is None else LineId(row.take_of),
        status=row.status,
        file=row.file,
        script=row.source.path,
        post_key=row.post_key,
        frontend_key=row.frontend_key,
        bert=row.bert,
        reading_key=row.reading_key,
        timings=row.timings,
        bytes=None if row.audio is None or row.audio.bytes is None else _bounded(row.audio.bytes),
        what=None if row.change is None else row.change.what,
        orphan=orphan,
        at=at,
        size=size,
    )


def bound(value: Any) -> Any:
    """What SQLite takes of a value: half of a surrogate pair has no UTF-8, and goes as bytes."""
    if not isinstance(value, str) or value.isascii():
        return value
    data = value.encode("utf-8", "surrogatepass")
    return data if b"\xed" in data and not _is_text(data) else value


def unbound(value: Any) -> Any:
    """What was given to `bound`."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bounded(number: int) -> int:
    """Only its order counts, and SQLite has 64 bits."""
    return max(-_MOST, min(number, _MOST))


def new_database() -> sqlite3.Connection:
    """The tables of an index, in memory, and in a temporary file where they grow."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for setting in ("journal_mode = OFF", "synchronous = OFF", _CACHE):
        database.execute(f"PRAGMA {setting}")
    database.execute(f"PRAGMA application_id = {_APPLICATION}")
    database.execute(f"PRAGMA user_version = {VERSION}")
    database.executescript(_TABLES)
    database.execute("BEGIN")
    return database


def is_index(path: Path) -> bool | None:
    """Whether a file is an index of ours; `None` where there is none, or nothing in it."""
    try:
        with path.open("rb") as file:
            head = file.read(_APPLICATION_AT + 4)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return False
    return None if not head else head[_APPLICATION_AT:] == _APPLICATION.to_bytes(4, "big")


def saved_database(path: Path) -> sqlite3.Connection | None:
    """The tables of an index that was saved, or `None` where they cannot be used."""
    if not is_index(path):
        return None
    database = None
    try:
        place = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        database = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
        database.execute(f"PRAGMA {_CACHE}")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (said,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError:
        version, said = None, None
    if (version, said) == (VERSION, "ok"):
        return database
    if database is not None:
        database.close()
    return None


def index_of(rows: Iterable[ManifestRow], orphans: Iterable[LineId] = ()) -> RowIndex:
    """An index of rows that are in memory."""
    source = io.BytesIO()
    index = RowIndex(source)
    left = set(orphans)
    for row in rows:
        at = source.seek(0, io.SEEK_END)
        record = manifest.as_bytes(manifest.to_json(row, orphan=row.id in left))
        source.write(record)
        index.add(row, at, len(record), orphan=row.id in left)
    return index
