"""One recording -> mono, the voice's rate, 16 bits, perhaps trimmed and levelled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch

from sbv2cli.audio import levels, loudness, resample, silence
from sbv2cli.training.checkpoints import write_bytes, write_whole
from sbv2cli.training.data import spectrogram
from sbv2cli.training.data.spectrogram import SpectrogramSettings
from sbv2cli.writers.audio.wav import wav_bytes

SUFFIXES = ("", ".wav", ".flac", ".ogg", ".mp3", ".opus", ".m4a", ".aiff")

# Below this nothing is there to be learned.
SILENT_DB = -60.0
# What a levelled clip may reach; above it the level gives way.
CEILING_DB = -0.5
TRIM_DB = -30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPlan:
    """What is done to every recording."""

    settings: SpectrogramSettings
    trim: bool = False
    loudness: float | None = None  # LUFS
    spectrograms: bool = True
    shortest: float = 0.2  # seconds
    longest: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A prepared recording."""

    frames: int
    seconds: float


class Unusable(Exception):  # noqa: N818 - it is no error: the clip is left out and counted
    """Why a clip is left out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def find_audio(folder: Path, name: str) -> Path:
    """The file that a transcript means, with or without ending, also below `wavs`."""
    for place in (folder, folder / "wavs", folder / "wav"):
        for suffix in SUFFIXES:
            path = place / f"{name}{suffix}"
            if path.is_file():
                return path
    raise Unusable("audio.missing", f'there is no recording "{name}"')


def prepare_audio(source: Path, target: Path, plan: AudioPlan) -> Sound:
    """Read, mend and write a recording; its spectrogram beside it where wished."""
    samples, rate = _read(source)
    if not np.isfinite(samples).all():
        raise Unusable("audio.not-finite", "the recording holds values that are not finite")
    if levels.peak_db(samples) < SILENT_DB:
        raise Unusable("audio.silent", f"nothing is louder than {SILENT_DB:.0f} dB")
    settings = plan.settings
    samples = resample.resample(samples, rate, settings.rate)
    if plan.trim:
        found = silence.edges(samples, TRIM_DB)
        margin = round(0.1 * settings.rate)
        samples = samples[max(0, found.start - margin) : found.end + margin]
    seconds = len(samples) / settings.rate
    if seconds < plan.shortest:
        raise Unusable("audio.short", f"{seconds:.2f} s, wanted {plan.shortest:g} at least")
    if seconds > plan.longest:
        raise Unusable("audio.long", f"{seconds:.1f} s, wanted {plan.longest:g} at most")
    if plan.loudness is not None:
        wanted = plan.loudness - loudness.loudness(samples, settings.rate)
        samples = levels.gain(samples, min(wanted, CEILING_DB - levels.peak_db(samples)))
    write_bytes(target, wav_bytes(samples, settings.rate, "pcm16"))
    if plan.spectrograms:
        save_spectrogram(target, settings)
    return Sound(frames=len(samples) // settings.hop, seconds=seconds)


def load_samples(path: Path, rate: int) -> np.ndarray:
    """Samples of a prepared clip."""
    samples, found = _read(path)
    if found != rate:
        raise Unusable("audio.rate", f"{found} samples per second, the dataset says {rate}")
    return samples


def spectrogram_path(audio: Path) -> Path:
    """Where the spectrogram of a prepared clip is kept."""
    return audio.with_suffix(".spec.npy")


def save_spectrogram(audio: Path, settings: SpectrogramSettings) -> None:
    """Keep the spectrogram of the samples as they were written, rounded to 16 bits."""
    samples = torch.from_numpy(load_samples(audio, settings.rate))
    found = spectrogram.linear(samples[None], settings)[0].numpy()
    write_whole(spectrogram_path(audio), lambda file: np.save(file, found))


def _read(path: Path) -> tuple[np.ndarray, int]:
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise Unusable("audio.unreadable", f"the recording cannot be read: {error}") from None
    if len(samples) == 0:
        raise Unusable("audio.short", "the recording is empty")
    return np.ascontiguousarray(samples.mean(axis=1)), int(rate)
