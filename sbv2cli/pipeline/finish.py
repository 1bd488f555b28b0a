"""The model's sound -> the bytes of a file, its timings, and what the manifest says of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio import levels, limiter, pcm, pitch, silence
from sbv2cli.audio.join import join
from sbv2cli.errors import EngineError
from sbv2cli.pipeline import estimate
from sbv2cli.pipeline.keys import FileSettings
from sbv2cli.pipeline.reading import Segment
from sbv2cli.records import AudioFacts, Reading, Warned, Waveform
from sbv2cli.writers import timings
from sbv2cli.writers.audio.encode import encode
from sbv2cli.writers.audio.formats import Encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.writers.timings import Timings

# Only sounds that are far from what is expected are reported.
ODD_DURATION = (0.3, 3.0)
# Pauses and edges carry no time that could be predicted.
_UNPREDICTABLE = frozenset({"_", ",", ".", "…", "-", "!", "?", "'", "SP"})

SILENT_DB = -70.0
_DIGITS = 6  # of seconds
_DB_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A line that only needs to be put on the disk."""

    data: bytes
    seconds: float
    facts: AudioFacts
    timings: Timings
    warnings: tuple[Warned, ...]


def whole(
    sounds: Sequence[Waveform],
    segments: Sequence[Segment],
    readings: Sequence[Reading],
    pause: float,
) -> tuple[NDArray[np.float32], Timings]:
    """The sound of a line that was spoken in segments, and its timings."""
    rate = sounds[0].rate
    gap = silence.samples_of(pause, rate)
    samples, starts = join([sound.samples for sound in sounds], [gap] * (len(sounds) - 1))
    times = [
        timings.moved(
            timings.timings(reading, sound.phone_frames, sound.frame_samples, rate),
            start,
            len(samples),
            chars_by=segment.start,
        )
        for sound, segment, reading, start in zip(sounds, segments, readings, starts, strict=True)
    ]
    return samples, timings.joined(times)


def polish(
    samples: NDArray[np.float32], times: Timings, how: FileSettings
) -> tuple[NDArray[np.float32], Timings]:
    """Pitch, level, and the silence at both ends; still at the voice's own rate."""
    rate = times.rate
    if not np.isfinite(samples).all():
        raise EngineError(
            "engine.not-finite",
            "the voice made sound that is not finite numbers",
            hint="try another take or less noise: --take 2, --noise 0.5",
        )
    samples = _pitched(samples, rate, how)
    samples = levels.gain(_levelled(samples, how), how.gain_db)
    if how.ceiling_db is not None:
        samples = limiter.limit(samples, rate, how.ceiling_db)
    cut = 0
    if how.trim:
        samples, cut = silence.trim(samples, rate)
    lead = silence.samples_of(how.lead, rate)
    samples = silence.surround(samples, lead, silence.samples_of(how.tail, rate))
    return samples, timings.moved(times, lead - cut, len(samples))


def finish(
    samples: NDArray[np.float32],
    times: Timings,
    how: FileSettings,
    encoding: Encoding,
    *,
    speed: float,
) -> Finished:
    """Everything between the model and the file."""
    rate = times.rate
    polished, times_of_file = polish(samples, times, how)
    warnings = [*_odd(samples, times, speed), *_clipped(polished, encoding), *_untimed(times)]
    data = encode(polished, rate, encoding)
    found = silence.edges(polished)
    file_rate = encoding.rate_for(rate)
    facts = AudioFacts(
        samples=-(-len(polished) * file_rate // rate),
        rate=file_rate,
        format=encoding.label,
        bytes=len(data),
        peak_db=_db(levels.peak_db(polished)),
        rms_db=_db(levels.rms_db(polished)),
        lead=round(found.start / rate, _DIGITS),
        tail=round((len(polished) - found.end) / rate, _DIGITS),
    )
    return Finished(
        data=data,
        seconds=round(len(polished) / rate, _DIGITS),
        facts=facts,
        timings=times_of_file,
        warnings=tuple(warnings),
    )


def _untimed(times: Timings) -> list[Warned]:
    if times.known:
        return []
    said = "the voice does not tell how long its phones are: there are no timings"
    return [Warned(code="timings.unknown", message=said, severity="note")]


def _clipped(samples: NDArray[np.float32], encoding: Encoding) -> list[Warned]:
    over = levels.clipped(samples)
    if not over or encoding.subtype == "float":
        return []
    peak = levels.peak_db(samples)
    said = f"{over} samples are beyond full scale, the peak is {peak:+.1f} dB"
    return [Warned(code="audio.clipped", message=said)]


def _pitched(samples: NDArray[np.float32], rate: int, how: FileSettings) -> NDArray[np.float32]:
    changed = pitch.adjust(
        samples, rate, factor=pitch.semitones(how.pitch), intonation=how.intonation
    )
    # WORLD rounds up to its frames of 5 ms; the timings are those of the model's own length.
    return changed[: len(samples)] if len(changed) >= len(samples) else samples


def _levelled(samples: NDArray[np.float32], how: FileSettings) -> NDArray[np.float32]:
    if how.gain != "reference":
        return samples
    return pcm.reference_pcm16(samples).astype(np.float32) / np.float32(pcm.FULL_SCALE_16)


def _odd(samples: NDArray[np.float32], times: Timings, speed: float) -> list[Warned]:
    if levels.peak_db(samples) < SILENT_DB:
        return [Warned(code="audio.silent", message="nothing can be heard")]
    spoken = sum(phone not in _UNPREDICTABLE for phone, _, _ in times.phones)
    predicted = estimate.of_phones(spoken, speed)
    seconds = len(samples) / times.rate
    least, most = (predicted * bound for bound in ODD_DURATION)
    if spoken and not least <= seconds <= most + 1:
        return [
            Warned(
                code="audio.duration",
                message=f"the sound lasts {seconds:.1f} s, about {predicted:.1f} s were expected",
            )
        ]
    return []


def _db(value: float) -> float | None:
    return None if math.isinf(value) else round(value, _DB_DIGITS)
