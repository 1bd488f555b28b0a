"""Lines one by one on the cores of a CPU: a chunk is planned together, each line rendered alone.

Where there are several workers, a chunk goes to one that has a thread free, and its lines stay
there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

from sbv2cli.engine import batching
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.measured import Measured
from sbv2cli.engine.timed_worker import TimedWorker, pool
from sbv2cli.records import Utterance

Result = Planned | Measured

# Lines whose BERT features are computed in one go: from eight on, the weights' way through
# memory no longer counts (docs/reference/performance.md).
CHUNK_LINES = 12


def chunks(
    utterances: Iterator[Utterance], *, window: int, threads: int, tidy: Callable[[], None]
) -> Iterator[list[Utterance]]:
    """Lines of one length class together, so that a chunk's features take equally long."""
    while held := list(islice(utterances, window)):
        lines = max(1, min(CHUNK_LINES, len(held) // threads))
        phones = [len(utterance.phones) for utterance in held]
        for batch in batching.group(phones, Budget(length=1 << 30, lines=lines)):
            yield [held[position] for position in batch]
        tidy()


def in_turn(worker: TimedWorker, utterances: Iterator[Utterance]) -> Iterator[Measured]:
    """One line after the other in this thread, in their order."""
    while chunk := list(islice(utterances, CHUNK_LINES)):
        for line in worker.plan(chunk):
            if isinstance(line, Planned):
                yield from worker.render([line])
            else:
                yield line


def speak(
    workers: Sequence[TimedWorker], chunks: Iterator[Sequence[Utterance]], threads: int
) -> Iterator[Measured]:
    """Sounds and failures in any order; each worker has so many threads."""
    with ExitStack() as stack:
        groups = [
            WorkerThreads(
                worker=each, threads=threads, pool=stack.enter_context(pool(each, threads))
            )
            for each in workers
        ]
        while True:
            for group in groups:
                group.take(chunks)
            pending = set().union(*(group.pending for group in groups))
            if not pending:
                return
            done = wait(pending, return_when=FIRST_COMPLETED).done
            for group in groups:
                yield from group.collect(done)


@dataclass(slots=True, kw_only=True)
class WorkerThreads:
    """The threads of a worker, and what they have to do."""

    worker: TimedWorker
    threads: int
    pool: Executor
    pending: set[Future[Sequence[Result]]] = field(default_factory=set)
    plans: set[Future[Sequence[Result]]] = field(default_factory=set)  # those that plan a chunk

    def take(self, chunks: Iterator[Sequence[Utterance]]) -> None:
        """A chunk ahead per thread keeps all of them busy, and little in memory."""
        while len(self.plans) < self.threads and len(self.pending) < CHUNK_LINES * self.threads:
            if (chunk := next(chunks, None)) is None:
                break
            self.plans.add(self.pool.submit(self.worker.plan, chunk))
            self.pending |= self.plans

    def collect(self, done: set[Future[Sequence[Result]]]) -> Iterator[Measured]:
        """What is ready; planned lines are begun."""
        mine = done & self.pending
        self.pending -= mine
        self.plans -= mine
        results = [result for future in mine for result in future.result()]
        planned = [result for result in results if isinstance(result, Planned)]
        # The longest first: a long line begun last would keep one core alone.
        for line in sorted(planned, key=lambda line: -line.frames):
            self.pending.add(self.pool.submit(self.worker.render, [line]))
        yield from (x for x in results if not isinstance(x, Planned))
