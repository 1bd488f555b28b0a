"""Float samples -> integers of a file.

The model's own level is kept: nothing here measures a line to change its loudness, except
`reference_pcm16`, which does what the published implementation does to every line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL_SCALE_16 = 32767
FULL_SCALE_24 = 8388607


def to_int16(samples: NDArray[np.floating[Any]]) -> NDArray[np.int16]:
    """Round to the nearest of 65,535 steps; what exceeds full scale is clipped, not wrapped."""
    return _rounded(samples, FULL_SCALE_16).astype(np.int16)


def to_int24(samples: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
    """The same in 24 bits, held in the low bits of int32."""
    return _rounded(samples, FULL_SCALE_24).astype(np.int32)


def packed_int24(samples: NDArray[np.floating[Any]]) -> bytes:
    """24-bit little-endian samples, three bytes each, as a WAV file holds them."""
    wide = to_int24(samples).astype("<i4")
    return wide.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def reference_pcm16(samples: NDArray[Any]) -> NDArray[np.int16]:
    """What the reference writes: every float line at full scale, truncated towards zero.

    Integers keep their level: 32 bits lose the low half, unsigned 16 bits are centred. Where the
    reference divides silence by zero, silence is returned.
    """
    if samples.dtype == np.int16:
        return samples
    if samples.dtype == np.int32:
        # The reference divides and truncates towards zero; a shift would round down.
        return (samples / 65536).astype(np.int16)
    if samples.dtype == np.uint16:
        return (samples.astype(np.int32) - 32768).astype(np.int16)
    if samples.dtype.kind != "f":
        raise TypeError(f"no 16-bit rule for samples of type {samples.dtype}")
    peak = np.abs(samples).max(initial=0.0)
    if peak == 0:
        return np.zeros(len(samples), dtype=np.int16)
    return np.asarray(samples / peak * FULL_SCALE_16).astype(np.int16)


def _rounded(samples: NDArray[np.floating[Any]], full_scale: int) -> NDArray[np.float64]:
    scaled = np.rint(samples.astype(np.float64) * full_scale)
    return np.clip(scaled, -full_scale - 1, full_scale)
