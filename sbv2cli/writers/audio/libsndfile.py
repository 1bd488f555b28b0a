"""FLAC, Ogg and MP3 through libsndfile, which cuts them out of fixed blocks of samples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import soundfile

from sbv2cli import tables
from sbv2cli.audio import pcm
from sbv2cli.audio.blocks import Blocks
from sbv2cli.files import write_all
from sbv2cli.writers.audio.formats import FORMATS, Encoding
from sbv2cli.writers.audio.ogg import fix_serial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.writers.audio.tags import Tags

# The Vorbis encoder's bytes depend on how many samples it is given at a time, so they are always
# given in blocks of one size. It keeps the first block on the stack: two million samples at once
# end the process (libvorbis, `alloca` in block.c), one million take 4 MiB of the usual 8.
BLOCK = 1 << 20

# How libsndfile names the widths of FLAC, and how far it wants them shifted up in 32 bits.
_INTEGERS = {"pcm16": "PCM_16", "pcm24": "PCM_24"}


class LibsndfileEncoder:
    """One file of the formats that libsndfile knows."""

    def __init__(self, file: BinaryIO, rate: int, encoding: Encoding) -> None:
        row = FORMATS[encoding.format]
        self._row = row
        self._rate = rate
        self._count = 0
        self._subtype = encoding.subtype
        self._plain = file
        self._watched = _WatchedFile(file)
        self._blocks = Blocks(BLOCK)
        self._sound = soundfile.SoundFile(
            self._watched,
            "w",
            rate,
            1,
            format=row.container,
            subtype=_INTEGERS[encoding.subtype] if row.subtypes else row.codec,
            **row.options,
        )

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block of any length."""
        for block in self._blocks.add(samples):
            self._write(block)

    def close(self, tags: Tags) -> None:
        """Write what is left over, the file's own tables, and the tags."""
        self._write(self._blocks.rest())
        with self._watched.told():
            self._sound.close()
        if tags and self._row.tags:
            tables.load(self._row.tags)(self._plain, tags, self._rate, self._count)
        if self._row.container == "OGG":
            fix_serial(self._plain)

    def discard(self) -> None:
        """Let go of the file, in whatever state it is."""
        with suppress(soundfile.LibsndfileError):
            self._sound.close()

    def _write(self, samples: NDArray[np.float32]) -> None:
        self._count += len(samples)
        with self._watched.told():
            self._sound.write(self._values(samples))

    def _values(self, samples: NDArray[np.float32]) -> NDArray[Any]:
        if not self._row.subtypes:
            return np.clip(samples, -1.0, 1.0)
        # Integers from our own rounding, so that FLAC and WAV hold equal samples. libsndfile takes
        # 24 bits from the upper end of 32.
        if self._subtype == "pcm24":
            return pcm.to_int24(samples) << 8
        return pcm.to_int16(samples)


class _WatchedFile:
    """Keeps the error of a file that a C library writes to, where an exception would be lost."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: BaseException | None = None
        self.seek = file.seek
        self.tell = file.tell
        self.read = file.read
        self.flush = file.flush

    def write(self, data: bytes) -> int:
        try:
            write_all(self._file, data)
        except BaseException as error:  # noqa: BLE001 - an interruption would be lost as well
            self._error = self._error or error
            return 0
        return len(data)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Raise the file's own error rather than what the library makes of it."""
        try:
            yield
        except soundfile.LibsndfileError:
            if self._error is None:
                raise
        if self._error is not None:
            raise self._error
