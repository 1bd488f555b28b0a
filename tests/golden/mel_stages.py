"""What replays of the mel models share: recorded arrays, and rows that compare with them."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from replay_infer import Row, _worst, scaled
from torch import Tensor

TOLERANCE = 1e-5
EXACT = ("w_ceil", "durations", "path", "mask")


class Arrays(UserDict[str, Tensor]):
    """The arrays of a file, and which of them a replay has read."""

    def __init__(self, arrays: Mapping[str, Tensor]) -> None:
        super().__init__(arrays)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Tensor:
        found: Tensor = super().__getitem__(name)
        self.read.add(name)
        return found


Entry = dict[str, Any]
Blocks = Mapping[str, Callable[[Entry, Arrays], dict[str, Tensor]]]
Kinds = Mapping[str, Callable[[Entry, Arrays], list[Row]]]


def has_replay(entry: Entry, blocks: Blocks, kinds: Kinds) -> bool:
    """Whether one of these replays it."""
    return entry["block"] in blocks if entry["kind"] == "module" else entry["kind"] in kinds


def replayed(folder: Path, entries: list[Entry], blocks: Blocks, kinds: Kinds) -> list[Row]:
    """Case, stage, worst difference and tolerance of every recorded stage."""
    rows: list[Row] = []
    for entry in entries:
        arrays = opened(folder / entry["file"])
        with torch.no_grad():
            if entry["kind"] == "module":
                rows += compared(entry["name"], blocks[entry["block"]](entry, arrays), arrays)
            else:
                rows += kinds[entry["kind"]](entry, arrays)
        rows += overlooked(entry["name"], arrays)
    return rows


def overlooked(case: str, arrays: Arrays) -> list[Row]:
    """A row for each recorded array that nothing was held against: it is said, and is no fault."""
    return [(case, f"{name}: not compared", 0.0, 0.0) for name in sorted({*arrays} - arrays.read)]


def opened(path: Path) -> Arrays:
    """The arrays of a file; half precision is exact, and widened."""
    with np.load(path) as data:
        return Arrays(
            {
                name: torch.from_numpy(a.astype(np.float32) if a.dtype == np.float16 else a)
                for name, a in data.items()
            }
        )


def compared(case: str, made: dict[str, Tensor], arrays: Arrays) -> list[Row]:
    """A row for each stage; it says so where the recording has none of them."""
    rows = []
    for stage, value in made.items():
        if stage not in arrays:
            rows.append((case, f"{stage}: not recorded", 0.0, 0.0))
            continue
        expected = arrays[stage].numpy()
        tolerance = 0.0 if stage.endswith(EXACT) else scaled(TOLERANCE, expected)
        rows.append((case, stage, _worst(value, expected), tolerance))
    return rows
