"""The engine's stages, each timed alone, beside what the machine can do at most.

Scheduled as the engine does it: on a CPU a line or a batch for each thread, all threads at once; on
a GPU the lines side by side. What counts is the time that threads are at work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch
from torch import Tensor

from sbv2cli.bench import flops
from sbv2cli.engine import batching
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.torch import backend as torch_backend

if TYPE_CHECKING:
    from sbv2cli.bench.random_features import RandomFeatures
    from sbv2cli.engine.torch.backend import TorchWorker
    from sbv2cli.engine.torch.network import Network
    from sbv2cli.records import LineId, Utterance

# As many lines of a script as tell how fast a stage is: to plan, a full batch for each of two
# threads, which costs little; of these, to render. A GPU renders all that it plans.
PLANNED = 24
RENDERED = 8
PLANNED_ON_GPU = 64
# The first pass touches memory that is new to its threads.
PASSES = 2

BERT = "BERT"
PLAN = "text and durations"
FLOW = "flow"
DECODER = "decoder"

Work = TypeVar("Work")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Operations by the direct formulas, and the time they took."""

    operations: int
    seconds: float  # of the clock, while all threads are at work

    def figures(self, ceiling: float) -> dict[str, float]:
        """As JSON; `ceiling` is the machine's rate in GFLOP/s."""
        rate = self.operations / self.seconds / 1e9
        return {
            "direct_gflop": round(self.operations / 1e9, 2),
            "seconds": round(self.seconds, 3),
            "gflop_per_second": round(rate, 1),
            # More than 1 where convolutions are Winograd's.
            "of_the_ceiling": round(rate / ceiling, 3),
        }


class Known:
    """Features that were found before, in the place of those of a worker."""

    def __init__(self, rows: Mapping[LineId, Tensor]) -> None:
        self.rows = rows

    def of(self, utterances: Sequence[Utterance]) -> list[Tensor]:
        """As `engine.bert.features.Features.of`."""
        return [self.rows[utterance.id] for utterance in utterances]


def measure(
    worker: TorchWorker,
    network: Network,
    utterances: Sequence[Utterance],
    features: RandomFeatures | None,
    threads: int,
) -> dict[str, Stage]:
    """Every stage over the first lines of the script.

    `network` is that of the worker before it was packed.
    """
    counted = flops.NetworkFlops(network, worker.slots)
    if worker.side_by_side:
        lines, rendered = utterances[:PLANNED_ON_GPU], PLANNED_ON_GPU
    else:
        lines, rendered = utterances[:PLANNED], RENDERED
    before = torch.get_num_threads(), worker.features
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            passes = [
                _pass(
                    _Stages(pool=pool, threads=threads, worker=worker, flops=counted),
                    lines,
                    rendered,
                    features,
                )
                for _ in range(PASSES)
            ]
    finally:
        torch.set_num_threads(before[0])
        worker.features = before[1]
    return {name: min((p[name] for p in passes), key=lambda s: s.seconds) for name in passes[0]}


def _pass(
    stages: _Stages,
    lines: Sequence[Utterance],
    rendered: int,
    features: RandomFeatures | None,
) -> dict[str, Stage]:
    """Every stage once, each with what the one before has made."""
    if features is not None:
        stages.worker.features = cast("Any", stages.find_features(lines, features))
    planned = stages.plan(lines, bert=features is not None)
    chosen = {line.id for line in lines[:rendered]}
    stages.render([line for line in planned if line.utterance.id in chosen])
    return stages.timed


@dataclass(slots=True, kw_only=True)
class _Stages:
    """The stages of a worker, run by all threads of a pool and timed."""

    pool: ThreadPoolExecutor
    threads: int
    worker: TorchWorker
    flops: flops.NetworkFlops
    timed: dict[str, Stage] = field(default_factory=dict)

    def run(
        self, name: str, operations: int, do: Callable[[Work], Done], parts: Sequence[Work]
    ) -> list[Done]:
        """Do all parts of a stage."""
        futures = [self.pool.submit(_timed, self.worker, do, part) for part in parts]
        results = [future.result() for future in futures]
        seconds = sum(seconds for _, seconds in results) / self.threads
        self.timed[name] = Stage(operations=operations, seconds=seconds)
        return [done for done, _ in results]

    def find_features(self, lines: Sequence[Utterance], features: RandomFeatures) -> Known:
        """What BERT makes of the lines."""
        counts = [len(line.phones_per_token) for line in lines]
        operations = sum(flops.bert(features.config, count) for count in counts)
        parts = self._dealt(lines)
        found = self.run(BERT, operations, features.of, parts)
        return Known(
            {
                line.id: row
                for part, rows in zip(parts, found, strict=True)
                for line, row in zip(part, rows, strict=True)
            }
        )

    def plan(self, lines: Sequence[Utterance], *, bert: bool) -> list[Planned]:
        """Text encoder and durations."""
        operations = sum(self.flops.plan(line, bert=bert) for line in lines)
        planned = self.run(PLAN, operations, self.worker.plan, self._dealt(lines))
        return [line for part in planned for line in part if isinstance(line, Planned)]

    def render(self, planned: Sequence[Planned]) -> None:
        """Flow and decoder."""
        worker, network = self.worker, self.worker.network
        # The longest first, as the engine does: the threads end together.
        lines = sorted(planned, key=lambda line: -line.frames)
        groups = [[line] for line in lines]
        if worker.side_by_side:
            batches = batching.group([line.frames for line in lines], worker.budget)
            groups = [[lines[position] for position in batch] for batch in batches]
        spreads = [torch_backend.spread(group, network.acoustic, worker.device) for group in groups]
        operations = [self.flops.render(line) for line in lines]
        noises = [
            torch_backend.vocoder_noise(group, network.vocoder, worker.device) for group in groups
        ]
        frames = self.run(
            FLOW, sum(first for first, _ in operations), network.acoustic.decode, spreads
        )
        self.run(
            DECODER,
            sum(second for _, second in operations),
            lambda heard: network.vocode(*heard, worker.piece_frames),
            list(zip(frames, spreads, noises, strict=True)),
        )

    def _dealt(self, lines: Sequence[Utterance]) -> list[Sequence[Utterance]]:
        """A batch of lines for each thread."""
        return [lines[start :: self.threads] for start in range(min(self.threads, len(lines)))]


def _timed(worker: TorchWorker, do: Callable[[Work], Done], part: Work) -> tuple[Done, float]:
    with torch.inference_mode():
        start = perf_counter()
        done = do(part)
        if worker.device.type == "cuda":
            torch.cuda.synchronize()
        return done, perf_counter() - start


def figures(
    stages: Mapping[str, Stage], fp32: Mapping[str, float], own: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """The table of an engine, from the ceilings in float32 and in the engine's precision.

    What decides over durations is computed in float32 in every engine. The decoder is held against
    the better of the convolutions.
    """
    ceilings = {
        BERT: fp32["product"],
        PLAN: fp32["product"],
        FLOW: own["product"],
        DECODER: max(rate for kind, rate in own.items() if kind != "product"),
    }
    return {name: stage.figures(ceilings[name]) for name, stage in stages.items()}
