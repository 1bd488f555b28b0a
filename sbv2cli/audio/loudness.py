"""How loud a sound is to the ear, measured block by block, in LUFS (ITU-R BS.1770-4).

Mono only. Ten hours of sound leave one number for every tenth of a second.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio.blocks import Blocks
from sbv2cli.audio.levels import factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Gating blocks of 400 ms that overlap by three quarters, so they are sums of four hops; an
# absolute gate at -70 LUFS and a relative one 10 LU below the mean of what passed it.
HOP_SECONDS = 0.1
BLOCK_HOPS = 4
ABSOLUTE_GATE = -70.0
RELATIVE_GATE = -10.0
LOUDNESS_OFFSET = -0.691

# Hops that are filtered at once: a second, for which the transform takes half a megabyte.
_STEP_HOPS = 10
# The high pass at 38 Hz falls by exp(-2π·38·t), below the last bit of a double in 0.15 s; what
# comes later of an impulse is nothing.
_RINGING_SECONDS = 0.2


def loudness(samples: NDArray[np.float32], rate: int) -> float:
    """Integrated loudness of a whole sound, in LUFS."""
    meter = Meter(rate)
    meter.add(samples)
    return meter.lufs


class Meter:
    """Integrated loudness of a sound that comes in blocks; any split gives the same number."""

    def __init__(self, rate: int) -> None:
        self.hop = round(HOP_SECONDS * rate)
        self._blocks = Blocks(_STEP_HOPS * self.hop)
        self._response = _k_response(rate, _STEP_HOPS * self.hop)
        # Samples before the ones to come, as far back as the filter remembers.
        self._before = np.zeros(round(_RINGING_SECONDS * rate), dtype=np.float32)
        self._hops = array("d")  # energy of each hop

    def add(self, samples: NDArray[np.float32]) -> None:
        """More of the sound."""
        for block in self._blocks.add(samples):
            weighted = self._weighted(block)
            self._before = np.concatenate([self._before, block])[-len(self._before) :]
            self._hops.frombytes(_energies(weighted, self.hop).tobytes())

    @property
    def lufs(self) -> float:
        """The loudness of all that was added.

        A sound shorter than one gating block is measured as one block without gates, since a gate
        over nothing says nothing.
        """
        hops = self.hop_energies()
        if len(hops) < BLOCK_HOPS:
            pending = self._weighted(self._blocks.pending())
            return (
                _lufs(float(np.mean(np.square(pending, dtype=np.float64))))
                if len(pending)
                else -math.inf
            )
        return _gated(hops, self.hop)

    def hop_energies(self) -> NDArray[np.float64]:
        """The energy of each whole hop so far."""
        pending = self._weighted(self._blocks.pending())
        return np.concatenate([np.frombuffer(self._hops), _energies(pending, self.hop)])

    def _weighted(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        # Both filters as one frequency response: a recursive filter in numpy would be a Python
        # loop over samples. What the transform wraps around falls on the samples before.
        heard = np.concatenate([self._before, samples])
        size = 2 * (len(self._response) - 1)
        weighted = np.fft.irfft(np.fft.rfft(heard, size) * self._response, size)
        return np.asarray(weighted[len(self._before) : len(heard)])


def together(energies: Sequence[NDArray[np.float64]], rate: int) -> float:
    """Integrated loudness of several sounds of one rate, from the energies of their hops."""
    hops = np.concatenate(energies)
    return _gated(hops, round(HOP_SECONDS * rate)) if len(hops) >= BLOCK_HOPS else -math.inf


def _gated(hops: NDArray[np.float64], hop: int) -> float:
    energy = np.concatenate(([0.0], np.cumsum(hops)))
    blocks = (energy[BLOCK_HOPS:] - energy[:-BLOCK_HOPS]) / (BLOCK_HOPS * hop)
    blocks = blocks[blocks > _power(ABSOLUTE_GATE)]
    if len(blocks) == 0:
        return -math.inf
    gate = _power(_lufs(float(np.mean(blocks))) + RELATIVE_GATE)
    return _lufs(float(np.mean(blocks[blocks > gate])))


def _energies(samples: NDArray[np.float32], hop: int) -> NDArray[np.float64]:
    whole = samples[: len(samples) // hop * hop]
    return np.asarray(np.square(whole, dtype=np.float64).reshape(-1, hop).sum(axis=1))


def _lufs(power: float) -> float:
    return LOUDNESS_OFFSET + 10 * math.log10(power) if power > 0 else -math.inf


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - LOUDNESS_OFFSET) / 10))


@lru_cache(maxsize=4)
def _k_response(rate: int, step: int) -> NDArray[np.complex64]:
    """The K-weighting as a frequency response, for transforms that hold `step` samples."""
    size = 1 << (step + round(_RINGING_SECONDS * rate) - 1).bit_length()
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(z), dtype=np.complex128)
    for b, a in _k_filters(rate):
        response *= (b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)
    return response.astype(np.complex64)


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
