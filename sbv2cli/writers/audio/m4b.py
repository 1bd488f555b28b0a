"""M4B: AAC in an MP4 file with chapters. The codec is FFmpeg's, through PyAV: extra `book`."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import av
import numpy as np

from sbv2cli.audio.blocks import Blocks
from sbv2cli.writers.audio.formats import FORMATS, Encoding
from sbv2cli.writers.audio.mp4 import FRAME, Mp4File

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.writers.audio.tags import Tags

# A multiple of the frame, so that a frame is short only at the end.
BLOCK = 64 * FRAME


class M4bEncoder:
    """One M4B file."""

    def __init__(self, file: BinaryIO, rate: int, encoding: Encoding) -> None:
        self._rate = rate
        self._count = 0
        self._frames = 0
        self._blocks = Blocks(BLOCK)
        self._codec = av.CodecContext.create("aac", "w")
        self._codec.sample_rate = rate
        self._codec.layout = "mono"
        self._codec.format = "fltp"
        self._codec.time_base = Fraction(1, rate)
        how = FORMATS[encoding.format].options
        self._codec.bit_rate = how["bit_rate"]
        self._codec.options = {"aac_coder": how["coder"]}
        with _disk_errors():
            self._codec.open()
        self._priming = 0
        self._mp4 = Mp4File(file, rate, self._codec.extradata or b"")

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block of any length."""
        for block in self._blocks.add(samples):
            self._encode(block)

    def close(self, tags: Tags) -> None:
        """Write what is left over, and the tables."""
        rest = self._blocks.rest()
        if len(rest):
            self._encode(rest)
        self._take(None)
        self._mp4.close(self._count, self._priming, tags)

    def discard(self) -> None:
        """Nothing is held."""

    def _encode(self, samples: NDArray[np.float32]) -> None:
        clipped = np.clip(samples, -1.0, 1.0)[None, :]
        frame = av.AudioFrame.from_ndarray(clipped, format="fltp", layout="mono")
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._count
        self._count += len(samples)
        self._take(frame)

    def _take(self, frame: av.AudioFrame | None) -> None:
        with _disk_errors():
            packets = self._codec.encode(frame)
        for packet in packets:
            if self._frames == 0:
                # The encoder's own delay: it begins before the sound.
                self._priming = -(packet.pts or 0)
            self._frames += 1
            self._mp4.add(bytes(packet))


def facts(path: Path) -> tuple[int, int, int]:
    """Rate, channels, and samples in each channel."""
    with _opened(path) as container:
        stream = container.streams.audio[0]
        seconds = (stream.duration or 0) * (stream.time_base or Fraction(0))
        return stream.rate, stream.channels, round(seconds * stream.rate)


def read_blocks(path: Path) -> Iterator[NDArray[np.float32]]:
    """The decoded sound, a frame at a time; several channels are mixed to one."""
    with _opened(path) as container:
        stream = container.streams.audio[0]
        # The decoder gives the last frame whole; where the file counts in samples, it says how
        # many are meant.
        counted = stream.time_base == Fraction(1, stream.rate) and stream.duration is not None
        left = stream.duration if counted else None
        mono = av.AudioResampler(format="fltp", layout="mono")
        for decoded in container.decode(stream):
            for frame in mono.resample(decoded):
                samples = frame.to_ndarray()[0][:left]
                if left is not None:
                    left -= len(samples)
                yield samples


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
