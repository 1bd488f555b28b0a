"""What the flow costs beside `--precision bf16`, in three ways.

    python -m tools.bench_flow --lines 24 --rounds 6

A random voice of the published size with BERT speaks lines on a CPU in half precision, its flow in
three ways, in turn: in half precision too, in float32 with direct sums, and in float32 with
Winograd convolutions (`engine/torch/cpu/windows.py`), which is what the engine does. Medians
over the rounds, and of the share of the first way's speed in pairs of one round.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch

from sbv2cli.bench import bert, workload
from sbv2cli.bench.random_features import RandomFeatures
from sbv2cli.bench.workload import Workload
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import backend
from sbv2cli.engine.torch.cpu import flow, windows

HALF, DIRECT, WINOGRAD = "bf16", "float32, direct sums", "float32, Winograd"
SETTINGS = EngineSettings(device="cpu", precision="bf16")


def engines(chosen: Workload, features: Any) -> dict[str, Engine]:
    """An engine for each way; the engine itself has one, so the others are put in its place."""
    plain_flow, own = flow.PackedFlow, flow.direct_or_winograd
    half: Callable[..., Any] = lambda packed, _: plain_flow(packed, torch.bfloat16)  # noqa: E731
    ways: dict[str, tuple[Any, Any]] = {
        HALF: (half, own),
        DIRECT: (plain_flow, windows.WindowedLinear),
        WINOGRAD: (plain_flow, own),
    }
    made = {}
    for name, (packed_flow, products) in ways.items():
        flow.PackedFlow, flow.direct_or_winograd = packed_flow, products  # type: ignore[misc]
        worker = backend.open_worker(chosen.bundle, SETTINGS, features, deepcopy(chosen.network))
        made[name] = Engine(chosen.bundle, SETTINGS, worker=worker)
    flow.PackedFlow, flow.direct_or_winograd = plain_flow, own  # type: ignore[misc]
    return made


def measured(lines: int, rounds: int, size: str = "full") -> dict[str, list[tuple[float, float]]]:
    """Seconds of the clock and of processors, by way and round; the first round is not counted."""
    chosen = workload.of_size(size, lines)
    features = None
    if chosen.bundle.config.needs_bert:
        model = bert.random_baseline_model(bert.FULL_SIZE)
        encoder = bert.encoder_of(model, bert.FULL_SIZE)
        features = RandomFeatures(encoder, bert.FULL_SIZE, chosen.utterances)
    ways = engines(chosen, features)
    names = list(ways)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in [*names[number % 3 :], *names[: number % 3]]:
            gc.collect()
            clock, processors = time.perf_counter(), time.process_time()
            list(ways[name].measure(chosen.utterances))
            if number:
                took = time.perf_counter() - clock, time.process_time() - processors
                found[name].append(took)
    return found


def table(found: dict[str, list[tuple[float, float]]]) -> str:
    """Markdown."""
    rows = ["| flow | seconds of the clock, of processors | speed beside bf16 |", "|---|---|---|"]
    for name, rounds in found.items():
        seconds = [statistics.median(one) for one in zip(*rounds, strict=True)]
        pairs = zip(found[HALF], rounds, strict=True)
        shares = [[half[i] / own[i] for i in range(2)] for half, own in pairs]
        share = [statistics.median(one) for one in zip(*shares, strict=True)]
        rows.append(
            f"| {name} | {seconds[0]:.2f}, {seconds[1]:.2f} | {share[0]:.2f}, {share[1]:.2f} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lines", type=int, default=24)
    options.add_argument("--rounds", type=int, default=6)
    said = options.parse_args()
    print(table(measured(said.lines, said.rounds)))


if __name__ == "__main__":
    main()
