"""Numbers over steps: a CSV that anything reads, and the event files of TensorBoard."""

from __future__ import annotations

import csv
import math
import struct
import time
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from sbv2cli.training.checkpoints import write_bytes

# The columns of every run. The terms of an objective follow in the order in which they are met; a
# row that has no such number leaves its cell empty.
FIRST = ("step", "epoch", "learning_rate", "steps_per_second", "total")


class Scalars:
    """Writes both; goes on after `step`, forgetting what a stopped run wrote beyond it."""

    def __init__(self, folder: Path, step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "scalars.csv"
        kept = [row for row in read_scalars(self.path) if row["step"] <= step]
        self.columns = list(dict.fromkeys([*FIRST, *(name for row in kept for name in row)]))
        self._write(kept)
        self.events = EventFile(folder)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """One row."""
        row = {"step": step, **values}
        if new := [name for name in row if name not in self.columns]:
            self.columns += new
            self._write(read_scalars(self.path))
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow([_cell(row.get(name)) for name in self.columns])
        self.events.add(step, {name: value for name, value in values.items() if name != "epoch"})

    def _write(self, rows: Sequence[Mapping[str, float]]) -> None:
        text = StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(self.columns)
        writer.writerows([_cell(row.get(name)) for name in self.columns] for row in rows)
        write_bytes(self.path, text.getvalue().encode())


def read_scalars(path: Path) -> list[dict[str, float]]:
    """The rows of a CSV, without empty cells."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: float(cell) for name, cell in row.items() if name and cell}
            for row in csv.DictReader(file)
            if row.get("step")
        ]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.7g}"


class EventFile:
    """Records of TensorBoard's format: length, checksum, `Event` message, checksum.

    The messages are protocol buffers with few fields (tensorflow/core/util/event.proto), so they
    are put together here instead of bringing in two packages.
    """

    def __init__(self, folder: Path) -> None:
        # TensorBoard reads the files of a folder in the order of their names.
        self.path = folder / f"events.out.tfevents.{int(time.time() * 1000):016d}.sbv2"
        self.path.touch()
        self._write(_event(0, _bytes_field(3, b"brain.Event:2")))

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """One event with several numbers."""
        summary = b"".join(
            _bytes_field(1, _bytes_field(1, name.encode()) + b"\x15" + struct.pack("<f", value))
            for name, value in values.items()
            if math.isfinite(value)
        )
        self._write(_event(step, _bytes_field(5, summary)))

    def _write(self, message: bytes) -> None:
        length = struct.pack("<Q", len(message))
        record = length + _checksum(length) + message + _checksum(message)
        with self.path.open("ab") as file:
            file.write(record)


def _event(step: int, content: bytes) -> bytes:
    # Field 1 is a double, field 2 a varint.
    return b"\x09" + struct.pack("<d", time.time()) + b"\x10" + _varint(step) + content


def _bytes_field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def _checksum(content: bytes) -> bytes:
    """CRC-32C (Castagnoli), rotated and offset as the record format wants it."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
