"""Metrics of sounds, alone and beside another with the same phones. Pure numpy.

F is a frame of 12.5 ms at 24 kHz.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.languages.japanese.moras import PUNCTUATION_SET, SYLLABIC_NASAL, VOWELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE, HOP = 24000, 300
WINDOW = 1200
MELS = 80
LOWEST_HZ, HIGHEST_HZ = 90.0, 500.0  # of a voice's pitch
VOICED = 0.5  # normalised autocorrelation
# Where the frame rate is looked for: above the strong harmonics of a voice, in hertz.
COMB_FROM, COMB_TO = 6000, 11500
AUDIBLE_DB = -50.0
# Below, bands hold single harmonics: where they lie is pitch, not timbre. In hertz.
TIMBRE_FROM = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedSound:
    """A sound at 24 kHz, its phones and tones, and how long each lasts."""

    samples: NDArray[np.float32]
    phones: Sequence[str]
    tones: Sequence[int]
    frames: NDArray[np.int64]

    @property
    def starts(self) -> NDArray[np.int64]:
        """First frame of each phone."""
        return np.cumsum(self.frames) - self.frames


def windows(samples: NDArray[np.float32], size: int, hop: int = HOP) -> NDArray[np.float32]:
    """[F, size] one window around each frame's middle."""
    count = len(samples) // hop
    edge = (size - hop) // 2
    padded = np.pad(samples, (edge, edge + hop))
    return np.lib.stride_tricks.sliding_window_view(padded, size)[: count * hop : hop]


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """[F, mels] natural logarithm, floored where nobody hears anything."""
    spectrum = np.abs(np.fft.rfft(windows(samples, WINDOW) * np.hanning(WINDOW), axis=1))
    found: NDArray[np.float64] = np.log(np.maximum(spectrum @ _bank().T, 1e-5))
    return found


def timbre(sounds: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """[bands] the mean logarithmic spectrum of sounds above their pitch."""
    mean = np.mean([log_mel(samples).mean(axis=0) for samples in sounds], axis=0)
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)
    centres = _bank() @ bins / _bank().sum(axis=1)
    found: NDArray[np.float64] = mean[centres > TIMBRE_FROM]
    return found


@cache
def _bank() -> NDArray[np.float64]:
    from sbv2cli.training.data.spectrogram import SpectrogramSettings, filter_bank  # noqa: PLC0415 torch

    return filter_bank(SpectrogramSettings(rate=RATE, window=WINDOW, hop=HOP, mels=MELS))


def pitch(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """[F] Hz by normalised autocorrelation, 0 where nothing is voiced."""
    wide = windows(samples, WINDOW).astype(np.float64)
    wide -= wide.mean(axis=1, keepdims=True)
    loud = 10 * np.log10(np.maximum((wide**2).mean(axis=1), 1e-12)) > AUDIBLE_DB
    size = 4096
    power = np.abs(np.fft.rfft(wide, size, axis=1)) ** 2
    lags = np.fft.irfft(power, axis=1)
    shortest, longest = int(RATE / HIGHEST_HZ), int(RATE / LOWEST_HZ)
    energy = np.concatenate([np.zeros((len(wide), 1)), np.cumsum(wide**2, axis=1)], axis=1)
    lag = np.arange(longest + 2)
    head = energy[:, WINDOW - lag]
    tail = energy[:, [WINDOW]] - energy[:, lag]
    score = lags[:, : longest + 2] / np.sqrt(np.maximum(head * tail, 1e-12))
    inside = score[:, shortest : longest + 1]
    best = inside.max(axis=1)
    # The first peak nearly as high as the highest: a multiple of the period correlates as well.
    peaks = (
        (inside >= score[:, shortest - 1 : longest])
        & (inside >= score[:, shortest + 1 : longest + 2])
        & (inside >= 0.9 * best[:, None])
    )
    first = peaks.argmax(axis=1) + shortest
    rows = np.arange(len(wide))
    before, here, after = (score[rows, first + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (before - after) / np.where(bend == 0, 1, bend), 0)
    voiced = loud & peaks.any(axis=1) & (best > VOICED)
    return np.where(voiced, RATE / (first + np.clip(shift, -0.5, 0.5)), 0.0)


def warp(one: AlignedSound, other: AlignedSound) -> NDArray[np.int64]:
    """[F of `one`] the frame of `other` that is as far into the same phone."""
    found = []
    for own, start, length in zip(one.frames, other.starts, other.frames, strict=True):
        inside = (np.arange(own) + 0.5) / max(own, 1) * length
        found.append(start + np.minimum(inside.astype(np.int64), max(length - 1, 0)))
    return np.concatenate(found)


def mel_distance(student: AlignedSound, teacher: AlignedSound) -> float:
    """Mean distance of log mels where the teacher is heard, phone beside phone."""
    ours, theirs = log_mel(student.samples), log_mel(teacher.samples)
    place = np.minimum(warp(student, teacher)[: len(ours)], len(theirs) - 1)
    ours = ours[: len(place)]
    heard = theirs[place].mean(axis=1) > np.log(1e-4)
    return float(np.abs(ours - theirs[place])[heard].mean())


def pitch_pairs(student: AlignedSound, teacher: AlignedSound) -> NDArray[np.float64]:
    """[2, n] Hz of both in frames in which both are voiced, phone beside phone."""
    ours, theirs = pitch(student.samples), pitch(teacher.samples)
    place = np.minimum(warp(student, teacher)[: len(ours)], len(theirs) - 1)
    pair = np.stack([ours[: len(place)], theirs[place]])
    return pair[:, (pair > 0).all(axis=0)]


def mora_pitches(spoken: AlignedSound) -> list[tuple[int, int, float]]:
    """(phone, tone, log Hz) of each vowel and ン that is voiced."""
    hertz = pitch(spoken.samples)
    found = []
    for index, (phone, tone) in enumerate(zip(spoken.phones, spoken.tones, strict=True)):
        if phone in VOWELS or phone == SYLLABIC_NASAL:
            start, length = spoken.starts[index], spoken.frames[index]
            inside = hertz[start : start + length]
            inside = inside[inside > 0]
            if len(inside):
                found.append((index, tone, float(np.log(np.median(inside)))))
    return found


def falls(moras: Sequence[tuple[int, int, float]]) -> tuple[bool, float]:
    """Whether the tones fall behind the first mora; semitones from the first mora to the third."""
    (_, tone, first), (_, next_tone, _), (_, _, third) = moras[:3]
    return next_tone < tone, float(12 / np.log(2) * (third - first))


def tone_changes(spoken: AlignedSound) -> tuple[int, int]:
    """How many changes of tone inside a phrase the pitch follows, and how many there are.

    A pause ends a phrase. Between accent phrases the tone may rise without a pause; those count.
    """
    right = total = 0
    moras = mora_pitches(spoken)
    for (at, tone, hertz), (then, next_tone, next_hertz) in pairwise(moras):
        if tone == next_tone or PUNCTUATION_SET & set(spoken.phones[at:then]):
            continue
        if then - at > 3:  # something between them was not voiced
            continue
        total += 1
        right += (next_hertz > hertz) == (next_tone > tone)
    return right, total


def voiced_energy(spoken: AlignedSound) -> tuple[int, int]:
    """How many vowels are audible, and how many there are; devoiced i and u are left out."""
    heard = total = 0
    for index, phone in enumerate(spoken.phones):
        if phone in ("a", "e", "o"):
            start = spoken.starts[index] * HOP
            inside = spoken.samples[start : start + spoken.frames[index] * HOP]
            total += 1
            heard += bool(len(inside)) and level_db(inside) > AUDIBLE_DB
    return heard, total


def comb_db(samples: NDArray[np.float32]) -> float:
    """How far multiples of the frame rate stand above what is around them.

    A decoder without a source of its own repeats itself with every frame. Bins of 1 Hz, power over
    the whole sound; around a multiple are the bins from 5 to 36 Hz away, by their median.
    """
    rate = RATE // HOP
    padded = np.pad(samples.astype(np.float64), (0, max(0, RATE - len(samples))))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, RATE)[:: RATE // 2]
    power = (np.abs(np.fft.rfft(pieces * np.hanning(RATE), axis=1)) ** 2).mean(axis=0)
    found = []
    for place in range(-(-COMB_FROM // rate) * rate, COMB_TO, rate):
        around = np.median(np.r_[power[place - 36 : place - 4], power[place + 5 : place + 37]])
        found.append(
            10 * np.log10((power[place - 1 : place + 2].mean() + 1e-12) / (around + 1e-12))
        )
    return float(np.mean(found))


def level_db(samples: NDArray[np.float32]) -> float:
    """Root mean square in decibels."""
    return float(10 * np.log10(np.maximum(np.mean(samples.astype(np.float64) ** 2), 1e-12)))


def clicks(samples: NDArray[np.float32]) -> int:
    """Isolated jumps: 2 ms whose curvature stands far above everything within 20 ms."""
    bend = np.abs(np.diff(samples.astype(np.float64), 2))
    size = RATE // 500
    count = len(bend) // size
    if count < 21:
        return 0
    peaks = bend[: count * size].reshape(count, size).max(axis=1)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(peaks, 10, mode="edge"), 21)
    usual = np.median(around, axis=1)
    return int(((peaks > 0.02) & (peaks > 12 * usual)).sum())
