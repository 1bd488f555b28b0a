"""Replays the recorded cases of the kind `bert`: tokens, hidden states, features of phones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.engine.bert.loading import Bert, load_bert, spread

if TYPE_CHECKING:
    import torch

KINDS = ("bert",)
TOLERANCE = 1e-4

Difference = tuple[str, str, float, float]
"""Case, stage, worst difference, tolerance."""


def replay(folder: Path, entries: list[dict[str, Any]]) -> list[Difference]:
    """Compare every entry of this kind; each model is opened once."""
    found: list[Difference] = []
    for entry in entries:
        if entry["kind"] not in KINDS:
            continue
        with np.load(folder / entry["file"]) as arrays:
            found += compare(_opened(folder / entry["model"]), entry, dict(arrays))
    return found


@cache
def _opened(model: Path) -> Bert:
    return load_bert(model)


def compare(model: Bert, entry: dict[str, Any], arrays: dict[str, np.ndarray]) -> list[Difference]:
    """All stages of one case, text and assist text encoded in one batch."""
    ids = model.tokeniser.ids(entry["text"])
    lines = [ids]
    if entry.get("assist_text"):
        lines.append(model.tokeniser.ids(entry["assist_text"]))
    rows = model.encoder.encode(lines)
    counts = arrays["word2ph_blank"].tolist()
    wrong_ids = float(ids != arrays["input_ids"].tolist())
    stages = [
        ("input_ids", wrong_ids, 0.0),
        ("hidden", _worst(rows[0], arrays["hidden_minus3"]), TOLERANCE),
    ]
    if len(ids) == len(counts):
        stages.append(("features", _worst(spread(rows[0], counts), arrays["feat"]), TOLERANCE))
        for name, recorded in arrays.items():
            if name.startswith("feat_assist_"):
                mixed = spread(
                    rows[0],
                    counts,
                    assist_rows=rows[-1],
                    assist_weight=float(name.removeprefix("feat_assist_")),
                )
                stages.append(("features with assist", _worst(mixed, recorded), TOLERANCE))
    return [(entry["name"], stage, worst, allowed) for stage, worst, allowed in stages]


def _worst(ours: torch.Tensor, recorded: np.ndarray) -> float:
    if tuple(ours.shape) != recorded.shape:
        return float("inf")
    return float(np.abs(ours.double().cpu().numpy() - recorded).max(initial=0.0))
