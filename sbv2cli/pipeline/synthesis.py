"""Cast, speak, match, fail: the one way from readings to sounds.

`render`, `say`, the Python API and the matching of loudness all speak by `synthesize`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from sbv2cli.pipeline import failures
from sbv2cli.records import LineFailure, LineId, Reading, SynthesisSettings, Utterance, Waveform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.executors.executor import Counters, Executor, Measured, WorkerSpec
    from sbv2cli.voices.bundle import Bundle

# Tasks given to the executor at a time when the earliest are wanted first.
SCRIPT_ORDER_TASKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisTask:
    """One sound to be made, in as many segments as it has readings; later, what came of it."""

    id: str  # among the tasks under way; it is not heard
    readings: tuple[Reading, ...]
    bundle: Bundle
    worker: WorkerSpec
    settings: SynthesisSettings
    style_vector: NDArray[np.float32] | None = None  # instead of the settings' style
    # What came of it: a sound for each reading, or the failure.
    sounds: tuple[Waveform, ...] = ()
    failure: LineFailure | None = None
    attempts: int = 0
    counters: tuple[Counters, ...] = ()

    def add_seconds(self, seconds: dict[str, float]) -> None:
        """Add what it cost to the stages of a run."""
        seconds["plan_s"] += sum(each.plan_seconds for each in self.counters)
        seconds["render_s"] += sum(each.render_seconds for each in self.counters)


def synthesize(
    executor: Executor,
    tasks: Iterable[SynthesisTask],
    *,
    retries: int = 0,
    at_a_time: int | None = None,
) -> Generator[SynthesisTask]:
    """The tasks in any order, each with its sounds or its failure.

    Args:
        executor: speaks utterances.
        tasks: taken as they are needed, perhaps by a thread of the executor.
        retries: how often a task that failed is spoken again, after all others.
        at_a_time: so many tasks are spoken before the next ones are begun; `None` for any number.
    """
    refused: deque[SynthesisTask] = deque()
    for attempt in range(1, retries + 2):
        again: list[SynthesisTask] = []
        for batch in _batches(tasks, at_a_time):
            with closing(_attempt(executor, batch, attempt, refused)) as ended:
                for task in ended:
                    yield from _drained(refused)
                    if task.failure is None or attempt > retries:
                        yield task
                    else:
                        again.append(task)
            yield from _drained(refused)
        if not again:
            return
        tasks = again


def _batches(
    tasks: Iterable[SynthesisTask], at_a_time: int | None
) -> Iterator[Iterable[SynthesisTask]]:
    if at_a_time is None:
        yield tasks
        return
    rest = iter(tasks)
    while batch := list(islice(rest, at_a_time)):
        yield batch


def _drained(refused: deque[SynthesisTask]) -> Iterator[SynthesisTask]:
    while refused:
        yield refused.popleft()


@dataclass(slots=True)
class _Answers:
    """What has come of a task's utterances so far."""

    task: SynthesisTask
    sounds: list[Waveform | None]
    missing: int
    failure: LineFailure | None = None
    counters: list[Counters] = field(default_factory=list)

    def take(self, index: int, measured: Measured) -> None:
        """The answer to one utterance."""
        self.missing -= 1
        self.counters.append(measured.counters)
        if isinstance(measured.result, LineFailure):
            self.failure = measured.result
        else:
            self.sounds[index] = measured.result

    def ended(self, attempt: int) -> SynthesisTask:
        """The task with all its answers."""
        task, failure = self.task, self.failure
        return replace(
            task,
            sounds=() if failure else tuple(sound for sound in self.sounds if sound is not None),
            failure=failure and replace(failure, id=LineId(task.id)),
            attempts=attempt,
            counters=(*task.counters, *self.counters),
        )


def _attempt(
    executor: Executor,
    tasks: Iterable[SynthesisTask],
    attempt: int,
    refused: deque[SynthesisTask],
) -> Generator[SynthesisTask]:
    """Speak each task once. What cannot be cast is `refused`: it would fail each time."""
    under_way: dict[LineId, tuple[_Answers, int]] = {}

    def work() -> Iterator[tuple[WorkerSpec, Utterance]]:
        for task in tasks:
            try:
                utterances = _cast(task)
            except Exception as met:  # noqa: BLE001 - a bug met by one line is that line's failure
                failure = failures.failure_of(LineId(task.id), failures.as_line_error(met))
                refused.append(replace(task, failure=failure, attempts=attempt))
                continue
            answers = _Answers(task, [None] * len(utterances), len(utterances))
            for index, utterance in enumerate(utterances):
                under_way[utterance.id] = answers, index
                yield task.worker, utterance

    with closing(executor.speak(work())) as results:
        for measured in results:
            answers, index = under_way.pop(measured.result.id)
            answers.take(index, measured)
            if not answers.missing:
                yield answers.ended(attempt)


def _cast(task: SynthesisTask) -> list[Utterance]:
    from sbv2cli.voices.to_utterance import settled_utterance  # noqa: PLC0415  (numpy)

    return [
        # Noise depends on what is said and not on the name, so the names are ours alone.
        settled_utterance(
            LineId(f"{task.id}.{index}"),
            reading,
            task.bundle,
            task.settings,
            style_vector=task.style_vector,
        )
        for index, reading in enumerate(task.readings)
    ]
