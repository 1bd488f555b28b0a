"""What a room sounds like when nobody speaks: noise, or a recording, repeated without a seam.

It lies under the whole sound and not between the lines alone, so that it does not stop whenever a
line begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio.levels import factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISE_SECONDS = 10.0
# Rooms hum low and hiss little: level up to here, then 6 dB less each octave.
_KNEE_HZ = 400.0
_LOWEST_HZ = 40.0
_FADE_SECONDS = 0.5


def noise(rate: int, level_db: float) -> NDArray[np.float32]:
    """Comfort noise of this root mean square; the same on every run, and periodic."""
    count = round(NOISE_SECONDS * rate)
    hertz = np.fft.rfftfreq(count, 1 / rate)
    shape = np.where(hertz < _LOWEST_HZ, 0.0, 1 / np.sqrt(1 + (hertz / _KNEE_HZ) ** 2))
    # Made in the frequency domain, where a sound has no ends.
    phases = np.random.Generator(np.random.Philox(key=0)).uniform(0, 2 * np.pi, len(hertz))
    made = np.fft.irfft(shape * np.exp(1j * phases), count)
    made *= factor(level_db) / np.sqrt(np.mean(made**2))
    return made.astype(np.float32)


def loop(recording: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """A recording whose end runs into its beginning."""
    fade = min(round(_FADE_SECONDS * rate), len(recording) // 2)
    if fade == 0:
        return recording
    # Equal power, as end and beginning have nothing to do with each other.
    angle = np.linspace(0, np.pi / 2, fade, dtype=np.float32)
    body = recording[: len(recording) - fade].copy()
    body[:fade] = body[:fade] * np.sin(angle) + recording[-fade:] * np.cos(angle)
    return body


def under(
    blocks: Iterable[NDArray[np.float32]], tone: NDArray[np.float32]
) -> Iterator[NDArray[np.float32]]:
    """A sound with the tone under it from beginning to end."""
    position = 0
    for block in blocks:
        places = np.arange(position, position + len(block)) % len(tone)
        position = (position + len(block)) % len(tone)
        yield block + tone[places]
