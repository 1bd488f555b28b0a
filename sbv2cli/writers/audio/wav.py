"""WAV files, and samples without a header.

Written here because libsndfile puts the time of day into float files, and because a stream needs a
header before its length is known.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from sbv2cli.audio import pcm
from sbv2cli.files import insert_at, write_all

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.writers.audio.formats import Encoding
    from sbv2cli.writers.audio.tags import Tags

Subtype = Literal["pcm16", "pcm24", "float"]

BYTES = {"pcm16": 2, "pcm24": 3, "float": 4}
UNKNOWN_SIZE = 0xFFFFFFFF

_PCM = 1
_FLOAT = 3
_DS64 = struct.Struct("<4sIQQQI")
# Above this RIFF's 32-bit sizes cannot say the length, and RF64 (EBU Tech 3306) takes over.
LARGEST = UNKNOWN_SIZE - 64


def subtype_of(encoding: Encoding) -> Subtype:
    """How a sample of this file is written."""
    assert encoding.subtype in BYTES
    return cast("Subtype", encoding.subtype)


def sample_bytes(samples: NDArray[np.float32], subtype: Subtype) -> bytes:
    """Mono samples as they stand in a WAV file or a raw stream, little-endian."""
    if subtype == "pcm24":
        return pcm.packed_int24(samples)
    if subtype == "float":
        return samples.astype("<f4").tobytes()
    return pcm.to_int16(samples).astype("<i2").tobytes()


def wav_header(rate: int, subtype: Subtype, count: int | None, *, largest: int = LARGEST) -> bytes:
    """The bytes before `count` mono samples; `None` is a stream whose length nobody knows."""
    width = BYTES[subtype]
    tag = _FLOAT if subtype == "float" else _PCM
    size = UNKNOWN_SIZE if count is None else count * width
    padded = size + size % 2
    long = count is not None and size > largest
    known = UNKNOWN_SIZE if count is None or long else count
    # Formats other than integers carry the size of an extension and a `fact` chunk.
    extension = struct.pack("<H", 0) if tag == _FLOAT else b""
    fact = b"fact" + struct.pack("<II", 4, known) if tag == _FLOAT else b""
    layout = struct.pack("<HHIIHH", tag, 1, rate, rate * width, width, 8 * width) + extension
    chunks = b"fmt " + struct.pack("<I", len(layout)) + layout + fact + b"data"
    if long:
        total = len(b"WAVE") + _DS64.size + len(chunks) + 4 + padded
        sizes = _DS64.pack(b"ds64", _DS64.size - 8, total, size, count, 0)
        unknown = struct.pack("<I", UNKNOWN_SIZE)
        return b"RF64" + unknown + b"WAVE" + sizes + chunks + unknown
    total = UNKNOWN_SIZE if count is None else len(b"WAVE") + len(chunks) + 4 + padded
    return b"RIFF" + struct.pack("<I", total) + b"WAVE" + chunks + struct.pack("<I", size)


def wav_bytes(samples: NDArray[np.float32], rate: int, subtype: Subtype) -> bytes:
    """A whole WAV file; chunks end on even bytes, so an odd one gets a byte more."""
    data = sample_bytes(samples, subtype)
    return wav_header(rate, subtype, len(samples)) + data + b"\0" * (len(data) % 2)


class WavEncoder:
    """A WAV file whose length is filled in at its end; RF64 where it is too long for RIFF."""

    def __init__(
        self, file: BinaryIO, rate: int, encoding: Encoding, *, largest: int = LARGEST
    ) -> None:
        self._file = file
        self._rate = rate
        self._subtype = subtype_of(encoding)
        self._largest = largest
        self._count = 0
        self._header = wav_header(rate, self._subtype, 0)
        write_all(file, self._header)

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block."""
        write_all(self._file, sample_bytes(samples, self._subtype))
        self._count += len(samples)

    def close(self, tags: Tags) -> None:
        """Write the header again, now that the length is known."""
        del tags
        size = self._count * BYTES[self._subtype]
        write_all(self._file, b"\0" * (size % 2))
        header = wav_header(self._rate, self._subtype, self._count, largest=self._largest)
        insert_at(self._file, 0, header, instead=len(self._header))

    def discard(self) -> None:
        """Nothing is held."""


class RawEncoder:
    """Samples and nothing else."""

    def __init__(self, file: BinaryIO, rate: int, encoding: Encoding) -> None:
        del rate
        self._file = file
        self._subtype = subtype_of(encoding)

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block."""
        write_all(self._file, sample_bytes(samples, self._subtype))

    def close(self, tags: Tags) -> None:
        """Nothing is left to do."""
        del tags

    def discard(self) -> None:
        """Nothing is held."""
