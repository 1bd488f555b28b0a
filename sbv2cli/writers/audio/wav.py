"""WAV files.

Written here because libsndfile puts the time of day into float files, and because a stream needs a
header before its length is known.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

from sbv2cli.audio import pcm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Subtype = Literal["pcm16", "pcm24", "float"]

BYTES = {"pcm16": 2, "pcm24": 3, "float": 4}
UNKNOWN_SIZE = 0xFFFFFFFF

_PCM = 1
_FLOAT = 3
# Above this RIFF's 32-bit sizes cannot say the length; players read such a file to its end.
_LARGEST = UNKNOWN_SIZE - 64


def sample_bytes(samples: NDArray[np.float32], subtype: Subtype) -> bytes:
    """Mono samples as they stand in a WAV file or a raw stream, little-endian."""
    if subtype == "pcm24":
        return pcm.packed_int24(samples)
    if subtype == "float":
        return samples.astype("<f4").tobytes()
    return pcm.to_int16(samples).astype("<i2").tobytes()


def wav_header(rate: int, subtype: Subtype, count: int | None) -> bytes:
    """The bytes before `count` mono samples; `None` is a stream whose length nobody knows."""
    width = BYTES[subtype]
    tag = _FLOAT if subtype == "float" else _PCM
    # Formats other than integers carry the size of an extension and a `fact` chunk.
    extension = struct.pack("<H", 0) if tag == _FLOAT else b""
    length = None if count is None or count * width > _LARGEST else count * width
    known = UNKNOWN_SIZE if length is None or count is None else count
    fact = b"fact" + struct.pack("<II", 4, known) if tag == _FLOAT else b""
    layout = struct.pack("<HHIIHH", tag, 1, rate, rate * width, width, 8 * width) + extension
    chunks = b"WAVEfmt " + struct.pack("<I", len(layout)) + layout + fact + b"data"
    if length is None:
        return b"RIFF" + struct.pack("<I", UNKNOWN_SIZE) + chunks + struct.pack("<I", UNKNOWN_SIZE)
    padded = length + length % 2
    total = len(chunks) + 4 + padded
    return b"RIFF" + struct.pack("<I", total) + chunks + struct.pack("<I", length)


def wav_bytes(samples: NDArray[np.float32], rate: int, subtype: Subtype) -> bytes:
    """A whole WAV file; chunks end on even bytes, so an odd one gets a byte more."""
    data = sample_bytes(samples, subtype)
    return wav_header(rate, subtype, len(samples)) + data + b"\0" * (len(data) % 2)
