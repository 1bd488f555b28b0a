"""Replays recorded model vectors: `python tests/golden/replay_model.py FOLDER`.

Takes any folder in the layout of `tests/golden/model` or `tests/golden/mel`: every `index.json`
below it, whose paths are relative to FOLDER. Prints the worst difference of each kind and stage,
and ends with status 1 past a tolerance or where it understood no case.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import replay_infer
import replay_modules
import torch

Row = tuple[str, str, float, float]
Entry = dict[str, Any]

# Kinds whose replays lie in files of their own: kind -> module.
ELSEWHERE = {
    "bert": "replay_bert",
    "merge": "replay_merge",
    "style_merge": "replay_merge",
    "train": "replay_train",
    "sampler": "replay_train",
}

# Families of the mel models, which name themselves: family -> module.
FAMILIES = {
    "glow-tts": "replay_glow_tts",
    "hifi-gan": "replay_hifi_gan",
    "diff-tts": "replay_diff_tts",
    "grad-tts": "replay_grad_tts",
    "speak": "replay_speak",
    "text": "replay_text",
}


def replayer(entry: Entry) -> Callable[[Path, list[Entry]], list[Row]] | None:
    """What understands this entry; nothing where no replay does."""
    kind = entry["kind"]
    if "family" in entry:
        return _of(FAMILIES.get(entry["family"]), entry)
    if kind in ("infer", "batch", "null_model"):
        return replay_infer.replay
    if kind == "module" and replay_modules.understands(entry):
        return replay_modules.replay
    return _of(ELSEWHERE.get(kind, "replay_train" if kind == "module" else None), entry)


def _of(name: str | None, entry: Entry) -> Callable[[Path, list[Entry]], list[Row]] | None:
    """The replay of a module, if it understands the entry."""
    if name is None:
        return None
    module = importlib.import_module(name)
    understands = getattr(module, "understands", lambda _: True)
    return module.replay if understands(entry) else None


def replay(folder: Path) -> tuple[list[tuple[str, Row]], dict[str, int], dict[str, int]]:
    """Rows with their kind, cases understood per kind, cases not understood per kind."""
    rows: list[tuple[str, Row]] = []
    understood: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for index in sorted(folder.rglob("index.json")):
        for entry in json.loads(index.read_text(encoding="utf-8")):
            run = replayer(entry)
            kind = f"{entry['family']} {entry['kind']}" if "family" in entry else entry["kind"]
            if run is None:
                unknown[kind] = unknown.get(kind, 0) + 1
                continue
            understood[kind] = understood.get(kind, 0) + 1
            rows.extend((kind, row) for row in run(folder, [entry]))
    return rows, understood, unknown


def uncompared(rows: list[tuple[str, Row]]) -> list[str]:
    """Cases of which replays say only what they did not compare; a line of a case counts to it."""
    compared: dict[str, bool] = {}
    for kind, (case, stage, *_) in rows:
        name = f"{kind} {case.partition('/')[0]}"
        compared[name] = compared.get(name, False) or ": not " not in stage
    return sorted(name for name, found in compared.items() if not found)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    torch.set_num_threads(1)
    rows, understood, unknown = replay(folder)
    worst: dict[tuple[str, str], Row] = {}
    for kind, row in rows:
        key = (kind, row[1] if "module" not in kind else f"{row[0]} {row[1]}")
        if key not in worst or not row[2] <= worst[key][2]:
            worst[key] = row
    bad = [row for _, row in rows if not row[2] <= row[3]]
    for (kind, stage), (case, _, difference, tolerance) in sorted(worst.items()):
        mark = "ok " if difference <= tolerance else "BAD"
        print(f"{mark} {kind:18} {stage:32} {difference:9.2e} of {tolerance:7.0e}  {case}")
    for kind, count in sorted(understood.items()):
        print(f"{count} cases of kind {kind}")
    for kind, count in sorted(unknown.items()):
        print(f"{count} cases of kind {kind} not supported yet")
    for case, stage, difference, tolerance in bad:
        print(f"past tolerance: {case} {stage}: {difference:.3e} > {tolerance:.0e}")
    if not understood:
        print("no case understood")
    nothing = uncompared(rows)
    for case in nothing:
        print(f"nothing compared: {case}")
    return 1 if bad or nothing or not understood else 0


if __name__ == "__main__":
    sys.exit(main())
