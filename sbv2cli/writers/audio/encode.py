"""Samples -> the bytes of a file, in blocks or at once.

The same sound gives the same bytes, on every run and however it is cut into blocks.
"""

from __future__ import annotations

import io
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, Protocol

from sbv2cli import tables
from sbv2cli.audio.resample import Resampler
from sbv2cli.writers.audio.formats import FORMATS, Encoding
from sbv2cli.writers.audio.tags import NONE, Tags

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Encoder(Protocol):
    """One format's way of writing mono samples at the file's own rate into an open file."""

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block of any length."""
        ...

    def close(self, tags: Tags) -> None:
        """Make the file whole; who opened it closes it. Tags are dropped where none can be."""
        ...

    def discard(self) -> None:
        """Let go of a file that is not wanted any more."""
        ...


class EncodedSound:
    """Blocks at a voice's rate -> an open file that can be read and sought, at its own rate."""

    def __init__(self, file: BinaryIO, rate: int, encoding: Encoding, tags: Tags = NONE) -> None:
        self.rate = encoding.rate_for(rate)
        self.samples = 0  # written so far, at the rate of the file
        self._resampler = Resampler(rate, self.rate)
        self._tags = tags
        self._given_rate = rate
        self._encoder: Encoder = encoder_class(encoding.format)(file, self.rate, encoding)

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block of any length."""
        self._append(self._resampler.add(samples))

    def close(self) -> None:
        """Make the file whole."""
        self._append(self._resampler.rest())
        chapters = tuple(
            replace(chapter, start=-(-chapter.start * self.rate // self._given_rate))
            for chapter in self._tags.chapters
        )
        self._encoder.close(replace(self._tags, chapters=chapters))

    def discard(self) -> None:
        """Let go of a file that is not wanted any more."""
        self._encoder.discard()

    def _append(self, samples: NDArray[np.float32]) -> None:
        if len(samples):
            self._encoder.write(samples)
            self.samples += len(samples)


def encode(samples: NDArray[np.float32], rate: int, encoding: Encoding) -> bytes:
    """The bytes of a file that holds this mono sound, at the rate of `encoding`."""
    file = io.BytesIO()
    sound = EncodedSound(file, rate, encoding)
    sound.write(samples)
    sound.close()
    return file.getvalue()


def encoder_class(name: str) -> type:
    """What encodes a format; an error where its package is not installed."""
    module, _, attribute = FORMATS[name].encoder.partition(":")
    try:
        found: type = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise tables.missing_extra(error, what=f'format "{name}"') from error
    return found
