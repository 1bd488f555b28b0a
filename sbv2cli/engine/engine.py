"""Schedules lines over one voice on one device.

On a CPU padding costs more than it saves, so every line is rendered alone, as many at a time as
there are cores, one thread each. On a GPU lines of one length class go side by side: phones decide
the first grouping, true frame counts the second.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice
from time import perf_counter
from typing import TYPE_CHECKING

from sbv2cli.engine import batching
from sbv2cli.engine.backend import backend_of
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.collate import Planned
from sbv2cli.records import LineFailure, Utterance, Waveform

if TYPE_CHECKING:
    from sbv2cli.engine.features import Features
    from sbv2cli.engine.worker import Worker
    from sbv2cli.voices.bundle import Bundle

Result = Planned | Waveform | LineFailure

# Lines that are held to be sorted into classes; bounds what is in memory at a time.
WINDOW = 512

# Lines whose contextual features are computed in one go on a CPU: from eight on, the weights'
# way through memory no longer counts (docs/reference/performance.md).
PACK = 12


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

    device: str = "auto"  # "auto", "cpu", "cuda", "cuda:1"
    threads: int | None = None  # CPU only; the number of cores where not given
    together: bool | None = None  # lines side by side; only where they pay: on a GPU
    budget: Budget | None = None  # frames and lines per batch; from the device's memory
    # "fp32", "bf16" or "fp16" for flow and decoder; durations are always found in float32, so that
    # timing is the same in every precision.
    precision: str = "fp32"
    # A line alone takes one thread too, so that its last bits are those of a line among others.
    one_thread: bool = False
    counters: Counters = field(default_factory=Counters)


class Engine:
    """One voice on one device."""

    def __init__(
        self,
        bundle: Bundle,
        settings: EngineSettings | None = None,
        features: Features | None = None,
        *,
        worker: Worker | None = None,
    ) -> None:
        """`worker` is the voice's, opened already; made from the bundle where not given."""
        self.settings = settings or EngineSettings()
        self.worker = worker or backend_of(bundle).open_worker(bundle, self.settings, features)
        self.threads = self.settings.threads or os.cpu_count() or 1
        together = self.settings.together
        self.together = self.worker.side_by_side if together is None else together
        self.budget = self.worker.budget
        self.counters = self.settings.counters

    def speak(self, utterances: Iterable[Utterance]) -> Iterator[Waveform | LineFailure]:
        """Sounds and failures in any order, one per utterance."""
        source = iter(utterances)
        if self.together:
            while window := list(islice(source, WINDOW)):
                yield from self._side_by_side(window)
            return
        first = list(islice(source, 2))
        if len(first) == 1 or self.threads == 1:
            # One line alone uses all cores at once: nothing else is there to do.
            with self.worker.one_thread() if self.settings.one_thread else nullcontext():
                yield from self._one_by_one(chain(first, source))
        else:
            yield from self._in_threads(chain(first, source))

    def _plan(self, utterances: Sequence[Utterance]) -> Sequence[Planned | LineFailure]:
        start = perf_counter()
        planned = self.worker.plan(utterances)
        self.counters.plan_seconds += perf_counter() - start
        return planned

    def _render(self, lines: Sequence[Planned]) -> Sequence[Waveform | LineFailure]:
        start = perf_counter()
        sounds = self.worker.render(lines)
        counters = self.counters
        counters.render_seconds += perf_counter() - start
        counters.lines += len(lines)
        counters.frames += sum(line.frames for line in lines)
        counters.frames_computed += len(lines) * max(line.frames for line in lines)
        return sounds

    def _one_by_one(self, utterances: Iterator[Utterance]) -> Iterator[Waveform | LineFailure]:
        while pack := list(islice(utterances, PACK)):
            for line in self._plan(pack):
                if isinstance(line, LineFailure):
                    yield line
                else:
                    yield from self._render([line])

    def _side_by_side(self, window: list[Utterance]) -> Iterator[Waveform | LineFailure]:
        phones = [len(utterance.phones) for utterance in window]
        planned: list[Planned] = []
        for batch in batching.group(phones, self.budget):
            for line in self._plan([window[position] for position in batch]):
                if isinstance(line, LineFailure):
                    yield line
                else:
                    planned.append(line)
        frames = [line.frames for line in planned]
        for batch in batching.group(frames, self.budget):
            yield from self._render([planned[position] for position in batch])

    def _in_threads(self, utterances: Iterator[Utterance]) -> Iterator[Waveform | LineFailure]:
        packs = self._packs(utterances)
        with ThreadPoolExecutor(
            self.threads, "sbv2-cpu", initializer=self.worker.enter_thread
        ) as pool:
            pending: set[Future[Sequence[Result]]] = set()
            plans: set[Future[Sequence[Result]]] = set()  # those of `pending` that plan a pack
            try:
                while True:
                    # A pack ahead per thread keeps all of them busy, and little in memory.
                    while len(plans) < self.threads and len(pending) < PACK * self.threads:
                        if (pack := next(packs, None)) is None:
                            break
                        plans.add(pool.submit(self._plan, pack))
                        pending |= plans
                    if not pending:
                        return
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    plans -= done
                    results = [result for future in done for result in future.result()]
                    planned = [result for result in results if isinstance(result, Planned)]
                    # The longest first: a long line begun last would keep one core alone.
                    for line in sorted(planned, key=lambda line: -line.frames):
                        pending.add(pool.submit(self._render, [line]))
                    yield from (x for x in results if not isinstance(x, Planned))
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _packs(self, utterances: Iterator[Utterance]) -> Iterator[list[Utterance]]:
        """Lines of one length class together, so that a pack's features take equally long."""
        while window := list(islice(utterances, WINDOW)):
            lines = max(1, min(PACK, len(window) // self.threads))
            phones = [len(utterance.phones) for utterance in window]
            for batch in batching.group(phones, Budget(length=1 << 30, lines=lines)):
                yield [window[position] for position in batch]
            self.worker.tidy()
