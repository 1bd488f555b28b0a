"""What a file of sound is: its header, whether it is whole, and, by its samples, how loud.

The header takes some tens of microseconds; samples have to be decoded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from sbv2cli.audio.levels import decibels
from sbv2cli.errors import UsageError
from sbv2cli.writers.audio.formats import FORMATS
from sbv2cli.writers.audio.source import MP4, facts, opened, read_blocks

if TYPE_CHECKING:
    import soundfile
    from numpy.typing import NDArray

SUFFIXES = frozenset(
    (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".caf", ".au", *MP4)
)
SILENCE_DB = -60.0  # no sample is above it
# Neighbours at full scale: one such sample is a peak that was scaled to fit, a row of them is cut.
CLIPPED_RUN = 3
_FULL_SCALE = 1 - 2.0**-14
_TAIL = 1 << 16  # an Ogg page is at most this long, RFC 3533
_UNKNOWN_SIZE = (0, 0xFFFFFFFF)  # of a WAV that was sent before its length was known
_SUBTYPES = {"PCM_16": "pcm16", "PCM_24": "pcm24", "FLOAT": "float"}
_NAMES = {
    (known.container, known.codec): name for name, known in FORMATS.items() if known.container
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of itself."""

    rate: int
    channels: int
    samples: int
    format: str  # as in the manifest: "wav/pcm16", "ogg"
    cut: bool = False  # it ends before what it announces

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.samples / self.rate if self.rate else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What the samples of a file are."""

    samples: int
    peak_db: float
    clipped: int  # samples in rows at full scale


def read_header(path: Path) -> Header:
    """The header of a file; `audio.unreadable` where it has none."""
    if path.suffix.lower() in MP4:
        said = facts(path)
        return Header(rate=said.rate, channels=said.channels, samples=said.samples, format="m4b")
    with opened(path) as sound:
        return Header(
            rate=sound.samplerate,
            channels=sound.channels,
            samples=sound.frames,
            format=_label(sound),
            cut=_is_cut(path, sound.format),
        )


def measure(path: Path) -> Levels:
    """Decode a file, a block at a time."""
    samples, peak, clipped, run = 0, 0.0, 0, 0
    for block in read_blocks(path):
        samples += len(block)
        level = np.abs(block)
        peak = max(peak, float(level.max(initial=0.0)))
        if peak >= _FULL_SCALE:
            found, run = _runs(level >= _FULL_SCALE, run)
            clipped += found
    return Levels(samples=samples, peak_db=decibels(peak) if peak else -math.inf, clipped=clipped)


def _runs(full: NDArray[np.bool_], before: int) -> tuple[int, int]:
    """(samples in runs that are long enough, length of the run at the end)."""
    padded = np.concatenate((np.ones(before, dtype=bool), full, [False]))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], padded)).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    last = int(lengths[-1]) if len(full) and full[-1] else 0
    long_enough = lengths[lengths >= CLIPPED_RUN]
    found = int(long_enough.sum())
    if before >= CLIPPED_RUN:  # counted with the block before
        found -= before
    return found, last


def _label(sound: soundfile.SoundFile) -> str:
    container, subtype = sound.format.removesuffix("EX"), sound.subtype
    if (container, subtype) in _NAMES:
        return _NAMES[container, subtype]
    name = _NAMES.get((container, None), container.lower())
    return f"{name}/{_SUBTYPES.get(subtype, subtype.lower())}"


def _is_cut(path: Path, container: str) -> bool:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            if container.startswith("WAV"):
                return _wav_is_cut(file, size)
            return container == "OGG" and _ogg_is_cut(file, size)
    except OSError as error:
        raise UsageError("audio.unreadable", str(error.strerror), at=str(path)) from error


def _wav_is_cut(file: BinaryIO, size: int) -> bool:
    """Whether the chunk of samples is longer than what is there."""
    position = 12  # RIFF, size, WAVE
    while position + 8 <= size:
        file.seek(position)
        name, length = file.read(4), int.from_bytes(file.read(4), "little")
        if name == b"data":
            return length not in _UNKNOWN_SIZE and position + 8 + length > size
        position += 8 + length + length % 2
    return True


def _ogg_is_cut(file: BinaryIO, size: int) -> bool:
    """Whether the last page is not marked as the last, or is not whole."""
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or page + 27 > len(tail):
        return True
    segments = tail[page + 26]
    table = tail[page + 27 : page + 27 + segments]
    whole = len(table) == segments and page + 27 + segments + sum(table) <= len(tail)
    return not (whole and tail[page + 5] & 4)
