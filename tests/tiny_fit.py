"""Short trainings for tests: begun, stopped, gone on with, and what they leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tiny_dataset
import torch

from sbv2cli.training import checkpoints
from sbv2cli.training.prepare.make_clips import PrepareSettings
from sbv2cli.training.prepare.prepare import prepare
from sbv2cli.training.request import FitRequest
from sbv2cli.training.run import Fitted, Watcher, fit
from sbv2cli.training.scalars import read_scalars


def dataset(folder: Path, recipe: str, *, durations: bool = False) -> Path:
    """The tiny recordings, prepared for a recipe; one clip is held out."""
    table = tiny_dataset.recordings(folder, durations=durations)
    out = folder / "data"
    prepare(
        PrepareSettings(
            audio=folder / "audio",
            transcript=table,
            out=out,
            recipe=recipe,
            validation=1,
            threads=2,
        )
    )
    return out


def run(
    data: Path,
    out: Path,
    watcher: Watcher | None = None,
    base: Path | None = None,
    **changes: Any,
) -> Fitted:
    """Training that writes every step down, and keeps only its last."""
    changes = {"log_interval": 1, "eval_interval": 1000, "save_minutes": 1000, **changes}
    return fit(FitRequest(dataset=data, out=out, device="cpu", base=base, changes=changes), watcher)


def state(out: Path) -> tuple[dict[str, Any], int]:
    """The trainer of the last checkpoint, and its step."""
    saved = checkpoints.load(checkpoints.checkpoints(out / "checkpoints")[-1])
    return saved["trainer"], saved["step"]


def means(out: Path, column: str) -> list[float]:
    """What the log has of a column."""
    return [row[column] for row in read_scalars(out / "scalars.csv") if column in row]


def stops_after(steps: int) -> Watcher:
    """A watcher that interrupts after so many steps."""
    seen = []

    def stop() -> bool:
        seen.append(1)
        return len(seen) >= steps

    return Watcher(stop=stop)


def assert_goes_on_to_the_bit(data: Path, folder: Path) -> None:
    """Five steps at once, and three and two: weights, moments and averages are the same."""
    run(data, folder / "whole", steps=5, ema=0.9)
    run(data, folder / "halves", stops_after(3), steps=5, ema=0.9)
    assert state(folder / "halves")[1] == 3
    run(data, folder / "halves", steps=5, ema=0.9)
    (left, _), (right, _) = state(folder / "whole"), state(folder / "halves")
    assert_equal(left["voice"], right["voice"])
    kept = [side["optimisers"]["voice"]["state"] for side in (left, right)]
    assert kept[0].keys() == kept[1].keys()
    for moments in zip(*(side.values() for side in kept), strict=True):
        assert torch.equal(*(one["exp_avg"] for one in moments))
    assert_equal(left["ema"]["values"], right["ema"]["values"])


def assert_equal(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> None:
    """The same tensors, of which there are some."""
    assert left
    assert left.keys() == right.keys()
    assert all(torch.equal(left[name], right[name]) for name in left)
