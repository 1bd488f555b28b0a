"""What is drawn of a sound: how loud it is and how high, every 20 ms.

The pitch is the highest peak of the autocorrelation that the window does not explain (Boersma 1993,
"Accurate short-term analysis of the fundamental frequency"). It is good enough for a picture and a
hundred times faster than WORLD, which `audio.pitch` needs to change a sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.audio.blocks import Blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOP_SECONDS = 0.02
LOWEST_HZ, HIGHEST_HZ = 60.0, 600.0

# The pitch is looked for in a sound of about this rate, which is enough to tell a
# period from its half.
_RATE = 8000
_WINDOW_SECONDS = 0.032  # two periods of the lowest pitch
_FFT_STEP = 16  # lengths of Fourier transforms are multiples of it, which are quick
# A peak of the autocorrelation below this is no voice; a period twice as long must be this much
# better to be believed, as every multiple of a period is one.
_VOICED = 0.5
_OCTAVE_COST = 0.05
_SILENT_DB = -38.0  # below the loudest window, nothing is called a voice
_HOPS_PER_BLOCK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Contour:
    """Both have a value for each hop."""

    peaks: NDArray[np.float32]  # the largest sample, 1 is full scale
    hertz: NDArray[np.float32]  # 0 where nothing is voiced


def contour(blocks: Iterable[NDArray[np.float32]], rate: int) -> Contour:
    """Peaks and pitch of a sound that comes in blocks of any length."""
    factor = max(1, round(rate / _RATE))
    # A hop is a whole number of samples of the slower sound, so that no block depends on another.
    slow_hop = max(1, round(HOP_SECONDS * rate / factor))
    hop = slow_hop * factor
    peaks: list[NDArray[np.float32]] = []
    slow: list[NDArray[np.float32]] = []
    for block in _even(blocks, hop * _HOPS_PER_BLOCK):
        padded = np.pad(block, (0, -len(block) % hop))
        peaks.append(np.abs(padded).reshape(-1, hop).max(axis=1))
        # Their mean, added column by column: rows of three samples take ten times as long.
        columns = padded.reshape(-1, factor).T
        slow.append(sum(columns[1:], columns[0].copy()) / np.float32(factor))
    if not peaks:
        nothing = np.zeros(0, dtype=np.float32)
        return Contour(peaks=nothing, hertz=nothing)
    return Contour(
        peaks=np.concatenate(peaks), hertz=_pitch(np.concatenate(slow), slow_hop, rate / factor)
    )


def _even(blocks: Iterable[NDArray[np.float32]], size: int) -> Iterator[NDArray[np.float32]]:
    held = Blocks(size)
    for block in blocks:
        yield from held.add(block)
    if len(rest := held.rest()):
        yield rest


def _pitch(sound: NDArray[np.float32], hop: int, rate: float) -> NDArray[np.float32]:
    """Hertz of each hop."""
    size = round(_WINDOW_SECONDS * rate)
    around = np.pad(sound, (size // 2, size))
    windows = np.lib.stride_tricks.sliding_window_view(around, size)[::hop][: len(sound) // hop]
    shape = np.hanning(size).astype(np.float32)
    shortest, longest = int(rate / HIGHEST_HZ), int(rate / LOWEST_HZ) + 1
    # Long enough that the end of a window does not meet its beginning.
    length = -(-(size + longest + 2) // _FFT_STEP) * _FFT_STEP
    own = _autocorrelation(shape[None], length)[0]
    found = np.zeros(len(windows), dtype=np.float32)
    level = np.sqrt(np.square(windows).mean(axis=1))
    loud = np.flatnonzero(level > level.max(initial=0.0) * 10 ** (_SILENT_DB / 20))
    for start in range(0, len(loud), 4096):
        rows = loud[start : start + 4096]
        cut = windows[rows]
        likeness = _autocorrelation((cut - cut.mean(axis=1, keepdims=True)) * shape, length)
        relative = likeness[:, : longest + 2] / np.maximum(likeness[:, :1], 1e-12)
        relative /= own[: longest + 2] / own[0]
        found[rows] = _best(relative, shortest, longest, rate)
    return _without_jumps(found)


def _autocorrelation(rows: NDArray[Any], length: int) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(rows, length, axis=1)
    return np.fft.irfft(np.square(np.abs(spectrum)), length, axis=1).astype(np.float32)


def _best(likeness: NDArray[Any], shortest: int, longest: int, rate: float) -> NDArray[np.float32]:
    """Hertz of the best peak of each row; 0 where none is good enough."""
    lags = np.arange(shortest, longest + 1)
    middle = likeness[:, lags]
    before, after = likeness[:, lags - 1], likeness[:, lags + 1]
    # The true peak lies between two lags; where a period is few lags long, that counts.
    bend = np.minimum(before - 2 * middle + after, -1e-9)
    shift = 0.5 * (before - after) / bend
    height = middle - 0.25 * (before - after) * shift
    peak = (middle > before) & (middle >= after)
    score = np.where(peak, height - _OCTAVE_COST * np.log2(lags / shortest), -1.0)
    best = score.argmax(axis=1)
    row = np.arange(len(best))
    voiced = (score[row, best] > -1) & (height[row, best] > _VOICED)
    return np.where(voiced, rate / (lags[best] + shift[row, best]), 0.0).astype(np.float32)


def _without_jumps(hertz: NDArray[np.float32]) -> NDArray[np.float32]:
    """A single hop that differs from both neighbours becomes what they are."""
    if len(hertz) < 3:
        return hertz
    three = np.stack([hertz[:-2], hertz[1:-1], hertz[2:]])
    return np.concatenate([hertz[:1], np.median(three, axis=0), hertz[-1:]]).astype(np.float32)
