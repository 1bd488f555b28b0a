"""Alignment search: the plain loop against the vectorised and the compiled one, same paths.

`python tools/bench_alignment.py` prints JSON.
"""

from __future__ import annotations

import json
import sys
from statistics import median
from time import perf_counter

import numpy as np

from sbv2cli.training import alignment

SEED = 20_240_101
REPEATS = 5


def measure(lines: int, frames: int, phones: int) -> dict[str, float | int | None]:
    """Milliseconds for one padded batch, each way."""
    rng = np.random.default_rng(SEED)
    frame_counts = rng.integers(frames // 2, frames + 1, lines)
    phone_counts = np.minimum(rng.integers(phones // 2, phones + 1, lines), frame_counts)
    scores = rng.standard_normal((lines, frames, phones)).astype(np.float32) * 50
    ways: dict[str, alignment.Search] = {
        "plain": alignment.durations_plain,
        "vectorised": alignment.durations_numpy,
    }
    fastest = alignment.best_durations()
    if fastest is not alignment.durations_numpy:
        ways["compiled"] = fastest
    found = {name: way(scores, frame_counts, phone_counts) for name, way in ways.items()}
    for name, durations in found.items():
        assert np.array_equal(durations, found["plain"]), name
    result: dict[str, float | int | None] = {"lines": lines, "frames": frames, "phones": phones}
    for name, way in ways.items():
        times = []
        for _ in range(1 if name == "plain" else REPEATS):
            start = perf_counter()
            way(scores, frame_counts, phone_counts)
            times.append(perf_counter() - start)
        result[f"{name}_ms"] = round(1000 * median(times), 2)
    return result


def main() -> None:
    """Three sizes of batch."""
    rows = [measure(*size) for size in ((4, 200, 60), (16, 500, 150), (32, 900, 250))]
    json.dump({"benchmark": "alignment", "seed": SEED, "rows": rows}, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
