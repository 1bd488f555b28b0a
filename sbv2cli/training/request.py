"""What a run was asked to do, and how its folder remembers it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sbv2cli.errors import UsageError
from sbv2cli.training import checkpoints

REQUEST = "run.json"
PATHS = ("dataset", "base", "decoder_from", "wavlm")


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRequest:
    """What `sbv2 train fit` was asked for."""

    dataset: Path
    out: Path
    base: Path | None = None  # a voice to go on from
    decoder_from: Path | None = None  # a voice whose decoder alone is taken
    wavlm: Path | None = None  # folder of the speech model that discriminators
    changes: Mapping[str, Any] = field(default_factory=dict)  # settings over the dataset's own
    device: str = "auto"
    half: bool = False  # export in half precision
    deterministic: bool = False


def remember(request: FitRequest) -> None:
    """Keep what was asked for, so that a run can be gone on with by its folder alone."""
    asked = {
        **asdict(request),
        "changes": {name: plain(value) for name, value in request.changes.items()},
    }
    del asked["out"]
    for name in PATHS:
        if asked[name] is not None:
            asked[name] = str(Path(asked[name]).resolve())
    text = json.dumps(asked, ensure_ascii=False, indent=2) + "\n"
    checkpoints.write_bytes(request.out / REQUEST, text.encode())


def remembered(run: Path) -> FitRequest:
    """What was asked for when a run folder was begun or last gone on with."""
    try:
        asked = json.loads((run / REQUEST).read_text(encoding="utf-8"))
        paths = {name: None if asked[name] is None else Path(asked[name]) for name in PATHS}
        return FitRequest(**{**asked, **paths, "out": run})
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            "train.run-missing",
            f'"{run}" is no folder of a training run',
            hint="give what --out of sbv2 train fit named",
        ) from None


def plain(value: Any) -> Any:
    """A setting as JSON has it."""
    return list(value) if isinstance(value, tuple) else value
