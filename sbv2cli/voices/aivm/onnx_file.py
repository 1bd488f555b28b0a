"""What an ONNX file says of itself, without its graph: metadata, and the names of its inputs.

An ONNX file is one `ModelProto` in the wire format of protocol buffers (protobuf.dev, "Encoding").
We read the few fields that we need and seek over everything else, so that a file of 250 MB costs
its metadata. Numbers of fields are those of onnx.proto3.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from sbv2cli.errors import VoiceError

MODEL_GRAPH = 7
MODEL_METADATA = 14
GRAPH_INPUT = 11
TENSOR_PLACE = 13  # entries of keys and values: "location" is a file

# Where tensors may lie, and what they lie in: fields of each message, and what message they hold.
_HOLDS: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {TENSOR_PLACE: "place"},
}
_DEPTH = 40  # graphs in graphs; more is a file made to keep us busy
ENTRY_KEY, ENTRY_VALUE = 1, 2
VALUE_NAME = 1

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5

# Icons and recordings make metadata large, and no voice has this much of them.
METADATA_LIMIT = 100_000_000
# A model has a dozen fields, and one more for each metadata entry; a graph has one for each node
# and tensor. More is a file made to keep us busy.
FIELD_LIMIT = 1_000_000


class BrokenError(Exception):
    """The bytes are not what they should be; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message, by its place in the file."""

    number: int
    wire: int
    begin: int  # of its tag
    start: int  # of what it holds
    end: int


def metadata(path: Path, file: BinaryIO | None = None) -> dict[str, str]:
    """The metadata of an ONNX file; of a key that is there twice the last counts.

    `file` is the file already open, wherever it is; then `path` is its name in errors alone.
    """
    with open_file(path, file) as (opened, size):
        return {key: value for key, value, _ in _metadata(opened, model_fields(opened, size))}


def input_names(path: Path) -> tuple[str, ...]:
    """The names of the graph's inputs, in their order."""
    with open_file(path) as (file, size):
        (graph,) = [field for field in model_fields(file, size) if is_bytes(field, MODEL_GRAPH)]
        return tuple(
            _name(file, field)
            for field in fields_of(file, graph.start, graph.end)
            if is_bytes(field, GRAPH_INPUT)
        )


def data_files(path: Path) -> frozenset[str]:
    """What the file calls the other files that its numbers are in, wherever it says so."""
    try:
        told = path.stat()
    except OSError as error:
        raise unreadable(path, (error.strerror or "refused").lower()) from None
    return _data_files_in(path, told.st_size, told.st_mtime_ns)


# Whoever opens a voice asks several times, and a graph of 1,000 nodes takes 20 ms.
@lru_cache(maxsize=16)
def _data_files_in(path: Path, _size: int, _modified: int) -> frozenset[str]:
    with open_file(path) as (file, size), mapped(file, size) as memory:
        return frozenset(_data_files(memory, "model", 0, size, _DEPTH))


def must_stay_inside(path: Path) -> None:
    """Refuse a graph that would read files beyond its own folder.

    Not every onnxruntime looks; and what it reads could be heard, or written into a new file.
    """
    for name in sorted(data_files(path)):
        if not _is_inside(name):
            raise VoiceError(
                "voice.onnx-outside",
                f'"{path.name}" wants to read "{name}", which is outside its folder',
                at=str(path),
                hint="do not use this file; get the voice from where it was published",
            )


def data_beside(path: Path) -> list[Path]:
    """The files that hold numbers of a graph; none where it cannot be read, or they are not there.

    Opening the graph says what is wrong with it.
    """
    try:
        names = data_files(path)
    except VoiceError:
        return []
    places = [path.parent / name for name in sorted(names) if _is_inside(name)]
    return [place for place in places if place.is_file()]


def _is_inside(name: str) -> bool:
    place = PurePosixPath(name.replace("\\", "/"))
    return not (place.is_absolute() or ".." in place.parts or ":" in name)


def _data_files(file: BinaryIO, message: str, start: int, end: int, depth: int) -> Iterator[str]:
    if not depth:
        raise BrokenError("its graphs are nested too deeply")
    holds = _HOLDS[message]
    for field in fields_of(file, start, end):
        inside = holds.get(field.number) if field.wire == BYTES else None
        if inside == "place":
            key, value, _ = _entry(file, field)
            if key == "location":
                yield value
        elif inside is not None:
            yield from _data_files(file, inside, field.start, field.end, depth - 1)


def mapped(file: BinaryIO, size: int) -> Any:
    """The bytes of an open file, which are read where they are looked at."""
    if not size:
        raise BrokenError("it is empty")
    return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)


def rewrite(source: Path, target: Path, *, drop: frozenset[str], add: Mapping[str, str]) -> None:
    """Copy an ONNX file without some metadata entries and with others; all else byte for byte."""
    with open_file(source) as (file, size):
        fields = model_fields(file, size)
        dropped = {
            entry.begin for key, _, entry in _metadata(file, fields) if key in drop or key in add
        }
        with target.open("wb") as out:
            for field in fields:
                if field.begin not in dropped:
                    _copy(file, out, field.begin, field.end)
            for key, value in add.items():
                entry = _delimited(ENTRY_KEY, key.encode()) + _delimited(
                    ENTRY_VALUE, value.encode()
                )
                out.write(_delimited(MODEL_METADATA, entry))


@contextmanager
def open_file(path: Path, given: BinaryIO | None = None) -> Iterator[tuple[BinaryIO, int]]:
    """An open file and its size; bytes that are not what they should be become our error."""
    try:
        file = path.open("rb") if given is None else given
    except OSError as error:
        raise unreadable(path, (error.strerror or "refused").lower()) from None
    with file:
        try:
            yield file, file.seek(0, os.SEEK_END)
        except BrokenError as error:
            raise unreadable(path, str(error)) from None


def unreadable(path: Path, why: str) -> VoiceError:
    """The error for a file that is no graph."""
    return VoiceError(
        "voice.onnx-file",
        f'"{path.name}" cannot be read as an ONNX file: {why}',
        at=str(path),
        hint="copy the file again from where the voice came from",
    )


def model_fields(file: BinaryIO, size: int) -> list[Field]:
    """The fields of the model; it has one graph."""
    fields = list(fields_of(file, 0, size))
    graphs = sum(is_bytes(field, MODEL_GRAPH) for field in fields)
    if graphs != 1:
        raise BrokenError("there is no graph in it" if not graphs else "it has several graphs")
    return fields


def _metadata(file: BinaryIO, fields: list[Field]) -> Iterator[tuple[str, str, Field]]:
    entries = [field for field in fields if is_bytes(field, MODEL_METADATA)]
    if sum(entry.end - entry.start for entry in entries) > METADATA_LIMIT:
        raise BrokenError(f"its metadata is larger than {METADATA_LIMIT:,} bytes")
    for entry in entries:
        yield _entry(file, entry)


def _entry(file: BinaryIO, entry: Field) -> tuple[str, str, Field]:
    key = value = ""
    for part in fields_of(file, entry.start, entry.end):
        if is_bytes(part, ENTRY_KEY):
            key = text(file, part)
        elif is_bytes(part, ENTRY_VALUE):
            value = text(file, part)
    return key, value, entry


def _name(file: BinaryIO, value: Field) -> str:
    name = ""
    for part in fields_of(file, value.start, value.end):
        if is_bytes(part, VALUE_NAME):
            name = text(file, part)
    return name


def is_bytes(field: Field, number: int) -> bool:
    """Whether it is this field, and holds bytes: a text, or another message."""
    return field.number == number and field.wire == BYTES


def fields_of(file: BinaryIO, start: int, end: int) -> Iterator[Field]:
    """The fields of a message between two places of a file; what they hold is not read."""
    position, count = start, 0
    while position < end:
        # Each time anew: whoever reads what a field holds moves the file.
        file.seek(position)
        tag, inside = varint(file, position, end)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            _, last = varint(file, inside, end)
        elif wire == BYTES:
            length, inside = varint(file, inside, end)
            last = inside + length
        elif wire in (FIXED_64, FIXED_32):
            last = inside + (8 if wire == FIXED_64 else 4)
        else:
            raise BrokenError(f"byte {position} begins no field")
        count += 1
        if number == 0 or count > FIELD_LIMIT:
            raise BrokenError(f"byte {position} begins no field")
        if last > end:
            raise BrokenError("it is cut off")
        yield Field(number, wire, position, inside, last)
        position = last


def varint(file: BinaryIO, position: int, end: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1) if position < end else b""
        if not byte:
            raise BrokenError("it is cut off")
        position += 1
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value, position
    raise BrokenError(f"the number before byte {position} has no end")


def number_at(file: BinaryIO, field: Field) -> int:
    """The whole number that a field holds."""
    file.seek(field.start)
    return varint(file, field.start, field.end)[0]


def text(file: BinaryIO, field: Field) -> str:
    """The text that a field holds."""
    file.seek(field.start)
    try:
        return file.read(field.end - field.start).decode("utf-8")
    except UnicodeDecodeError:
        raise BrokenError(f"the text at byte {field.start} is not UTF-8") from None


def _delimited(number: int, content: bytes) -> bytes:
    return _number(number << 3 | BYTES) + _number(len(content)) + content


def _number(value: int) -> bytes:
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def _copy(file: BinaryIO, out: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    while start < end:
        block = file.read(min(1 << 20, end - start))
        if not block:
            raise BrokenError("it is cut off")
        out.write(block)
        start += len(block)
