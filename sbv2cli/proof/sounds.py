"""Files of sound -> what is drawn and measured of them. Many files go to several processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli import cpu_count
from sbv2cli.audio.contour import LOWEST_HZ, contour
from sbv2cli.child_process import follow_parent
from sbv2cli.errors import Sbv2Error
from sbv2cli.proof.line import Drawing
from sbv2cli.writers.audio import source

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Characters that neither JSON nor HTML escapes, so that a column is one byte.
ALPHABET = "".join(chr(code) for code in range(ord("("), ord("~")) if chr(code) not in "\\<>`")
MOST_COLUMNS = 600
STEPS_PER_SEMITONE = 2

# Soft sounds are drawn higher than they are, as people hear them.
_EXPONENT = 0.6
_FILES_PER_TASK = 50
_WORTH_PROCESSES = 400  # files; fewer are drawn before a process has started
_MOST_PROCESSES = 8


NOTHING = Drawing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What is known of a file of sound."""

    drawing: Drawing = NOTHING
    pitch_range: float | None = None  # semitones that hold four of five voiced moments
    failure: tuple[str, str] | None = None  # code and message, where it cannot be read


def sounds(files: Sequence[Path]) -> Iterator[Sound]:
    """A sound for each file, in their order."""
    processes = min(_MOST_PROCESSES, cpu_count.usable())
    if len(files) < _WORTH_PROCESSES or processes < 2:
        yield from map(sound, files)
        return
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=follow_parent
    ) as pool:
        yield from pool.map(sound, files, chunksize=_FILES_PER_TASK)


def sound(file: Path) -> Sound:
    """One file; what cannot be read says why."""
    try:
        rate = source.facts(file).rate
        found = contour(source.read_blocks(file), rate)
    except Sbv2Error as error:
        return Sound(failure=(error.code, error.message))
    semitones = _semitones(found.hertz)
    voiced = semitones[found.hertz > 0]
    low, high = np.percentile(voiced, (10, 90)) if len(voiced) > 10 else (0.0, 0.0)
    return Sound(
        drawing=Drawing(peaks=_drawn_peaks(found.peaks), pitch=_drawn_pitch(found.hertz)),
        pitch_range=round(float(high - low), 1) if len(voiced) > 10 else None,
    )


def _semitones(hertz: NDArray[np.float32]) -> NDArray[np.float32]:
    """Above the lowest pitch; where nothing is voiced, the value means nothing."""
    return 12 * np.log2(np.maximum(hertz, LOWEST_HZ) / LOWEST_HZ).astype(np.float32)


def _drawn_peaks(peaks: NDArray[np.float32]) -> str:
    columns = _columns(peaks).max(axis=1, initial=0.0)
    return _written(np.rint((len(ALPHABET) - 1) * np.minimum(columns, 1.0) ** _EXPONENT))


def _drawn_pitch(hertz: NDArray[np.float32]) -> str:
    """The first letter is no voice, the second the lowest pitch, then steps of half a semitone."""
    columns = _columns(hertz)
    middle = columns[:, columns.shape[1] // 2]
    steps = np.rint(_semitones(middle) * STEPS_PER_SEMITONE)
    return _written(np.where(middle > 0, 1 + np.minimum(steps, len(ALPHABET) - 2), 0))


def _columns(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hops in columns, as many as are drawn at most."""
    each = max(1, -(-len(values) // MOST_COLUMNS))
    return np.pad(values, (0, -len(values) % each)).reshape(-1, each)


def _written(steps: NDArray[np.float32]) -> str:
    return "".join(map(ALPHABET.__getitem__, steps.astype(int).tolist()))
