"""Utterances as items: how executors of other processes and machines speak them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli.engine import one_by_one
from sbv2cli.engine.engine import WINDOW
from sbv2cli.engine.measured import Measured
from sbv2cli.executors.executor import Work, WorkerSpec
from sbv2cli.executors.local import one_spec_at_a_time, unopened
from sbv2cli.executors.pool import WorkerPool
from sbv2cli.records import Utterance

if TYPE_CHECKING:
    from sbv2cli.errors import Sbv2Error
    from sbv2cli.executors.local import LocalExecutor


@dataclass(frozen=True, slots=True)
class Speak:
    """Utterances to sounds, by the worker of one recipe. See `executors.pool.ShardFunction`."""

    spec: WorkerSpec

    @property
    def backend(self) -> str:
        """What speaks."""
        return self.spec.backend

    def open(self, executor: LocalExecutor) -> None:
        """Open the voice."""
        executor.open(self.spec)

    def run(self, executor: LocalExecutor, items: Sequence[Utterance]) -> Iterator[Measured]:
        """The sounds."""
        yield from executor.speak((self.spec, line) for line in items)

    def failed(self, item: Utterance, error: Sbv2Error) -> Measured:
        """A line that could not be spoken."""
        return unopened(item, error)

    def specs(self) -> tuple[WorkerSpec, ...]:
        """The voice and its BERT models."""
        return (self.spec,)

    def moved(self, places: dict[Path, Path]) -> Speak:
        """The same voice elsewhere."""
        return Speak(moved(self.spec, places))


def paths_of(spec: WorkerSpec) -> tuple[Path, ...]:
    """Files and folders that a recipe names."""
    return (spec.bundle, *(folder for _, folder in spec.bert))


def moved(spec: WorkerSpec, places: dict[Path, Path]) -> WorkerSpec:
    """A recipe whose files and folders are in other places."""
    bert = tuple((language, places.get(folder, folder)) for language, folder in spec.bert)
    return replace(spec, bundle=places.get(spec.bundle, spec.bundle), bert=bert)


def speak(
    pool: WorkerPool, work: Iterable[Work], here: Callable[[WorkerSpec], tuple[WorkerSpec, int]]
) -> Generator[Measured]:
    """The lines of one recipe after those of another, by all workers of a pool.

    `here` gives the recipe that such a worker follows, and how many of them there are.
    """
    for asked, lines in one_spec_at_a_time(work):
        spec, count = here(asked)
        shards = one_by_one.chunks(lines, window=WINDOW, threads=count, tidy=lambda: None)
        yield from pool.run(Speak(spec), shards, count)
