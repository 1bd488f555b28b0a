"""Logarithmic mel energies as Kaldi computes them: what speaker models were trained on.

25 ms windows every 10 ms, whole windows only; each loses its mean, is pre-emphasised, tapered by a
Hamming window and padded to a power of two. 80 triangular filters from 20 Hz to 8 kHz on Kaldi's
mel scale, triangular in mels and of height one (Povey et al. 2011, `feature-fbank`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16_000
WINDOW = 400  # samples
STEP = 160
TRANSFORM = 512
BANDS = 80
LOWEST_HZ = 20.0
EMPHASIS = 0.97
# Energies are those of 16-bit samples.
FULL_SCALE = 32_768.0
# The least energy that has a logarithm: float32's own grain, as in Kaldi.
LEAST = float(np.finfo(np.float32).eps)


def filter_banks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Samples at 16 kHz -> [frames, 80]; none where there is not one whole window."""
    count = 1 + (len(samples) - WINDOW) // STEP if len(samples) >= WINDOW else 0
    if count <= 0:
        return np.zeros((0, BANDS), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::STEP][:count]
    frames = windows.astype(np.float64) * FULL_SCALE
    frames -= frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    frames = (frames - EMPHASIS * before) * np.hamming(WINDOW)
    power = np.abs(np.fft.rfft(frames, TRANSFORM)) ** 2
    # Kaldi leaves the bin at the Nyquist frequency out.
    energies = power[:, : TRANSFORM // 2] @ _filters().T
    return np.log(np.maximum(energies, LEAST)).astype(np.float32)


def without_mean(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each band less its mean over the recording: the loudness and colour of a microphone."""
    return features - features.mean(axis=0, keepdims=True)


@cache
def _filters() -> NDArray[np.float64]:
    """[80, 256]."""
    places = _mel(np.arange(TRANSFORM // 2) * RATE / TRANSFORM)
    corners = np.linspace(_mel(np.array(LOWEST_HZ)), _mel(np.array(RATE / 2)), BANDS + 2)
    left, centre, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (places - left) / (centre - left), (right - places) / (right - centre)
    return np.clip(np.minimum(rising, falling), 0, None)


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1127.0 * np.log(1 + hz / 700.0)
