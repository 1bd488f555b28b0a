"""Records in a row that may be longer than memory: the first in a list, the others on the disk."""

from __future__ import annotations

import pickle
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

from sbv2cli import files
from sbv2cli.pipeline.job import OpenVoice, PreparedLine
from sbv2cli.records import ScriptLine, Source

T = TypeVar("T")
R = TypeVar("R")

IN_MEMORY = 20_000
"""Records of a script of usual length stay where they are."""

_CHUNK = 1000  # written and read at a time; within a chunk, what is equal by identity is kept once


class Spool(Sequence[T], Generic[T]):
    """A row that is filled once and then walked in order, as often as is wanted."""

    def __init__(
        self,
        records: Iterable[T] = (),
        *,
        pack: Callable[[T], Any] = lambda record: record,
        unpack: Callable[[Any], T] = lambda packed: packed,
    ) -> None:
        """Begin with some records.

        Args:
            records: the first ones.
            pack: what of a record is written; anything that can be pickled.
            unpack: makes the record of it.
        """
        self._pack, self._unpack = pack, unpack
        self._places: list[tuple[int, int]] = []  # of the chunks in the file
        self._recent: list[T] = []
        self._file: Any = None
        self._turn = threading.Lock()  # a stage may read while the run does
        for record in records:
            self.append(record)

    def append(self, record: T) -> None:
        """Add a record at the end."""
        self._recent.append(record)
        if len(self._recent) >= IN_MEMORY:
            self._write()

    def __len__(self) -> int:
        return len(self._places) * _CHUNK + len(self._recent)

    def __iter__(self) -> Iterator[T]:
        for place in self._places:
            yield from map(self._unpack, self._chunk(place))
        yield from self._recent

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return list(self)[index]
        index = range(len(self))[index]
        chunk, rest = divmod(index, _CHUNK)
        if chunk < len(self._places):
            return self._unpack(self._chunk(self._places[chunk])[rest])
        return self._recent[index - len(self._places) * _CHUNK]

    def _write(self) -> None:
        if self._file is None:
            with files.temporary_disk_errors():
                # Without a buffer, which would be written once more when the file is closed.
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - of this row
            weakref.finalize(self, self._file.close)
        whole = len(self._recent) // _CHUNK * _CHUNK
        for start in range(0, whole, _CHUNK):
            packed = list(map(self._pack, self._recent[start : start + _CHUNK]))
            data = pickle.dumps(packed, pickle.HIGHEST_PROTOCOL)
            with self._turn, files.temporary_disk_errors():
                place = self._file.seek(0, 2)
                files.write_all(self._file, data)
                self._places.append((place, len(data)))
        del self._recent[:whole]

    def _chunk(self, place: tuple[int, int]) -> list[Any]:
        at, size = place
        with self._turn:
            self._file.seek(at)
            data = self._file.read(size)
        chunk: list[Any] = pickle.loads(data)  # noqa: S301 - our own file, without a name
        return chunk


def spool_of_lines(prepared_lines: Iterable[PreparedLine] = ()) -> Spool[PreparedLine]:
    """A row of prepared lines. Their voices stay in memory: there are few, and they are large."""
    voices: dict[int, OpenVoice] = {}

    def pack(prepared: PreparedLine) -> list[Any]:
        voices[id(prepared.voice)] = prepared.voice
        return flat(prepared, id(prepared.voice))

    def unpack(values: list[Any]) -> PreparedLine:
        return unflat(values, voices[values[_VOICE]])

    return Spool(prepared_lines, pack=pack, unpack=unpack)


def flat(prepared: PreparedLine, voice: Any) -> list[Any]:
    """The fields of a line, with something small in place of its voice.

    The line of the script and its place go as their fields too: pickle makes a frozen record with
    slots in Python code, field by field, and a million lines are unpacked several times.
    """
    values = list(_values(prepared))
    line = values[_LINE] = list(_line_values(prepared.line))
    line[_SOURCE] = _source_values(prepared.line.source)
    values[_VOICE] = voice
    return values


def unflat(values: list[Any], voice: OpenVoice) -> PreparedLine:
    """The line of these fields."""
    line = values[_LINE]
    line[_SOURCE] = _record(Source, _SET_SOURCE, line[_SOURCE])
    values[_LINE] = _record(ScriptLine, _SET_LINE, line)
    values[_VOICE] = voice
    return _record(PreparedLine, _SET, values)


def _record(
    kind: type[R], setters: Sequence[Callable[[Any, Any], None]], values: Iterable[Any]
) -> R:
    """A record of all its fields, as its class makes it; by keywords it takes twice as long."""
    made = object.__new__(kind)
    for put, value in zip(setters, values, strict=True):
        put(made, value)
    return made


def _setters(kind: type[Any], names: Iterable[str]) -> tuple[Callable[[Any, Any], None], ...]:
    return tuple(getattr(kind, name).__set__ for name in names)


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


_FIELDS, _LINE_FIELDS, _SOURCE_FIELDS = map(_names, (PreparedLine, ScriptLine, Source))
_LINE, _VOICE = _FIELDS.index("line"), _FIELDS.index("voice")
_SOURCE = _LINE_FIELDS.index("source")
_values, _line_values, _source_values = (
    attrgetter(*names) for names in (_FIELDS, _LINE_FIELDS, _SOURCE_FIELDS)
)
_SET = _setters(PreparedLine, _FIELDS)
_SET_LINE = _setters(ScriptLine, _LINE_FIELDS)
_SET_SOURCE = _setters(Source, _SOURCE_FIELDS)
