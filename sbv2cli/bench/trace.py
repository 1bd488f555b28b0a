"""When a worker is at work: the times of its calls, whatever schedules them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sbv2cli.engine.collate import Planned
    from sbv2cli.engine.worker import Worker
    from sbv2cli.records import LineFailure, Utterance, Waveform


class Span(NamedTuple):
    """Beginning and end of a call, in seconds of the clock."""

    start: float
    end: float


@dataclass(slots=True)
class TracedWorker:
    """A worker whose calls are timed. What is not timed is the worker's own."""

    worker: Worker
    plans: list[Span] = field(default_factory=list)  # threads append to it
    renders: list[Span] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.worker, name)

    def forget(self) -> None:
        """Begin a new round."""
        self.plans.clear()
        self.renders.clear()

    def plan(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        """As the worker does."""
        start = perf_counter()
        planned = self.worker.plan(utterances)
        self.plans.append(Span(start, perf_counter()))
        return planned

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """As the worker does."""
        start = perf_counter()
        sounds = self.worker.render(lines)
        self.renders.append(Span(start, perf_counter()))
        return sounds


def total(spans: Iterable[Span]) -> float:
    """Seconds of threads."""
    return sum(span.end - span.start for span in spans)


def covered(spans: Iterable[Span]) -> float:
    """Seconds of the clock in which at least one of the calls was under way."""
    seconds, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        seconds += max(0.0, end - max(start, until))
        until = max(until, end)
    return seconds
