"""Replays of Glow-TTS: its blocks, lines, batches and losses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import made_weights
import numpy as np
import torch
from replay_infer import Row, _worst, scaled
from torch import Tensor

from sbv2cli.models import weights
from sbv2cli.models.layers import prenet_encoder
from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.durations import DurationPredictor
from sbv2cli.models.layers.prenet_encoder import Prenet

TOLERANCE = 1e-5

Arrays = dict[str, Tensor]
Entry = dict[str, Any]


def understands(entry: Entry) -> bool:
    """Whether there is a replay for it."""
    return entry["kind"] == "module" and entry["block"] in BLOCKS


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, worst difference and tolerance of every recorded stage."""
    rows: list[Row] = []
    for entry in entries:
        arrays = opened(folder / entry["file"])
        with torch.inference_mode():
            made = BLOCKS[entry["block"]](entry, arrays)
        rows += compared(entry["name"], made, arrays)
    return rows


def opened(path: Path) -> Arrays:
    """The arrays of a file; half precision is exact, and widened."""
    with np.load(path) as data:
        return {
            name: torch.from_numpy(a.astype(np.float32) if a.dtype == np.float16 else a)
            for name, a in data.items()
        }


def compared(case: str, made: dict[str, Tensor], arrays: Arrays) -> list[Row]:
    """A row for each stage."""
    rows = []
    for stage, value in made.items():
        expected = arrays[stage].numpy()
        rows.append((case, stage, _worst(value, expected), scaled(TOLERANCE, expected)))
    return rows


def prenet(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    module = Prenet(sizes["in_channels"], sizes["kernel_size"], sizes["n_layers"])
    made_weights.fill(module, entry["weights"], prenet_encoder.PRENET)
    return {"y": module(a["x"], a["mask"])}


def encoder(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    module = AttentionEncoder(
        sizes["hidden_channels"],
        sizes["filter_channels"],
        sizes["n_heads"],
        sizes["n_layers"],
        sizes["kernel_size"],
        0,
        window=sizes["window_size"],
        epsilon=prenet_encoder.EPSILON,
    )
    made_weights.fill(module, entry["weights"], weights.ENCODER)
    return {"y": module(a["x"], a["mask"], a["x"].new_empty(len(a["x"]), 0, 1))}


def durations(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    module = DurationPredictor(
        sizes["in_channels"],
        sizes["filter_channels"],
        sizes["kernel_size"],
        0,
        epsilon=prenet_encoder.EPSILON,
    )
    made_weights.fill(module, entry["weights"], weights.DETERMINISTIC_DURATIONS)
    return {"y": module(a["x"], a["mask"], a["x"].new_empty(len(a["x"]), 0, 1))}


BLOCKS: dict[str, Callable[[Entry, Arrays], dict[str, Tensor]]] = {
    "prenet": prenet,
    "encoder": encoder,
    "durations": durations,
}
