"""Checkpoints: written whole or not at all, the last few kept, read without running any code."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import torch

from sbv2cli.errors import MachineError, VoiceError

PATTERN = "step_*.pt"


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return folder / f"step_{step:08d}.pt"


def checkpoints(folder: Path) -> list[Path]:
    """All checkpoints of a run, the oldest first."""
    return sorted(folder.glob(PATTERN))


def save(folder: Path, step: int, state: dict[str, Any], keep: int) -> Path:
    """Write the state of a step; older checkpoints go only when the new one is in place."""
    path = checkpoint_path(folder, step)
    write_whole(path, lambda file: torch.save(state, file))
    for old in checkpoints(folder)[:-keep]:
        old.unlink(missing_ok=True)
    return path


def load(path: Path) -> dict[str, Any]:
    """The state that `save` wrote."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - bytes that are no pickle break its reader anyhow
        first = str(error).strip().partition("\n")[0][:200]
        raise VoiceError(
            "train.checkpoint-broken",
            f"the checkpoint cannot be read: {first}",
            at=str(path),
            hint="delete it; the run then goes on from the one before",
        ) from None
    if not isinstance(state, dict) or "step" not in state:
        raise VoiceError(
            "train.checkpoint-broken", "the file is no checkpoint of a run", at=str(path)
        )
    return state


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""

    def write(file: IO[bytes]) -> None:
        file.write(content)

    write_whole(path, write)


def write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write beside, then put in place: who is interrupted leaves what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        # Torch reports a full disk as a runtime error of its archive writer.
        temporary.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) else str(error).partition("\n")[0]
        raise MachineError(
            "train.disk",
            f'"{path.name}" cannot be written: {(reason or "refused").lower()}',
            at=str(path.parent),
            hint="make room and run the same command again; what was saved before is untouched",
        ) from None
