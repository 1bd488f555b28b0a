"""Where sound goes, block by block: a file, a pipe, the loudspeaker.

Every sink is told the rate of the sound when it is opened, takes blocks of any length, and is
whole once it is closed. Left by an error it leaves nothing behind that was not there before.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

from sbv2cli.audio.resample import Resampler
from sbv2cli.files import PartFile, disk_errors
from sbv2cli.writers.audio.encode import EncodedSound
from sbv2cli.writers.audio.formats import FORMATS, Encoding
from sbv2cli.writers.audio.tags import NONE, Tags
from sbv2cli.writers.audio.wav import sample_bytes, subtype_of, wav_header

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What became of a sound."""

    format: str  # as in the manifest: "wav/pcm16"
    rate: int
    samples: int  # at that rate
    bytes: int
    sha256: str | None = None  # None: no file of ours

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.samples / self.rate


class AudioSink(Protocol):
    """Takes a sound in blocks; used in a `with`, where leaving without `close` discards it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append mono samples."""
        ...

    def close(self) -> FileFacts:
        """Make it whole."""
        ...


class FileSink:
    """A file that appears under its name when it is whole."""

    def __init__(
        self,
        path: Path,
        rate: int,
        encoding: Encoding,
        *,
        tags: Tags = NONE,
        fsync: bool = True,
    ) -> None:
        self.path = path
        self._encoding = encoding
        self._fsync = fsync
        with disk_errors(path), ExitStack() as stack:
            self._part = stack.enter_context(PartFile(path))
            self._sound = EncodedSound(self._part.file, rate, encoding, tags)
            stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if not self._part.file.closed:
            self._sound.discard()
        self._part.__exit__(*error)

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append mono samples."""
        with disk_errors(self.path):
            self._sound.write(samples)

    def close(self, announce: Callable[[FileFacts], None] | None = None) -> FileFacts:
        """Put the file in its place; `announce` is told of it just before."""
        with disk_errors(self.path):
            self._sound.close()
            size = self._part.file.seek(0, os.SEEK_END)
            facts = FileFacts(
                format=self._encoding.label,
                rate=self._sound.rate,
                samples=self._sound.samples,
                bytes=size,
                sha256=self._part.sha256(),
            )
        if announce is not None:
            announce(facts)
        with disk_errors(self.path):
            self._part.keep(fsync=self._fsync)
        return facts


class PipeSink:
    """A whole file into an open stream, sent when it is complete."""

    def __init__(self, stream: BinaryIO, rate: int, encoding: Encoding) -> None:
        self._stream = stream
        self._encoding = encoding
        self._file = io.BytesIO()
        self._sound = EncodedSound(self._file, rate, encoding)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if not self._file.closed:
            self._sound.discard()
            self._file.close()

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append mono samples."""
        self._sound.write(samples)

    def close(self) -> FileFacts:
        """Send the file."""
        self._sound.close()
        data = self._file.getvalue()
        self._file.close()
        self._stream.write(data)
        self._stream.flush()
        return FileFacts(
            format=self._encoding.label,
            rate=self._sound.rate,
            samples=self._sound.samples,
            bytes=len(data),
        )


class StreamSink:
    """Blocks into an open stream as they come, each flushed.

    A WAV header says that the length is unknown: it is sent before the sound is made.
    """

    def __init__(self, stream: BinaryIO, rate: int, encoding: Encoding) -> None:
        assert FORMATS[encoding.format].streams
        self._stream = stream
        self._encoding = encoding
        self._subtype = subtype_of(encoding)
        self._rate = encoding.rate_for(rate)
        self._resampler = Resampler(rate, self._rate)
        self._bytes = 0
        self._samples = 0
        if encoding.format == "wav":
            self._send(wav_header(self._rate, self._subtype, None))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """What was sent is sent."""

    def write(self, samples: NDArray[np.float32]) -> None:
        """Send mono samples."""
        self._send_samples(self._resampler.add(samples))

    def close(self) -> FileFacts:
        """Send the last samples that a change of rate held back."""
        self._send_samples(self._resampler.rest())
        return FileFacts(
            format=self._encoding.label, rate=self._rate, samples=self._samples, bytes=self._bytes
        )

    def _send_samples(self, samples: NDArray[np.float32]) -> None:
        self._samples += len(samples)
        self._send(sample_bytes(samples, self._subtype))

    def _send(self, data: bytes) -> None:
        self._stream.write(data)
        self._stream.flush()
        self._bytes += len(data)


class StreamFileSink:
    """A stream into a file that grows under its name, for whoever reads along."""

    def __init__(self, path: Path, rate: int, encoding: Encoding) -> None:
        self.path = path
        with disk_errors(path):
            self._file = path.open("wb")
            self._stream = StreamSink(self._file, rate, encoding)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """What was written is kept."""
        self._file.close()

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append mono samples."""
        with disk_errors(self.path):
            self._stream.write(samples)

    def close(self) -> FileFacts:
        """Write the last samples."""
        with disk_errors(self.path):
            return self._stream.close()
