"""The audio files of an output folder by what they hold, so that no sound is made twice.

A line that was renamed, moved or repeated takes the bytes of the file that has them. Files that
are about to be overwritten while another line may want them are held until the end of the run.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sbv2cli.pipeline.diff import GOOD, MADE
from sbv2cli.records import LineId, ManifestRow
from sbv2cli.writers import timings
from sbv2cli.writers.row_index import RowIndex, bound, unbound

_TABLE = """
PRAGMA journal_mode = OFF;
CREATE TABLE files (file TEXT, key TEXT, id TEXT, now INTEGER, held INTEGER, UNIQUE (file, held));
CREATE INDEX by_key ON files (key);
BEGIN;
"""

HELD = ".sbv2"
_PLACE = "held"
_OURS = re.compile(r"[0-9a-f]{32}(?:\.json)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where the bytes of a post key are, and the row that says what they are."""

    path: Path
    sidecar: Path
    row: ManifestRow


class AudioStore:
    """Files below one folder. The main thread alone calls it; others write the files."""

    def __init__(self, folder: Path, previous: RowIndex, now: RowIndex) -> None:
        """Begin with the files that the rows of the last run tell of.

        Args:
            folder: where they are.
            previous: the rows of the last run.
            now: those of this run, where rows that are noted can be found.
        """
        self.folder = folder
        self._rows = (previous, now)
        self._files: sqlite3.Connection | None = None

    def find(self, post_key: str) -> Held | None:
        """Who has these bytes."""
        found = self._one("SELECT file, id, now, held FROM files WHERE key = ?", post_key)
        if found is None:
            return None
        file, line, now, held = map(unbound, found)
        return self._held(file, self._rows[now][line], held=held)

    def bytes_of(self, held: Held) -> tuple[bytes, bytes | None] | None:
        """The audio and its sidecar, if they are still what the manifest says."""
        try:
            data = held.path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != held.row.sha256:
            return None
        if held.row.timings is None:
            return data, None
        try:
            return data, held.sidecar.read_bytes()
        except OSError:
            return data, None

    def release(self, file: str) -> ManifestRow | None:
        """A file is about to be overwritten: the row that stops being true then, if there is one.

        What is there now is held until the end of the run if someone may want it.
        """
        found = self._one("SELECT key, id, now FROM files WHERE file = ? AND NOT held", file)
        if found is None:
            return None
        key, line, now = map(unbound, found)
        row = self._rows[now][line]
        (newest,) = self._one("SELECT file FROM files WHERE key = ?", key)
        self._table.execute("DELETE FROM files WHERE file = ? AND NOT held", (bound(file),))
        if unbound(newest) != file:
            return row
        there, kept = self._held(file, row), self._held(file, row, held=True)
        if _link(there.path, kept.path):
            _link(there.sidecar, kept.sidecar)
            self._add((file, key, line, now, True))
        return row

    def note(self, row: ManifestRow) -> None:
        """Remember what a file holds now."""
        if row.status in GOOD and row.file is not None and row.post_key is not None:
            self._add((row.file, row.post_key, row.id, True, False))

    def _held(self, file: str, row: ManifestRow, *, held: bool = False) -> Held:
        if held:
            place = self.folder / HELD / _PLACE
            return Held(
                path=place / f"{row.post_key}", sidecar=place / f"{row.post_key}.json", row=row
            )
        sidecar = self.folder / timings.sidecar_path(file)
        return Held(path=self.folder / file, sidecar=sidecar, row=row)

    @property
    def _table(self) -> sqlite3.Connection:
        """Which file has which bytes; made when it is first asked."""
        if self._files is None:
            self._files = sqlite3.connect("", isolation_level=None)
            weakref.finalize(self, self._files.close)
            self._files.executescript(_TABLE)
            where = f"{MADE} AND file NOTNULL AND post_key NOTNULL"
            self._files.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                (
                    (bound(facts.file), bound(facts.post_key), bound(facts.id), False, False)
                    for facts in self._rows[0].facts(where)
                ),
            )
        return self._files

    def _add(self, values: tuple[str, str, LineId, bool, bool]) -> None:
        self._table.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", [*map(bound, values)]
        )

    def _one(self, query: str, value: str) -> Any:
        """The newest of what is there."""
        return self._table.execute(
            f"{query} ORDER BY rowid DESC LIMIT 1", (bound(value),)
        ).fetchone()

    def clear(self) -> None:
        """Let go of what was held."""
        place = self.folder / HELD / _PLACE
        if place.parent.is_symlink() or place.is_symlink():
            return
        with suppress(OSError):  # what is not ours stays, and so do the folders of it
            for path in place.iterdir():
                if _OURS.fullmatch(path.name) and not path.is_dir():
                    path.unlink()
            place.rmdir()
            place.parent.rmdir()


def _link(source: Path, target: Path) -> bool:
    try:
        for folder in (target.parent.parent, target.parent):  # a folder that is gone stays gone
            folder.mkdir(exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:
            if not source.is_file():
                return False
            # A file system without hard links: exFAT, some network drives.
            shutil.copyfile(source, target)
    except OSError:
        return False
    return True
