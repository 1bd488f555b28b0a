"""Spectrograms of a voice and its teacher beside each other, as one PNG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.training.plot import png
from tools.evaluate_voice.metrics import RATE, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 1024
MOST_SECONDS = 3.0
QUIETEST_DB, LOUDEST_DB = -70.0, 20.0
GAP = 8  # white pixels between pictures


def side_by_side(pairs: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> bytes:
    """A row for each pair: the voice on the left, its teacher on the right."""
    most = int(MOST_SECONDS * RATE)
    rows = [[_spectrogram(sound[:most]) for sound in pair] for pair in pairs]
    width = max(picture.shape[1] for row in rows for picture in row) + GAP
    padded = [np.concatenate([_padded(picture, width) for picture in row], axis=1) for row in rows]
    return png(np.repeat(np.concatenate(padded)[:, :, None], 3, axis=2))


def _padded(picture: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    return np.pad(picture, ((0, GAP), (0, width - picture.shape[1])), constant_values=255)


def _spectrogram(samples: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[bins, frames of 5 ms] dark where it is loud, low frequencies at the bottom."""
    spectrum = np.abs(
        np.fft.rfft(windows(samples, WINDOW, RATE // 200) * np.hanning(WINDOW), axis=1)
    )
    decibels = 20 * np.log10(np.maximum(spectrum, 1e-6))
    share = (decibels - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)
    return (255 * (1 - share.clip(0, 1))).astype(np.uint8).T[::-1]
