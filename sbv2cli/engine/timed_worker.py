"""A worker as whoever schedules calls it: every result comes with what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from sbv2cli.engine.collate import Planned
from sbv2cli.engine.measured import Counters, Measured

if TYPE_CHECKING:
    from sbv2cli.engine.worker import Worker
    from sbv2cli.records import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWorker:
    """A worker, timed and counted."""

    worker: Worker

    def plan(self, utterances: Sequence[Utterance]) -> list[Planned | Measured]:
        """As `Worker.plan`; planned lines remember what planning took."""
        start = perf_counter()
        planned = self.worker.plan(utterances)
        seconds = (perf_counter() - start) / max(1, len(utterances))
        return [
            replace(line, plan_seconds=seconds)
            if isinstance(line, Planned)
            else Measured(result=line, counters=Counters(plan_seconds=seconds))
            for line in planned
        ]

    def render(self, lines: Sequence[Planned]) -> list[Measured]:
        """As `Worker.render`."""
        start = perf_counter()
        sounds = self.worker.render(lines)
        seconds = (perf_counter() - start) / len(lines)
        longest = max(line.frames for line in lines)
        return [
            Measured(
                result=sound,
                counters=Counters(
                    plan_seconds=line.plan_seconds,
                    render_seconds=seconds,
                    frames=line.frames,
                    padded_frames=longest - line.frames,
                ),
            )
            for line, sound in zip(lines, sounds, strict=True)
        ]


@contextmanager
def pool(timed: TimedWorker, threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads of a worker; at the end what is not begun is dropped, what is begun waited for."""
    executor = ThreadPoolExecutor(threads, "sbv2-engine", initializer=timed.worker.enter_thread)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
