"""The noise of a line: counter-based, so it is the same on every device and in any order.

A line's normals come from Philox 4x64 keyed by (seed, noise name, take) and turned into a normal
distribution by Box and Muller. Only the raw bits of the generator are used, which numpy promises
never to change.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.records import Utterance

DURATIONS, LATENTS, VOCODER, FIRST_STEP = 0, 1, 2, 3
"""Streams of a line: drawing one never moves the other. Each step of a diffusion has its own."""


def line_key(seed: int, name: str, take: int) -> int:
    """128 bits that no other (seed, name, take) has."""
    text = f"{seed}\x1f{name}\x1f{take}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def normals(key: int, stream: int, count: int) -> NDArray[np.float32]:
    """The first `count` normals of a stream; a longer draw begins with a shorter one."""
    words = np.array([key & (2**64 - 1), key >> 64], dtype=np.uint64)
    # The upper half of the counter separates the streams; the lower half counts blocks.
    generator = np.random.Philox(key=words, counter=np.array([0, 0, stream, 0], dtype=np.uint64))
    raw = generator.random_raw((count + 1) // 2)
    # Two 32-bit uniforms per word, kept off zero: the logarithm stays finite.
    left = (raw & np.uint64(0xFFFFFFFF)).astype(np.float64)
    right = (raw >> np.uint64(32)).astype(np.float64)
    radius = np.sqrt(-2.0 * np.log((left + 0.5) * 2.0**-32))
    angle = (2.0 * np.pi * 2.0**-32) * right
    pairs = np.empty((len(raw), 2), dtype=np.float32)
    np.multiply(radius, np.cos(angle), out=pairs[:, 0], casting="same_kind")
    np.multiply(radius, np.sin(angle), out=pairs[:, 1], casting="same_kind")
    return pairs.reshape(-1)[:count]


def duration_noise(utterance: Utterance) -> NDArray[np.float32]:
    """[2, P], drawn phone by phone."""
    count = len(utterance.phones)
    return _of(utterance, DURATIONS, 2 * count).reshape(count, 2).T


def latent_noise(utterance: Utterance, frames: int, channels: int) -> NDArray[np.float32]:
    """[C, F], drawn frame by frame: a line made longer at its end begins the same."""
    return _of(utterance, LATENTS, frames * channels).reshape(frames, channels).T


def step_noise(utterance: Utterance, step: int, frames: int, channels: int) -> NDArray[np.float32]:
    """[C, F] of one step of a diffusion, counted from 0; drawn frame by frame."""
    return _of(utterance, FIRST_STEP + step, frames * channels).reshape(frames, channels).T


def vocoder_noise(utterance: Utterance, frames: int, channels: int) -> NDArray[np.float32]:
    """[N, F], drawn frame by frame, apart from what the acoustic model hears."""
    return _of(utterance, VOCODER, frames * channels).reshape(frames, channels).T


def _of(utterance: Utterance, stream: int, count: int) -> NDArray[np.float32]:
    key = line_key(utterance.seed, utterance.noise_name, utterance.take)
    return normals(key, stream, count)
