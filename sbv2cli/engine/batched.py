"""Lines side by side on devices: while one batch is rendered, others are planned and fetched.

Each device has a thread that plans and a few streams that render. A chunk of the script goes to the
device that is free first; how it is cut into batches is decided by its lines alone, so the sounds
are the same whoever got it. A device plans one chunk ahead, and no more batches are rendered than
there are streams and one, until the first of them is taken: memory stays bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from sbv2cli.engine import batching
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.measured import Measured
from sbv2cli.engine.timed_worker import TimedWorker, pool
from sbv2cli.records import Utterance

if TYPE_CHECKING:
    from sbv2cli.engine.batching import Budget

Plans = Future[list[Planned | Measured]]
Sounds = Future[list[Measured]]

# Lines that are read before finished sounds are looked after.
READ_AT_ONCE = 32


def speak(
    workers: Sequence[TimedWorker], utterances: Iterator[Utterance], budget: Budget, *, window: int
) -> Iterator[Measured]:
    """Sounds and failures in any order. A chunk has at most `window` lines."""
    with ExitStack() as stack:
        devices = [
            DevicePipeline(
                worker=each,
                budget=budget,
                planner=stack.enter_context(pool(each, 1)),
                renderers=stack.enter_context(pool(each, each.worker.streams)),
            )
            for each in workers
        ]
        chunks = Chunks(utterances, count=len(workers), lines=window)
        while True:
            for device in devices:
                if device.hungry and (chunk := chunks.take(_pending(devices))):
                    device.plan(chunk)
            pending = _pending(devices)
            if not pending:
                return
            done = wait(pending, return_when=FIRST_COMPLETED).done
            # All devices have new work before anybody listens to what is done.
            ready = [device.collect(done) for device in devices]
            for results in ready:
                yield from results


class Chunks:
    """A script in parts of equal size, read while the devices work."""

    def __init__(self, utterances: Iterator[Utterance], *, count: int, lines: int) -> None:
        self._utterances = utterances
        self._count = count
        self._most = lines * count
        self._read: list[Utterance] = []
        self._chunks: deque[list[Utterance]] = deque()

    def take(self, pending: set[Future[Any]]) -> list[Utterance] | None:
        """A chunk; nothing at the end of the script, or when something is done meanwhile."""
        if not self._chunks and self._read_enough(pending):
            # Dealt like cards: neighbours in a script are alike.
            parts = (self._read[first :: self._count] for first in range(self._count))
            self._chunks.extend(part for part in parts if part)
            self._read = []
        return self._chunks.popleft() if self._chunks else None

    def _read_enough(self, pending: set[Future[Any]]) -> bool:
        while len(self._read) < self._most:
            lines = list(islice(self._utterances, min(READ_AT_ONCE, self._most - len(self._read))))
            if not lines:
                break
            self._read += lines
            if len(self._read) < self._most and any(future.done() for future in pending):
                return False
        return True


@dataclass(slots=True, kw_only=True)
class DevicePipeline:
    """A device: the chunk that it plans, those that are planned, the batches under way."""

    worker: TimedWorker
    budget: Budget
    planner: Executor
    renderers: Executor
    plans: list[Plans] = field(default_factory=list)  # of one chunk, in order
    chunks: deque[deque[list[Planned]]] = field(default_factory=deque)  # batches to render
    pending: set[Future[Any]] = field(default_factory=set)
    rendering: int = 0  # batches of `pending`

    @property
    def hungry(self) -> bool:
        """Whether it may plan a chunk: one is ahead of the one that is rendered, and no more."""
        return not self.plans and len(self.chunks) <= 1

    def plan(self, chunk: Sequence[Utterance]) -> None:
        """Begin to plan a chunk."""
        phones = [len(utterance.phones) for utterance in chunk]
        self.plans = [
            self.planner.submit(self.worker.plan, [chunk[position] for position in batch])
            for batch in batching.group(phones, self.budget)
        ]
        self.pending.update(self.plans)

    def collect(self, done: set[Future[Any]]) -> list[Measured]:
        """What is ready; the next batches are begun."""
        sounds: list[Sounds] = list((done & self.pending).difference(self.plans))
        self.pending -= done
        self.rendering -= len(sounds)
        results = [result for future in sounds for result in future.result()]
        if self.plans and self.pending.isdisjoint(self.plans):
            results += self._planned()
        self._render()
        return results

    def _planned(self) -> list[Measured]:
        """Cut the planned chunk into batches; what failed is known already."""
        answers = [answer for plan in self.plans for answer in plan.result()]
        self.plans = []
        lines = [answer for answer in answers if isinstance(answer, Planned)]
        batches = batching.group([line.frames for line in lines], self.budget)
        if batches:
            self.chunks.append(deque([lines[position] for position in batch] for batch in batches))
        return [answer for answer in answers if isinstance(answer, Measured)]

    def _render(self) -> None:
        """Keep the streams busy, and one batch waiting."""
        while self.chunks and self.rendering <= self.worker.worker.streams:
            batches = self.chunks[0]
            self.pending.add(self.renderers.submit(self.worker.render, batches.popleft()))
            self.rendering += 1
            if not batches:
                self.chunks.popleft()


def _pending(devices: Sequence[DevicePipeline]) -> set[Future[Any]]:
    return set().union(*(device.pending for device in devices))
