"""Files of sound -> blocks of samples. What cannot be read is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from sbv2cli import tables
from sbv2cli.audio.pcm import FULL_SCALE_16, FULL_SCALE_24
from sbv2cli.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1 << 16
# What libsndfile does not know, and the extra `book` brings.
MP4 = (".m4b", ".m4a", ".mp4", ".aac")

# Subtypes of whole numbers, with libsndfile's type that holds them, and what full scale is there:
# the scale with which we write, so that what is read and written again is the same to the bit.
_WHOLE = {
    "PCM_16": ("int16", FULL_SCALE_16),
    # The upper 24 bits of 32.
    "PCM_24": ("int32", FULL_SCALE_24 * 256),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What a file of sound says of itself."""

    rate: int
    channels: int
    samples: int  # in each channel

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.samples / self.rate


def facts(path: Path) -> SourceFacts:
    """Rate and length, from the head of the file."""
    if path.suffix.lower() in MP4:
        with _refusals(path):
            rate, channels, samples = _m4b().facts(path)
            return SourceFacts(rate=rate, channels=channels, samples=samples)
    with opened(path) as sound:
        return SourceFacts(rate=sound.samplerate, channels=sound.channels, samples=sound.frames)


def read_blocks(path: Path, *, size: int = BLOCK) -> Iterator[NDArray[np.float32]]:
    """The sound in blocks of at most `size` samples; several channels are mixed to one."""
    if path.suffix.lower() in MP4:
        with _refusals(path):
            yield from _m4b().read_blocks(path)
        return
    with opened(path) as sound:
        kind, scale = _WHOLE.get(sound.subtype, ("float32", 1))
        while len(block := sound.read(size, dtype=kind, always_2d=True)):
            yield _mono(block, scale)


def _mono(block: NDArray[Any], scale: int) -> NDArray[np.float32]:
    if block.dtype == np.float32:
        mixed = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
        return np.asarray(mixed, dtype=np.float32)
    whole = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
    return (whole / scale).astype(np.float32)


@contextmanager
def opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """A file of sound, open; what cannot be read is refused by name."""
    with _refusals(path), soundfile.SoundFile(path) as sound:
        yield sound


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except (soundfile.LibsndfileError, OSError) as error:
        raise _unreadable(path, error) from error


def _m4b() -> ModuleType:
    try:
        return import_module("sbv2cli.writers.audio.m4b")
    except ModuleNotFoundError as error:
        raise tables.missing_extra(error, what="reading MP4") from error


def _unreadable(path: Path, error: Exception) -> UsageError:
    if not path.exists():
        return UsageError(
            "audio.missing", "there is no such file of sound", at=str(path), hint="check the path"
        )
    said = (
        str(getattr(error, "error_string", None) or getattr(error, "strerror", None) or error)
        .strip()
        .rstrip(".")
        .lower()
    )
    return UsageError(
        "audio.unreadable",
        f"the sound cannot be read: {said}",
        at=str(path),
        hint="give a WAV, FLAC, Ogg or MP3 file",
    )
