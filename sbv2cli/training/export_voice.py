"""The voice folder of a run: what `sbv2 render` and other tools open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save
from torch import Tensor

from sbv2cli.models.weights import published_name
from sbv2cli.training.checkpoints import write_bytes
from sbv2cli.training.networks import weight_norm
from sbv2cli.training.voice_weights import published_tensors

if TYPE_CHECKING:
    from sbv2cli.training.objectives.objective import TrainingModel
    from sbv2cli.training.trainer import Trainer
    from sbv2cli.training.voice_weights import Named


def export_voice(
    folder: Path,
    model: TrainingModel,
    parts: Named,
    config: Mapping[str, Any],
    styles: Path | None,
    *,
    epoch: int,
    step: int,
    keep: int,
    half: bool = False,
) -> Path:
    """Write configuration, style vectors if there are any, and weights.

    Older weight files of this run go. The weights come last: while they are not there, a run after
    a kill knows that the voice is not whole.
    """
    _write_beside_weights(folder, config, styles)
    tensors = published_tensors(model, parts, iteration=epoch)
    if half:
        tensors = {name: _halved(name, tensor) for name, tensor in tensors.items()}
    name = config["model_name"]
    content = save(tensors)
    path = folder / f"{name}_e{epoch}_s{step}.safetensors"
    write_bytes(path, content)
    mine = sorted(folder.glob(f"{name}_e*_s*.safetensors"), key=_step_of)
    for old in mine[:-keep]:
        old.unlink()
    return path


def export_training(
    folder: Path,
    trainer: Trainer,
    parts: Named,
    config: Mapping[str, Any],
    styles: Path | None,
    *,
    epoch: int,
    step: int,
) -> None:
    """What training can go on from elsewhere: voice and discriminators in half precision.

    A tenth of a checkpoint, without optimisers; names and files as in published training. Older
    ones go.
    """
    _write_beside_weights(folder, config, styles)
    files = {"G_": published_tensors(trainer.model, parts, epoch, for_speaking=False)}
    for name, discriminator in trainer.discriminators.items():
        row = trainer.objective.discriminator_rows[name]
        state = weight_norm.to_names(discriminator.state_dict())
        files[row.file] = {
            published_name(ours, row.names) or ours: tensor.detach().cpu().clone()
            for ours, tensor in state.items()
        }
    for prefix, tensors in files.items():
        halves = {name: _halved(name, tensor).contiguous() for name, tensor in tensors.items()}
        path = folder / f"{prefix}{step}.safetensors"
        write_bytes(path, save(halves))
        for old in folder.glob(f"{prefix}*.safetensors"):
            if old != path:
                old.unlink()


def _write_beside_weights(folder: Path, config: Mapping[str, Any], styles: Path | None) -> None:
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    write_bytes(folder / "config.json", text.encode())
    if styles is not None:
        write_bytes(folder / "style_vectors.npy", styles.read_bytes())


def _halved(name: str, tensor: Tensor) -> Tensor:
    return tensor if name == "iteration" else tensor.to(torch.float16)


def _step_of(path: Path) -> int:
    return int(path.stem.rpartition("_s")[2])
