"""Lines one by one on the cores of a CPU: a pack is planned together, each line rendered alone.

Where there are several workers, a pack goes to one that has a thread free, and its lines stay
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

# Lines whose contextual features are computed in one go: from eight on, the weights' way through
# memory no longer counts (docs/reference/performance.md).
PACK = 12


def packs(
    utterances: Iterator[Utterance], *, window: int, threads: int, tidy: Callable[[], None]
) -> Iterator[list[Utterance]]:
    """Lines of one length class together, so that a pack's features take equally long."""
    while held := list(islice(utterances, window)):
        lines = max(1, min(PACK, len(held) // threads))
        phones = [len(utterance.phones) for utterance in held]
        for batch in batching.group(phones, Budget(length=1 << 30, lines=lines)):
            yield [held[position] for position in batch]
        tidy()


def in_turn(worker: TimedWorker, utterances: Iterator[Utterance]) -> Iterator[Measured]:
    """One line after the other in this thread, in their order."""
    while pack := list(islice(utterances, PACK)):
        for line in worker.plan(pack):
            if isinstance(line, Planned):
                yield from worker.render([line])
            else:
                yield line


def speak(
    workers: Sequence[TimedWorker], packs: Iterator[Sequence[Utterance]], threads: int
) -> Iterator[Measured]:
    """Sounds and failures in any order; each worker has so many threads."""
    with ExitStack() as stack:
        crews = [
            _Crew(worker=each, threads=threads, pool=stack.enter_context(pool(each, threads)))
            for each in workers
        ]
        while True:
            for crew in crews:
                crew.take(packs)
            pending = set().union(*(crew.pending for crew in crews))
            if not pending:
                return
            done = wait(pending, return_when=FIRST_COMPLETED).done
            for crew in crews:
                yield from crew.collect(done)


@dataclass(slots=True, kw_only=True)
class _Crew:
    """The threads of a worker, and what they have to do."""

    worker: TimedWorker
    threads: int
    pool: Executor
    pending: set[Future[Sequence[Result]]] = field(default_factory=set)
    plans: set[Future[Sequence[Result]]] = field(default_factory=set)  # those that plan a pack

    def take(self, packs: Iterator[Sequence[Utterance]]) -> None:
        """A pack ahead per thread keeps all of them busy, and little in memory."""
        while len(self.plans) < self.threads and len(self.pending) < PACK * self.threads:
            if (pack := next(packs, None)) is None:
                break
            self.plans.add(self.pool.submit(self.worker.plan, pack))
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
