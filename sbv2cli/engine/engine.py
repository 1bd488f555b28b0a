"""Schedules lines over one voice on one or more devices.

On a CPU padding costs more than it saves, so every line is rendered alone, as many at a time as
there are cores, one thread each (`one_by_one`). On GPUs lines of one length class go side by side:
phones decide the first grouping, true frame counts the second (`batched`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

from sbv2cli import processors
from sbv2cli.engine import batched, one_by_one
from sbv2cli.engine.backend import open_workers
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.worker import Desk
from sbv2cli.records import LineFailure, Utterance, Waveform

if TYPE_CHECKING:
    from sbv2cli.engine.bert.features import Features
    from sbv2cli.engine.worker import Worker
    from sbv2cli.voices.bundle import Bundle

# Lines that are held to be sorted into classes, for each device; bounds what is in memory at a
# time.
WINDOW = 512


@dataclass(slots=True)
class Counters:
    """What a run cost, for `sbv2 bench` and summaries. Seconds are summed over threads."""

    lines: int = 0
    frames: int = 0  # of sound
    frames_computed: int = 0  # with padding
    plan_seconds: float = 0.0  # features, text encoder, durations
    render_seconds: float = 0.0  # flow and decoder

    @property
    def padded_share(self) -> float:
        """Share of the computed frames that nobody hears."""
        return 1 - self.frames / self.frames_computed if self.frames_computed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the work is cut. The sound does not depend on any of it."""

    device: str = "auto"  # "cpu", "cuda:1", "cuda:0,cuda:1"; see `devices`
    threads: int | None = None  # CPU only; one for each core where not given, or 0
    together: bool | None = None  # lines side by side; only where they pay: on a GPU
    budget: Budget | None = None  # frames and lines per batch; from the device's memory
    # "fp32", "tf32", "bf16" or "fp16" for flow and decoder; durations are always found in float32,
    # so that timing is the same in every precision.
    precision: str = "fp32"
    # A line alone takes one thread too, so that its last bits are those of a line among others.
    one_thread: bool = False
    counters: Counters = field(default_factory=Counters)


class Engine:
    """One voice on the devices of its workers."""

    def __init__(
        self,
        bundle: Bundle,
        settings: EngineSettings | None = None,
        features: Features | None = None,
        *,
        worker: Worker | None = None,
    ) -> None:
        """`worker` is the voice's, opened already; made from the bundle where not given."""
        self.bundle = bundle
        self.settings = settings or EngineSettings()
        self.workers = [worker] if worker else open_workers(bundle, self.settings, features)
        self.threads = self.settings.threads or processors.cores()
        together = self.settings.together
        self.together = self.worker.side_by_side if together is None else together
        # One for all of them, so that batches are the same wherever they are computed.
        self.budget = min((each.budget for each in self.workers), key=lambda each: each.length)
        self.counters = self.settings.counters
        self._counting = Lock()

    @property
    def worker(self) -> Worker:
        """The first, which speaks where there is one line only."""
        return self.workers[0]

    def speak(self, utterances: Iterable[Utterance]) -> Iterator[Waveform | LineFailure]:
        """Sounds and failures in any order, one per utterance."""
        source = iter(utterances)
        desks = [
            Desk(worker=each, plan=partial(self._plan, each), render=partial(self._render, each))
            for each in self.workers
        ]
        first = list(islice(source, 2))
        lines = chain(first, source)
        if len(first) <= 1 or (self.threads == 1 and len(desks) == 1 and not self.together):
            # One line alone uses all cores at once: nothing else is there to do.
            with self.worker.one_thread() if self.settings.one_thread else nullcontext():
                yield from self._one_by_one(desks[0], lines)
        elif self.together:
            yield from batched.speak(desks, lines, self.budget, window=WINDOW)
        else:
            threads = max(1, self.threads // len(desks))
            packs = one_by_one.packs(
                lines, window=WINDOW, threads=threads * len(desks), tidy=self.worker.tidy
            )
            yield from one_by_one.speak(desks, packs, threads)

    def _plan(
        self, worker: Worker, utterances: Sequence[Utterance]
    ) -> Sequence[Planned | LineFailure]:
        start = perf_counter()
        planned = worker.plan(utterances)
        seconds = perf_counter() - start
        with self._counting:
            self.counters.plan_seconds += seconds
        return planned

    def _render(self, worker: Worker, lines: Sequence[Planned]) -> Sequence[Waveform | LineFailure]:
        start = perf_counter()
        sounds = worker.render(lines)
        seconds = perf_counter() - start
        with self._counting:
            counters = self.counters
            counters.render_seconds += seconds
            counters.lines += len(lines)
            counters.frames += sum(line.frames for line in lines)
            counters.frames_computed += len(lines) * max(line.frames for line in lines)
        return sounds

    def _one_by_one(
        self, desk: Desk, utterances: Iterator[Utterance]
    ) -> Iterator[Waveform | LineFailure]:
        while pack := list(islice(utterances, one_by_one.PACK)):
            for line in desk.plan(pack):
                if isinstance(line, LineFailure):
                    yield line
                else:
                    yield from desk.render([line])
