"""Sounds that workers are to make, on the disk until they are sent.

A new script of a million lines would take gigabytes. Lines of one sound travel together, wherever
they stand in the script, so they are looked up by their sound, in SQLite and a temporary file.
"""

from __future__ import annotations

import pickle
import sqlite3
import weakref
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from sbv2cli.pipeline.diff import Outlined
from sbv2cli.pipeline.job import Job, OpenVoice, PreparedLine
from sbv2cli.pipeline.spool import flat, unflat
from sbv2cli.pipeline.whole_lines import SoundWork
from sbv2cli.records import LineId

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE sounds (number INTEGER PRIMARY KEY, name TEXT UNIQUE, voice TEXT);
CREATE TABLE lines (sound INTEGER, number INTEGER, line BLOB, PRIMARY KEY (sound, number))
    WITHOUT ROWID;
BEGIN;
"""

_LINES = """
SELECT sounds.name, lines.line FROM sounds JOIN lines ON lines.sound = sounds.number
WHERE sounds.voice = ? ORDER BY sounds.number, lines.number
"""


class PendingSounds:
    """Filled by the run, walked once by whoever sends them; lines under way are in memory."""

    def __init__(self, job: Job) -> None:
        self._reuse = job.reuse
        self._voices: dict[str, OpenVoice] = {}  # by fingerprint, in the order of the script
        self._under_way: dict[LineId, PreparedLine] = {}
        self._lines = 0
        self._table = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._table.close)
        self._table.executescript(_TABLES)

    def add(self, item: Outlined) -> None:
        """A line is to be made, together with those that share its sound."""
        prepared, voice = item.prepared, item.prepared.voice
        self._voices.setdefault(voice.fingerprint, voice)
        known = self._reuse and item.keys is not None
        # The number stands for an id, of which not every one is a text to SQLite.
        name = item.keys.synth if known and item.keys else f"#{self._lines}"
        query = "INSERT OR IGNORE INTO sounds (name, voice) VALUES (?, ?)"
        self._table.execute(query, (name, voice.fingerprint))
        (sound,) = self._table.execute(
            "SELECT number FROM sounds WHERE name = ?", (name,)
        ).fetchone()
        data = pickle.dumps(flat(prepared, None), pickle.HIGHEST_PROTOCOL)
        self._table.execute("INSERT INTO lines VALUES (?, ?, ?)", (sound, self._lines, data))
        self._lines += 1

    def __len__(self) -> int:
        """How many sounds there are."""
        return int(self._table.execute("SELECT count(*) FROM sounds").fetchone()[0])

    def __iter__(self) -> Iterator[SoundWork]:
        """The sounds of one voice after those of another, as their first lines stand."""
        for fingerprint, voice in self._voices.items():
            rows = self._table.execute(_LINES, (fingerprint,))
            for name, group in groupby(rows, key=itemgetter(0)):
                packed = tuple(data for _, data in group)
                lines = [unflat(pickle.loads(data), voice) for data in packed]  # noqa: S301 - ours
                self._under_way |= {line.id: line for line in lines}
                yield SoundWork(
                    id=name,
                    voice=fingerprint,
                    ids=tuple(line.id for line in lines),
                    lines=packed,
                    characters=len(lines[0].line.text),
                )

    def made(self, name: LineId) -> PreparedLine:
        """A line that came back."""
        return self._under_way.pop(name)
