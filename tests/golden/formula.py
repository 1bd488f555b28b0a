"""How the vectors' weights, features and sounds were made (see model/README.md)."""

from __future__ import annotations

import zlib

import numpy as np
import torch


def features(seed: int, phones: int) -> np.ndarray:
    """BERT features [1024, P]."""
    return np.random.RandomState(seed).standard_normal((1024, phones)).astype(np.float32)


def wave(seed: int, count: int, rate: int) -> np.ndarray:
    """A sound of two sines, noise and a slow tremolo."""
    t = np.arange(count) / rate
    y = 0.3 * np.sin(2 * np.pi * (110 + 40 * seed) * t)
    y += 0.2 * np.sin(2 * np.pi * (700 + 133 * seed) * t + 1)
    y += 0.05 * np.random.RandomState(seed).standard_normal(count)
    y *= 0.6 + 0.4 * np.sin(2 * np.pi * 3 * t)
    return y.astype(np.float32)


def _random(tag: str, name: str) -> np.random.RandomState:
    return np.random.RandomState(zlib.crc32(f"{tag}/{name}".encode()) & 0xFFFFFFFF)


def weight(tag: str, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """One tensor by its published name; `weight_g` belongs to the `weight_v` of the same stem."""
    random = _random(tag, name)
    stem, _, last = name.rpartition(".")
    if last == "weight_g":
        raise ValueError("weight_g needs its weight_v: use normed()")
    values = random.standard_normal(shape)
    parent = stem.rpartition(".")[2]
    if last == "gamma" or (last == "weight" and len(shape) == 1):
        values = 1 + 0.1 * values
    elif len(shape) <= 1:
        values = 0.1 * values
    elif last in ("m", "logs"):
        values = 0.2 * values
    elif last in ("emb_rel_k", "emb_rel_v") or parent in ("emb", "tone_emb", "language_emb"):
        values = values * shape[-1] ** -0.5
    elif name != "emb_g.weight" and not name.endswith(".emb_g.weight"):
        values = values / np.sqrt(np.prod(shape) / shape[0])
    return torch.from_numpy(values.astype(np.float32))


def normed(tag: str, stem: str, shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """weight_g and weight_v of a weight-normed layer whose weight has this shape."""
    direction = weight(tag, f"{stem}.weight_v", shape)
    norms = np.sqrt((direction.numpy().astype(np.float64) ** 2).reshape(shape[0], -1).sum(axis=1))
    size_shape = (shape[0], *[1] * (len(shape) - 1))
    size = norms.reshape(size_shape) * (
        0.5 + _random(tag, f"{stem}.weight_g").random_sample(size_shape)
    )
    return torch.from_numpy(size.astype(np.float32)), direction
