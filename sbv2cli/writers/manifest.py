"""The manifest: a journal while a run goes on, a sorted table when it is over.

UTF-8 JSON, one record a row; the last record of an id wins. What the fields mean is said in
`docs/reference/manifest.md`.
"""

from __future__ import annotations

import errno
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, get_args

from sbv2cli.errors import UsageError
from sbv2cli.files import cannot_read, disk_error
from sbv2cli.records import (
    AudioFacts,
    Change,
    LineFailure,
    LineId,
    MadeWith,
    ManifestRow,
    Severity,
    Source,
    Status,
    Warned,
    What,
)
from sbv2cli.writers.naming import fold

R = TypeVar("R", AudioFacts, MadeWith)

NAME = "manifest.jsonl"
SCHEMA_NAME = "sbv2.manifest"
SCHEMA_MAJOR = 1
SCHEMA = f"{SCHEMA_NAME}/{SCHEMA_MAJOR}"

# How much of a run a power cut may cost. The audio files are synced one by one.
FSYNC_SECONDS = 2.0

_DIGITS = 20  # of 64 bits, with a sign

JOB, LINE, ORPHAN, SUMMARY = "job", "line", "orphan", "summary"

UNSORTED = "unsorted"
"""Key of a summary: the run has ended, its manifest and report are not written yet."""

MANIFEST_NAMES = {"number": "n", "seconds": "duration", "language": "lang"}
"""Fields of a row that stand in the manifest under another name."""

_ROW = {each.name: str(each.type) for each in fields(ManifestRow)}
_AUDIO = tuple(each.name for each in fields(AudioFacts))
_LEVELS = ("peak_db", "rms_db")
_KNOWN = frozenset(("type", *(MANIFEST_NAMES.get(name, name) for name in _ROW), *_AUDIO))
# Kinds of fields that JSON has, as they are written in `records`, and their empty values.
_KINDS: Mapping[str, tuple[type | tuple[type, ...], Any]] = {
    "str | None": (str, None),
    "int | None": (int, None),
    "float | None": ((int, float), None),
    "bool | None": (bool, None),
    "Mapping[str, float]": (dict, {}),
    "Mapping[str, str]": (dict, {}),
    "Sequence[Any] | None": (list, None),
}
_EMPTY: tuple[Any, ...] = ({}, ())

_Kinds = tuple[tuple[str, str, type | tuple[type, ...], Any], ...]


def _kinds(kind: type[ManifestRow | MadeWith | AudioFacts | Change]) -> _Kinds:
    """(field, its key in JSON, types of its value, what stands where there is none)."""
    return tuple(
        (each.name, MANIFEST_NAMES.get(each.name, each.name), *_KINDS[str(each.type)])
        for each in fields(kind)
        if str(each.type) in _KINDS
    )


# Worked out once: there are tens of thousands of rows.
_KINDS_OF: Mapping[type, _Kinds] = {
    kind: _kinds(kind) for kind in (ManifestRow, MadeWith, AudioFacts, Change)
}
_SEVERITIES: Mapping[str, Severity] = {severity: severity for severity in get_args(Severity)}
_WHATS: Mapping[str, What] = {what: what for what in get_args(What)}
_STATUSES: Mapping[str, Status] = {status: status for status in get_args(Status)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a manifest holds. Orphans are rows of lines that no script names any more."""

    header: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[LineId, ManifestRow] = field(default_factory=dict)
    orphans: frozenset[LineId] = frozenset()
    claimed: frozenset[str] = frozenset()  # folded names of all files that any record tells of
    summary: Mapping[str, Any] | None = None
    damaged: int = 0  # records in the middle that could not be read

    @property
    def complete(self) -> bool:
        """Whether the last run came to its end."""
        return is_complete(self.summary)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest or a journal; a missing file is an empty one.

    A torn last row is what a killed run leaves, and says nothing.
    """
    header: Mapping[str, Any] = {}
    summary: Mapping[str, Any] | None = None
    rows: dict[LineId, ManifestRow] = {}
    orphans: set[LineId] = set()
    claimed: set[str] = set()
    damaged = 0
    for entry in entries(path):
        if entry.kind == JOB:
            header = entry.record
            if is_complete(summary):
                rows = {name: without_change(row) for name, row in rows.items()}
            summary = None  # that of a run before
        elif entry.kind == SUMMARY:
            summary = entry.record
        elif entry.row is not None:
            row = entry.row
            rows[row.id] = row
            (orphans.add if entry.kind == ORPHAN else orphans.discard)(row.id)
        else:
            damaged += 1
        claimed |= entry.claims
    return Manifest(
        header=header,
        rows=rows,
        orphans=frozenset(orphans),
        claimed=frozenset(claimed),
        summary=summary,
        damaged=damaged,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record of a manifest and where it stands; one without kind or row could not be read."""

    kind: str | None
    record: Mapping[str, Any]
    row: ManifestRow | None
    at: int
    size: int

    @property
    def as_written(self) -> bool:
        """Whether the record of a row says what `to_json` says, in so many bytes."""
        if self.row is None:
            return False
        record = to_json(self.row, orphan=self.kind == ORPHAN)
        return record == self.record and len(as_bytes(record)) == self.size

    @property
    def claims(self) -> set[str]:
        """Folded names of the files that it tells of; also where the rest of it is damaged."""
        if self.row is not None:
            return _claims(self.row.file, self.row.timings)
        if self.kind in {LINE, ORPHAN}:
            return _claims(self.record.get("file"), self.record.get("timings"))
        return set()


def entries(path: Path) -> Iterator[Entry]:
    """The records of a manifest or a journal, one by one; none where there is no file.

    A torn last row is what a killed run leaves, and says nothing.
    """
    at = 0
    try:
        with path.open("rb") as file:
            for text in file:
                if not text.endswith(b"\n"):
                    return
                yield _entry(text, at, path)
                at += len(text)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # no file is called so; writing will say it
            return
        raise cannot_read(error, path) from error


def _entry(text: bytes, at: int, path: Path) -> Entry:
    record = _object(text)
    kind = None if record is None else str(record.get("type"))
    if kind == JOB and record is not None:
        _check_schema(record, path)
    elif at == 0:
        raise _foreign(path)
    row = from_json(record) if kind in {LINE, ORPHAN} and record is not None else None
    return Entry(kind=kind, record=record or {}, row=row, at=at, size=len(text))


def _claims(*names: object) -> set[str]:
    return {fold(inside) for name in names if (inside := _inside(name)) is not None}


def is_complete(summary: Mapping[str, Any] | None) -> bool:
    """Whether a run with this summary came to its end."""
    return is_published(summary) and not (summary or {}).get("cancelled")


def is_published(summary: Mapping[str, Any] | None) -> bool:
    """Whether the records before this summary are sorted, and the report of changes is there."""
    return summary is not None and not summary.get(UNSORTED)


def without_change(row: ManifestRow) -> ManifestRow:
    """The row without what an earlier run did with it."""
    return row if row.change is None else replace(row, change=None)


def to_json(row: ManifestRow, *, orphan: bool = False) -> dict[str, Any]:
    """A row as a JSON object."""
    record: dict[str, Any] = {"type": ORPHAN if orphan else LINE}
    for name in _ROW:
        value = getattr(row, name)
        if name == "audio" and value is not None:
            record |= _audio_as_json(value)
        elif name == "unknown":
            record |= value
        elif value is not None and value not in _EMPTY:
            record[MANIFEST_NAMES.get(name, name)] = _ENCODERS.get(name, _same)(value)
    return record


def from_json(record: Mapping[str, Any]) -> ManifestRow | None:
    """The row of a JSON object, or `None` where it is not one."""
    line, number = record.get("id"), record.get("n")
    status: Status | None = _STATUSES.get(str(record.get("status")))
    if not isinstance(line, str) or not isinstance(number, int) or status is None:
        return None
    file, source, error = record.get("file"), record.get("source"), record.get("error")
    made, warnings = record.get("made"), record.get("warnings")
    change = record.get("change")
    if isinstance(file, str) and "\0" in file:
        return None
    return ManifestRow(
        **_values(ManifestRow, record)
        | {
            "id": LineId(line),
            "number": number,
            "status": status,
            "text": str(record.get("text", "")),
            "source": _source(source if isinstance(source, dict) else {}),
            "file": _inside(file),
            "timings": _inside(record.get("timings")),
            "error": _failure(line, error) if isinstance(error, dict) else None,
            "made": _record(MadeWith, made) if isinstance(made, dict) else None,
            "audio": _record(AudioFacts, record) if not record.keys().isdisjoint(_AUDIO) else None,
            "change": _change(change) if isinstance(change, dict) else None,
            "warnings": tuple(_warnings(warnings if isinstance(warnings, list) else [])),
            "unknown": {key: value for key, value in record.items() if key not in _KNOWN},
        }
    )


class Journal:
    """Appends records, so that whatever ends a run, what is finished is known."""

    def __init__(self, path: Path, header: Mapping[str, Any], *, fsync: bool = True) -> None:
        self.path = path
        self.fsync = fsync
        self._synced = time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("r+b" if path.exists() else "x+b", buffering=0)
        except OSError as error:
            raise disk_error(error, path) from error
        self._end = self._end_of_last_row()
        self.header = {"type": JOB, "schema": SCHEMA, **header}
        self._append(self.header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, row: ManifestRow, *, orphan: bool = False) -> tuple[int, int]:
        """Note that a line has come to its end, good or bad; where its record is, and how long."""
        at = self._end
        self._append(to_json(row, orphan=orphan))
        return at, self._end - at

    def summary(self, content: Mapping[str, Any]) -> None:
        """Note how the run ended; its manifest is still to be published."""
        self._append({"type": SUMMARY, **content, UNSORTED: True})
        self.sync()

    def sync(self) -> None:
        """Ask the disk to keep what has been said so far."""
        if self.fsync and not self._file.closed:
            os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Stop writing."""
        if not self._file.closed:
            self.sync()
            self._file.close()

    def _append(self, record: Mapping[str, Any]) -> None:
        data = as_bytes(record)
        try:
            self._file.seek(self._end)
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            # Half a row in the middle would hide the one after it.
            self._file.truncate(self._end)
            raise disk_error(error, self.path) from error
        self._end += len(data)
        if time.monotonic() - self._synced >= FSYNC_SECONDS:
            self.sync()

    def _end_of_last_row(self) -> int:
        """Cut off the torn row of a killed run."""
        size = self._file.seek(0, os.SEEK_END)
        position = size
        while position > 0:
            step = min(position, 65536)
            self._file.seek(position - step)
            newline = self._file.read(step).rfind(b"\n")
            if newline >= 0:
                position = position - step + newline + 1
                break
            position -= step
        if position < size:
            self._file.truncate(position)
        return position


def as_bytes(record: Mapping[str, Any]) -> bytes:
    """A record as it stands in the file."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    # A text may hold half of a surrogate pair; it has no UTF-8, but has an escape in JSON.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(text, parse_int=_int)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _int(digits: str) -> int:
    # No number of ours is longer, and one of hundreds of digits has no float.
    if len(digits) > _DIGITS:
        raise ValueError(digits[:_DIGITS])
    return int(digits)


def _check_schema(header: Mapping[str, Any], path: Path) -> None:
    name, _, major = str(header.get("schema", "")).partition("/")
    if name != SCHEMA_NAME or not re.fullmatch(r"[0-9]{1,9}", major):
        raise _foreign(path)
    if int(major) > SCHEMA_MAJOR:
        raise UsageError(
            "manifest.newer",
            f"the manifest is of version {major}, this sbv2 knows up to {SCHEMA_MAJOR}",
            at=str(path),
            hint="update sbv2, or choose another folder",
        )


def _foreign(path: Path) -> UsageError:
    return UsageError(
        "manifest.foreign",
        "the file is no manifest of sbv2",
        at=str(path),
        hint="to read one, give the manifest.jsonl of sbv2 render; to write one, choose another"
        " folder, or move the file away",
    )


def _inside(file: object) -> str | None:
    """A path below the output folder, else none: a manifest is a file that anybody can write."""
    if not isinstance(file, str):
        return None
    parts = file.replace("\\", "/").split("/")
    inside = ".." not in parts and "" not in parts and ":" not in parts[0]
    return file if inside else None


def _same(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _values(kind: type, record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields whose values are of the right type; the others are empty."""
    found = {}
    for name, key, types, empty in _KINDS_OF[kind]:
        value = record.get(key)
        found[name] = value if isinstance(value, types) else empty
    return found


def _record(kind: type[R], record: Mapping[str, Any]) -> R:
    return kind(**_values(kind, record))


def _present(record: Any) -> dict[str, Any]:
    # Not `asdict`, which copies deeply: this runs for every line.
    values = ((name, getattr(record, name)) for name in record.__slots__)
    return {name: value for name, value in values if value is not None}


def _audio_as_json(audio: AudioFacts) -> dict[str, Any]:
    # A level that is null is that of silence.
    levels = dict.fromkeys(_LEVELS) if audio.bytes is not None else {}
    return {**levels, **_present(audio)}


def _source_as_json(source: Source) -> dict[str, Any]:
    place: dict[str, Any] = {"path": source.path, "line": source.row}
    if source.column is not None:
        place["col"] = source.column
    if source.sheet is not None:
        place["sheet"] = source.sheet
    if source.member is not None:
        place["member"] = source.member
    return place


def _failure_as_json(failure: LineFailure) -> dict[str, Any]:
    return {key: value for key, value in _present(failure).items() if key != "id"}


def _warnings_as_json(warnings: Iterable[Warned]) -> list[dict[str, Any]]:
    records = []
    for warned in warnings:
        record: dict[str, Any] = {"code": warned.code, "message": warned.message}
        if warned.severity != "warning":
            record["severity"] = warned.severity
        if warned.at is not None:
            record["at"] = list(warned.at)
        records.append(record)
    return records


def _warnings(records: Iterable[Any]) -> Iterator[Warned]:
    for record in records:
        if not isinstance(record, dict):
            continue
        at = record.get("at")
        whole = isinstance(at, list) and len(at) == 2 and all(isinstance(n, int) for n in at)
        yield Warned(
            code=str(record.get("code", "")),
            message=str(record.get("message", "")),
            severity=_SEVERITIES.get(str(record.get("severity")), "warning"),
            at=(at[0], at[1]) if at is not None and whole else None,
        )


def _change_as_json(change: Change) -> dict[str, Any]:
    return {
        MANIFEST_NAMES.get(name, name): list(value) if isinstance(value, tuple) else value
        for name, value in _present(change).items()
        if value != ()
    }


def _change(record: Mapping[str, Any]) -> Change | None:
    what = _WHATS.get(str(record.get("what")))
    why = record.get("why")
    if what is None:
        return None
    return Change(
        what=what,
        why=tuple(map(str, why)) if isinstance(why, list) else (),
        **_values(Change, record),
    )


_ENCODERS: Mapping[str, Callable[[Any], Any]] = {
    "source": _source_as_json,
    "error": _failure_as_json,
    "made": _present,
    "change": _change_as_json,
    "warnings": _warnings_as_json,
}


def _source(source: Mapping[str, Any]) -> Source:
    row, column = source.get("line"), source.get("col")
    sheet, member = source.get("sheet"), source.get("member")
    return Source(
        path=str(source.get("path", "")),
        row=row if isinstance(row, int) else 0,
        column=column if isinstance(column, int) else None,
        sheet=sheet if isinstance(sheet, str) else None,
        member=member if isinstance(member, str) else None,
    )


def _failure(line: str, error: Mapping[str, Any]) -> LineFailure:
    at, hint = error.get("at"), error.get("hint")
    return LineFailure(
        id=LineId(line),
        code=str(error.get("code", "")),
        message=str(error.get("message", "")),
        at=at if isinstance(at, str) else None,
        hint=hint if isinstance(hint, str) else None,
    )
