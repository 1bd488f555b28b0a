"""Samples -> the bytes of a file, and bytes -> a file that is either whole or not there.

The same sound gives the same bytes, on every run.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sbv2cli.audio import pcm
from sbv2cli.audio.resample import resample
from sbv2cli.errors import MachineError, UsageError, did_you_mean
from sbv2cli.writers.audio.ogg import with_fixed_serial
from sbv2cli.writers.audio.wav import BYTES, Subtype, sample_bytes, wav_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Opus knows no other rates (RFC 6716).
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
# MPEG-1, 2 and 2.5.
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

PART = ".part"
_OURS = re.compile(r"\..+\.\d+\.part", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format: its ending, what libsndfile calls it, and the rates it can hold."""

    ext: str
    container: str | None = None  # None: written here
    codec: str | None = None
    subtypes: tuple[str, ...] = ()  # widths of a sample one can choose
    rates: tuple[int, ...] = ()  # empty: any
    options: Mapping[str, Any] | None = None


FORMATS = {
    "wav": Format(ext="wav", subtypes=("pcm16", "pcm24", "float")),
    "flac": Format(ext="flac", container="FLAC", subtypes=("pcm16", "pcm24")),
    "ogg": Format(ext="ogg", container="OGG", codec="VORBIS", options={"compression_level": 0.4}),
    "opus": Format(ext="opus", container="OGG", codec="OPUS", rates=OPUS_RATES),
    # Compression level 0.4 at a constant rate is 192 kbit/s at 44.1 kHz, what audiobook shops ask.
    "mp3": Format(
        ext="mp3",
        container="MP3",
        codec="MPEG_LAYER_III",
        rates=MP3_RATES,
        options={"bitrate_mode": "CONSTANT", "compression_level": 0.4},
    ),
    # Bare samples, for pipes.
    "s16le": Format(ext="raw", subtypes=("pcm16",)),
    "f32le": Format(ext="raw", subtypes=("float",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """What kind of file to write."""

    format: str = "wav"
    subtype: str = "pcm16"
    rate: int | None = None  # None: the voice's

    @property
    def ext(self) -> str:
        """Ending of the file names."""
        return FORMATS[self.format].ext

    @property
    def label(self) -> str:
        """As it stands in the manifest: "wav/pcm16", "mp3"."""
        return f"{self.format}/{self.subtype}" if FORMATS[self.format].subtypes else self.format

    def rate_for(self, rate: int) -> int:
        """The rate of the file for a sound at `rate`: the wished one, else the nearest above."""
        wanted = self.rate or rate
        rates = FORMATS[self.format].rates
        if not rates or wanted in rates:
            return wanted
        return next((one for one in rates if one > wanted), rates[-1])


def check(encoding: Encoding) -> None:
    """Refuse what no file can be."""
    if encoding.format not in FORMATS:
        raise UsageError(
            "format.unknown",
            f'there is no format "{encoding.format}"',
            hint=did_you_mean(encoding.format, FORMATS),
        )
    known = FORMATS[encoding.format]
    if known.subtypes and encoding.subtype not in known.subtypes:
        raise UsageError(
            "format.subtype",
            f'{encoding.format} has no samples of kind "{encoding.subtype}"',
            hint=f"choose one of {', '.join(known.subtypes)}",
        )
    if encoding.rate is not None and not 4000 <= encoding.rate <= 192000:
        raise UsageError("format.rate", f"a rate of {encoding.rate} Hz cannot be meant")
    if encoding.rate is not None and known.rates and encoding.rate not in known.rates:
        raise UsageError(
            "format.rate",
            f"{encoding.format} cannot hold {encoding.rate} Hz",
            hint=f"choose one of {', '.join(map(str, known.rates))}",
        )


def encode(samples: NDArray[np.float32], rate: int, encoding: Encoding) -> bytes:
    """The bytes of a file that holds this mono sound, at the rate of `encoding`."""
    known = FORMATS[encoding.format]
    wanted = encoding.rate_for(rate)
    samples = resample(samples, rate, wanted)
    subtype = _subtype(encoding.subtype)
    if encoding.format == "wav":
        return wav_bytes(samples, wanted, subtype)
    if known.container is None:
        return sample_bytes(samples, subtype)
    import soundfile  # noqa: PLC0415  (40 ms that a WAV file does not need)

    data = io.BytesIO()
    if known.subtypes:
        # Integers from our own rounding, so that FLAC and WAV hold equal samples. libsndfile takes
        # 24 bits from the upper end of 32.
        whole: NDArray[Any] = (
            pcm.to_int24(samples) << 8 if subtype == "pcm24" else pcm.to_int16(samples)
        )
        codec = "PCM_24" if subtype == "pcm24" else "PCM_16"
    else:
        whole, codec = np.clip(samples, -1.0, 1.0), str(known.codec)
    options = known.options or {}
    soundfile.write(data, whole, wanted, format=known.container, subtype=codec, **options)
    return with_fixed_serial(data.getvalue()) if known.container == "OGG" else data.getvalue()


def write_whole(path: Path, data: bytes, *, fsync: bool = True) -> str:
    """Put a file in place at once, and return its SHA-256.

    Until the last moment the bytes are in a hidden file beside it, so a crash or a full disk never
    leaves half a file under the final name.
    """
    part = path.parent / f".{path.name}.{os.getpid()}{PART}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
            if fsync:
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise disk_error(error, path) from error
        raise
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_parts(folders: set[Path]) -> int:
    """Delete what a killed run left behind; only under the lock of the output folder."""
    removed = 0
    for folder in folders:
        for part in folder.glob(f".*{PART}") if folder.is_dir() else ():
            if _OURS.fullmatch(part.name):
                part.unlink(missing_ok=True)
                removed += 1
    return removed


def disk_error(error: OSError, path: Path) -> MachineError:
    """What the file system refused, as an error that says what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return MachineError(
            "disk.full",
            "there is no room left on the disk",
            at=str(path),
            hint="free some, then run the same command again: it goes on where it stopped",
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return MachineError(
            "disk.read-only",
            f"cannot write there: {(error.strerror or 'refused').lower()}",
            at=str(path),
            hint="choose another folder with --output, or change its permissions",
        )
    return MachineError(
        "disk.write",
        f"cannot write there: {(error.strerror or str(error)).lower()}",
        at=str(path),
        hint="look at the disk, then run the same command again",
    )


def _subtype(name: str) -> Subtype:
    assert name in BYTES
    return cast("Subtype", name)
