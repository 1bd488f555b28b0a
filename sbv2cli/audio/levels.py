"""How loud a sound is, and making it louder by a known amount. Decibels are re full scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ITU-R BS.1770-4: blocks of 400 ms that overlap by three quarters, an absolute gate at -70 LUFS
# and a relative one 10 LU below the mean of what passed it.
BLOCK_SECONDS = 0.4
BLOCK_STEP = 0.25
ABSOLUTE_GATE = -70.0
RELATIVE_GATE = -10.0
LOUDNESS_OFFSET = -0.691


def decibels(ratio: float) -> float:
    """Amplitude ratio -> dB; nothing at all is minus infinity."""
    return 20 * math.log10(ratio) if ratio > 0 else -math.inf


def factor(gain_db: float) -> float:
    """DB -> amplitude ratio."""
    return float(10 ** (gain_db / 20))


def peak_db(samples: NDArray[np.float32]) -> float:
    """The largest sample."""
    return decibels(float(np.abs(samples).max(initial=0.0)))


def rms_db(samples: NDArray[np.float32]) -> float:
    """Root mean square over the whole sound, pauses included."""
    if len(samples) == 0:
        return -math.inf
    return decibels(math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))))


def gain(samples: NDArray[np.float32], gain_db: float) -> NDArray[np.float32]:
    """The same sound, louder or softer; 0 dB returns the very same array."""
    if gain_db == 0:
        return samples
    return samples * np.float32(factor(gain_db))


def clipped(samples: NDArray[np.float32]) -> int:
    """How many samples lie beyond full scale, and so would be cut off in an integer file."""
    return int(np.count_nonzero(np.abs(samples) > 1.0))


def loudness(samples: NDArray[np.float32], rate: int) -> float:
    """Integrated loudness of a mono sound in LUFS (ITU-R BS.1770-4).

    A sound shorter than one block is measured as one block without gates, since a gate over
    nothing says nothing.
    """
    if len(samples) == 0:
        return -math.inf
    weighted = _k_weighted(samples.astype(np.float64), rate)
    block = round(BLOCK_SECONDS * rate)
    if len(weighted) < block:
        return _lufs(float(np.mean(np.square(weighted))))
    energy = np.concatenate(([0.0], np.cumsum(np.square(weighted))))
    starts = np.arange(0, len(weighted) - block + 1, max(1, round(block * BLOCK_STEP)))
    blocks = (energy[starts + block] - energy[starts]) / block
    blocks = blocks[blocks > _power(ABSOLUTE_GATE)]
    if len(blocks) == 0:
        return -math.inf
    gate = _power(_lufs(float(np.mean(blocks))) + RELATIVE_GATE)
    return _lufs(float(np.mean(blocks[blocks > gate])))


def _lufs(power: float) -> float:
    return LOUDNESS_OFFSET + 10 * math.log10(power) if power > 0 else -math.inf


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - LOUDNESS_OFFSET) / 10))


def _k_weighted(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    # The two biquads are applied as one frequency response: a recursive filter in numpy would be
    # a Python loop over samples. Half a second of zeros lets the high-pass ring out.
    size = 1 << (len(samples) + rate // 2 - 1).bit_length()
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(z), dtype=np.complex128)
    for b, a in _k_filters(rate):
        response *= (b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)
    return np.fft.irfft(np.fft.rfft(samples, size) * response, size)[: len(samples)]


def _k_filters(rate: int) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    # The analogue prototypes behind the table of coefficients that BS.1770 prints for 48 kHz.
    shelf_db, shelf_q, shelf_hz = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    pass_q, pass_hz = 0.5003270373238773, 38.13547087602444
    k, vh = math.tan(math.pi * shelf_hz / rate), factor(shelf_db)
    vb = vh**0.4996667741545416
    a0 = 1 + k / shelf_q + k * k
    shelf = (
        ((vh + vb * k / shelf_q + k * k) / a0, 2 * (k * k - vh) / a0,
         (vh - vb * k / shelf_q + k * k) / a0),
        (1.0, 2 * (k * k - 1) / a0, (1 - k / shelf_q + k * k) / a0),
    )  # fmt: skip
    k = math.tan(math.pi * pass_hz / rate)
    a0 = 1 + k / pass_q + k * k
    high_pass = ((1.0, -2.0, 1.0), (1.0, 2 * (k * k - 1) / a0, (1 - k / pass_q + k * k) / a0))
    return [shelf, high_pass]
