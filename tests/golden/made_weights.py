"""Weights by the formula, with the adjustments that an entry of the mel models asks for."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from typing import Any

import formula
import torch
from torch import Tensor, nn

from sbv2cli.models import weights


def published(
    shapes: Mapping[str, tuple[int, ...]], asked: Mapping[str, Any], normed: str | None = None
) -> dict[str, Tensor]:
    """Tensors by their published names; stems that match `normed` carry weight norm."""
    made: dict[str, Tensor] = {}
    for name, shape in shapes.items():
        stem, _, last = name.rpartition(".")
        if normed is not None and last == "weight" and re.fullmatch(normed, stem):
            size, direction = formula.normed(asked["tag"], stem, shape)
            made |= {f"{stem}.weight_g": size, f"{stem}.weight_v": direction}
        else:
            made[name] = formula.weight(asked["tag"], name, shape)
    for rule in asked["adjust"]:
        for name in fnmatch.filter(made, rule["names"]):
            made[name] = _adjusted(made[name], rule["op"], rule["by"])
    return made


def _adjusted(tensor: Tensor, how: str, by: float) -> Tensor:
    if how == "times":
        return tensor * by
    if how == "plus":
        return tensor + by
    assert how == "eye_plus_times"
    return torch.eye(len(tensor)) + by * tensor


def fill(
    module: nn.Module, asked: Mapping[str, Any], rows: weights.Rows, normed: str | None = None
) -> None:
    """Give a module of ours the weights that an entry asks for."""
    shapes = {}
    for ours, tensor in module.state_dict().items():
        name = weights.published_name(ours, rows)
        assert name is not None, ours
        shapes[name] = tuple(tensor.shape)
    made = published(shapes, asked, normed)
    speaking, _, unknown = weights.sort_tensors(made, rows, ())
    assert not unknown
    module.load_state_dict(weights.fold_weight_norm(speaking))
    module.eval()
