"""The voice folder of a run: what `sbv2 render` and other tools open."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from sbv2cli.models.weights import Rows
from sbv2cli.training.checkpoints import write_bytes
from sbv2cli.training.learner import Learner
from sbv2cli.training.voice_weights import published_tensors


def export_voice(
    folder: Path,
    learner: Learner,
    rows: Rows,
    config: Mapping[str, Any],
    styles: Path,
    *,
    epoch: int,
    step: int,
    keep: int,
    half: bool = False,
) -> Path:
    """Write configuration, style vectors and weights; older weight files of this run go."""
    tensors = published_tensors(learner, rows, iteration=epoch)
    if half:
        tensors = {name: _halved(name, tensor) for name, tensor in tensors.items()}
    name = config["model_name"]
    content = save(tensors)
    path = folder / f"{name}_e{epoch}_s{step}.safetensors"
    write_bytes(path, content)
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    write_bytes(folder / "config.json", text.encode())
    shutil.copyfile(styles, folder / "style_vectors.npy")
    mine = sorted(folder.glob(f"{name}_e*_s*.safetensors"), key=_step_of)
    for old in mine[:-keep]:
        old.unlink()
    return path


def _halved(name: str, tensor: Tensor) -> Tensor:
    return tensor if name == "iteration" else tensor.to(torch.float16)


def _step_of(path: Path) -> int:
    return int(path.stem.rpartition("_s")[2])
