"""The HTS engine: full-context labels and a voice file in, sound and the time of each phone out.

The library is called, not the program: only the library lets a question rise, by the means of the
pitch that it is about to smooth.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# `HTS_Engine` of 1.10 has some 400 bytes; it is made and read by the library alone.
_ENGINE_BYTES = 1 << 16
_PITCH = 1  # stream of the log of the pitch; 0 is the spectrum, 2 the band-pass filter
_LEVEL, _SLOPE, _BEND = 0, 1, 2  # what each state of a stream has a mean of
_NO_PITCH = -1e9  # the engine writes -1e10 for it
_SEMITONE = math.log(2) / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class HtsSpeech:
    """What the engine said."""

    samples: NDArray[np.float32]
    rate: int
    times: list[tuple[float, float]]  # begin and end of each label in seconds
    pitch: NDArray[np.float64]  # Hz, 0 where there is none
    frame_s: float  # of the pitch


def speak(
    library: Path,
    voice: Path,
    labels: Sequence[str],
    *,
    rising: Sequence[int] = (),
    rise: float = 0.0,
    gain_db: float = 0.0,
) -> HtsSpeech:
    """The labels, spoken.

    The pitch goes up by `rise` semitones along each run of neighbouring labels in `rising`.
    """
    hts = _loaded(library)
    engine = ctypes.create_string_buffer(_ENGINE_BYTES)
    hts.HTS_Engine_initialize(engine)
    try:
        if not hts.HTS_Engine_load(engine, _strings([str(voice)]), 1):
            raise RuntimeError(f"{library}: the voice cannot be loaded: {voice}")
        hts.HTS_Engine_set_volume(engine, gain_db)
        if not hts.HTS_Engine_generate_state_sequence_from_strings(
            engine, _strings(labels), len(labels)
        ):
            raise RuntimeError(f"{library}: the labels are refused")
        states = hts.HTS_Engine_get_nstate(engine)
        frames = [hts.HTS_Engine_get_state_duration(engine, i) for i in range(states * len(labels))]
        for run in runs(rising):
            first, last = run[0] * states, (run[-1] + 1) * states
            for state, (level, slope) in enumerate(
                ramp(frames[first:last], rise * _SEMITONE), start=first
            ):
                mean = hts.HTS_Engine_get_state_mean(engine, _PITCH, state, _LEVEL)
                hts.HTS_Engine_set_state_mean(engine, _PITCH, state, _LEVEL, mean + level)
                hts.HTS_Engine_set_state_mean(engine, _PITCH, state, _SLOPE, slope)
                hts.HTS_Engine_set_state_mean(engine, _PITCH, state, _BEND, 0.0)
        if not (
            hts.HTS_Engine_generate_parameter_sequence(engine)
            and hts.HTS_Engine_generate_sample_sequence(engine)
        ):
            raise RuntimeError(f"{library}: nothing was spoken")
        rate = hts.HTS_Engine_get_sampling_frequency(engine)
        count = hts.HTS_Engine_get_nsamples(engine)
        full = [hts.HTS_Engine_get_generated_speech(engine, i) for i in range(count)]
        frame_s = hts.HTS_Engine_get_fperiod(engine) / rate
        count = hts.HTS_Engine_get_total_frame(engine)
        logs = [hts.HTS_Engine_get_generated_parameter(engine, _PITCH, i, 0) for i in range(count)]
    finally:
        hts.HTS_Engine_clear(engine)
    # 16 bits as the program writes them: whole numbers, cut at full scale.
    samples = np.trunc(np.clip(np.array(full), -32768, 32767)).astype(np.float32) / 32768
    ends = np.cumsum([sum(frames[i : i + states]) for i in range(0, len(frames), states)]) * frame_s
    begins = [0.0, *ends[:-1]]
    return HtsSpeech(
        samples=samples,
        rate=rate,
        times=[(float(a), float(b)) for a, b in zip(begins, ends, strict=True)],
        pitch=np.array([math.exp(one) if one > _NO_PITCH else 0.0 for one in logs]),
        frame_s=frame_s,
    )


def runs(places: Sequence[int]) -> list[list[int]]:
    """Neighbours together: 3 4 8 is 3 4 and 8."""
    found: list[list[int]] = []
    for place in places:
        if found and place == found[-1][-1] + 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def ramp(frames: Sequence[int], rise: float) -> list[tuple[float, float]]:
    """For states of so many frames each, how far the level is up in its middle, and the slope."""
    total = sum(frames)
    found, before = [], 0
    for count in frames:
        found.append((rise * (before + count / 2) / total, rise / total))
        before += count
    return found


def _strings(values: Sequence[str]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * len(values))(*(value.encode() for value in values))


def _loaded(library: Path) -> ctypes.CDLL:
    hts = ctypes.CDLL(str(library))
    for name in (
        "get_nstate",
        "get_state_duration",
        "get_nsamples",
        "get_fperiod",
        "get_total_frame",
    ):
        getattr(hts, f"HTS_Engine_{name}").restype = ctypes.c_size_t
    hts.HTS_Engine_get_sampling_frequency.restype = ctypes.c_size_t
    hts.HTS_Engine_get_state_mean.restype = ctypes.c_double
    hts.HTS_Engine_get_generated_speech.restype = ctypes.c_double
    size, number = ctypes.c_size_t, ctypes.c_double
    hts.HTS_Engine_get_generated_parameter.restype = ctypes.c_double
    hts.HTS_Engine_get_generated_parameter.argtypes = (ctypes.c_char_p, size, size, size)
    hts.HTS_Engine_get_state_duration.argtypes = (ctypes.c_char_p, size)
    hts.HTS_Engine_get_generated_speech.argtypes = (ctypes.c_char_p, size)
    hts.HTS_Engine_get_state_mean.argtypes = (ctypes.c_char_p, size, size, size)
    hts.HTS_Engine_set_state_mean.argtypes = (ctypes.c_char_p, size, size, size, number)
    hts.HTS_Engine_set_volume.argtypes = (ctypes.c_char_p, number)
    for name in ("load", "generate_state_sequence_from_strings"):
        getattr(hts, f"HTS_Engine_{name}").argtypes = (ctypes.c_char_p, ctypes.c_void_p, size)
        getattr(hts, f"HTS_Engine_{name}").restype = ctypes.c_char
    for name in ("generate_parameter_sequence", "generate_sample_sequence"):
        getattr(hts, f"HTS_Engine_{name}").restype = ctypes.c_char
    return hts
