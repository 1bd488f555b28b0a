"""The formats of sound that can be written: one table, and what a file of it is to be.

Imports no numpy, so that a command can offer the names in its help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from sbv2cli.errors import UsageError, did_you_mean

# Opus knows no other rates (RFC 6716).
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
# MPEG-1, 2 and 2.5.
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# ISO/IEC 14496-3, table of sampling frequencies, from what speech needs on.
AAC_RATES = (16000, 22050, 24000, 32000, 44100, 48000)

LIBSNDFILE = "sbv2cli.writers.audio.libsndfile:LibsndfileEncoder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format: its ending, what writes it, and the rates it can hold."""

    ext: str
    encoder: str  # "package.module:class"
    container: str | None = None  # what libsndfile calls it
    codec: str | None = None
    subtypes: tuple[str, ...] = ()  # widths of a sample one can choose
    rates: tuple[int, ...] = ()  # empty: any
    options: Mapping[str, Any] = field(default_factory=dict)
    streams: bool = False  # can be sent before its length is known
    tags: str = ""  # "package.module:function" that puts tags into a file that is written
    chapters: bool = False  # holds tags, a picture and the titles of its chapters


FORMATS: Mapping[str, Format] = {
    "wav": Format(
        ext="wav",
        encoder="sbv2cli.writers.audio.wav:WavEncoder",
        subtypes=("pcm16", "pcm24", "float"),
        streams=True,
    ),
    "flac": Format(
        ext="flac",
        encoder=LIBSNDFILE,
        container="FLAC",
        subtypes=("pcm16", "pcm24"),
        tags="sbv2cli.writers.audio.vorbis_comment:into_flac",
        chapters=True,
    ),
    "ogg": Format(
        ext="ogg",
        encoder=LIBSNDFILE,
        container="OGG",
        codec="VORBIS",
        options={"compression_level": 0.4},
    ),
    "opus": Format(
        ext="opus",
        encoder=LIBSNDFILE,
        container="OGG",
        codec="OPUS",
        rates=OPUS_RATES,
        tags="sbv2cli.writers.audio.vorbis_comment:into_opus",
        chapters=True,
    ),
    # Compression level 0.4 at a constant rate is 192 kbit/s at 44.1 kHz, what audiobook shops ask.
    "mp3": Format(
        ext="mp3",
        encoder=LIBSNDFILE,
        container="MP3",
        codec="MPEG_LAYER_III",
        rates=MP3_RATES,
        options={"bitrate_mode": "CONSTANT", "compression_level": 0.4},
        tags="sbv2cli.writers.audio.id3:into_mp3",
        chapters=True,
    ),
    "m4b": Format(
        ext="m4b",
        encoder="sbv2cli.writers.audio.m4b:M4bEncoder",
        rates=AAC_RATES,
        # One channel of speech. FFmpeg's coder `fast` is four times as fast as its other one; by
        # hand, on a minute of the built-in voice, its segmental signal-to-noise ratio was higher
        # (42 dB, 38), and its file a seventh larger.
        options={"bit_rate": 96_000, "coder": "fast"},
        chapters=True,
    ),
    # Bare samples, for pipes.
    "s16le": Format(
        ext="raw",
        encoder="sbv2cli.writers.audio.wav:RawEncoder",
        subtypes=("pcm16",),
        streams=True,
    ),
    "f32le": Format(
        ext="raw",
        encoder="sbv2cli.writers.audio.wav:RawEncoder",
        subtypes=("float",),
        streams=True,
    ),
}


# Endings that are not the name of their format.
_ENDINGS = {".wave": "wav", ".oga": "ogg", ".raw": "s16le", ".pcm": "s16le", ".m4a": "m4b"}


def format_of(path: PurePath) -> str:
    """The format that a file's ending means.

    Raises:
        UsageError: none is known by it.
    """
    ending = path.suffix.lower()
    name = _ENDINGS.get(ending, ending[1:])
    if name not in FORMATS:
        raise UsageError(
            "format.unknown",
            f'no format is known by the ending "{ending}"',
            hint=did_you_mean(name, FORMATS),
        )
    return name


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
        raise UsageError(
            "format.rate",
            f"a rate of {encoding.rate} Hz cannot be meant",
            hint="give a rate from 4000 to 192000 Hz, such as 44100",
        )
    if encoding.rate is not None and known.rates and encoding.rate not in known.rates:
        raise UsageError(
            "format.rate",
            f"{encoding.format} cannot hold {encoding.rate} Hz",
            hint=f"choose one of {', '.join(map(str, known.rates))}",
        )
