"""M4B: AAC in an MP4 file with chapters, through PyAV. Needs the extra `book`."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import av
import numpy as np

from sbv2cli.audio.blocks import Blocks
from sbv2cli.writers.audio.formats import FORMATS, Encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.writers.audio.encode import Chapter

BLOCK = 1 << 16

# Titles may hold anything but the zero byte, which ends a text inside the file.
_NAUGHT = str.maketrans({"\0": ""})


class M4bEncoder:
    """One M4B file; its chapters are kept both ways, as a text track and as Nero's list."""

    def __init__(self, file: BinaryIO, rate: int, encoding: Encoding) -> None:
        # A file on the disk is opened anew by its name: the tables are put before the sound, for
        # players that load over a network, and for that it is read and written at once.
        name = getattr(file, "name", None)
        on_disk = isinstance(name, str | Path)
        self._rate = rate
        self._count = 0
        self._blocks = Blocks(BLOCK)
        with _disk_errors():
            self._container = av.open(
                str(name) if on_disk else file,
                "w",
                format="ipod",
                options={"movflags": "faststart"} if on_disk else {},
            )
            self._stream = self._container.add_stream("aac", rate=rate, layout="mono")
            self._stream.bit_rate = FORMATS[encoding.format].options["bit_rate"]

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block of any length."""
        for block in self._blocks.add(samples):
            self._encode(block)

    def close(self, chapters: Sequence[Chapter]) -> None:
        """Write what is left over, and the tables."""
        self._encode(self._blocks.rest())
        with _disk_errors():
            self._container.mux(self._stream.encode(None))
            ends = [*(chapter.start for chapter in chapters[1:]), self._count]
            self._container.set_chapters(
                [
                    {
                        "id": number,
                        "start": chapter.start,
                        "end": ends[number],
                        "time_base": Fraction(1, self._rate),
                        "metadata": {"title": chapter.title.translate(_NAUGHT)},
                    }
                    for number, chapter in enumerate(chapters)
                ]
            )
            self._container.close()

    def discard(self) -> None:
        """Let go of the file, in whatever state it is."""
        with suppress(OSError, av.FFmpegError):
            self._container.close()

    def _encode(self, samples: NDArray[np.float32]) -> None:
        if len(samples) == 0:
            return
        clipped = np.clip(samples, -1.0, 1.0)[None, :]
        frame = av.AudioFrame.from_ndarray(clipped, format="fltp", layout="mono")
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._count
        self._count += len(samples)
        with _disk_errors():
            self._container.mux(self._stream.encode(frame))


def facts(path: Path) -> tuple[int, int, int]:
    """Rate, channels, and samples in each channel."""
    with _opened(path) as container:
        stream = container.streams.audio[0]
        seconds = (stream.duration or 0) * (stream.time_base or Fraction(0))
        return stream.rate, stream.channels, round(seconds * stream.rate)


def read_blocks(path: Path) -> Iterator[NDArray[np.float32]]:
    """The decoded sound, a frame at a time; several channels are mixed to one."""
    with _opened(path) as container:
        mono = av.AudioResampler(format="fltp", layout="mono")
        for decoded in container.decode(container.streams.audio[0]):
            for frame in mono.resample(decoded):
                yield frame.to_ndarray()[0]


@contextmanager
def _opened(path: Path) -> Iterator[av.container.InputContainer]:
    with _disk_errors(), av.open(str(path)) as container:
        if not container.streams.audio:
            raise OSError(errno.EINVAL, "it holds no sound")
        yield container


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise OSError(error.errno, error.strerror) from error
