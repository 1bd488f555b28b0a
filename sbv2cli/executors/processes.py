"""Lines are spoken by one process a core, one thread each.

Threads of one process take turns in calling operators; processes do not. Each opens the voice
itself, and maps the file that the weights are read from. What a line sounds like does not change:
every line is computed on one thread, here as there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from typing import cast

from sbv2cli import cpu_count
from sbv2cli.engine.measured import Measured
from sbv2cli.executors import speaking
from sbv2cli.executors.child import Child
from sbv2cli.executors.executor import NO_CLUSTER, Cluster, Work, WorkerSpec, check
from sbv2cli.executors.pool import ShardFunction, WorkerPool


class ProcessExecutor:
    """See `executors.executor.LineExecutor`. Processes stay for the next lines."""

    def __init__(self, _cluster: Cluster = NO_CLUSTER) -> None:
        self.pool = WorkerPool(_started)

    @property
    def pids(self) -> list[int]:
        """The processes that are there."""
        return [cast("Child", worker).pid for worker in self.pool.workers]

    def open(self, spec: WorkerSpec) -> None:
        """Open the voice in one process, so that what is wrong with it is raised."""
        self.pool.open(speaking.Speak(self.here(spec)[0]))

    def speak(self, work: Iterable[Work]) -> Generator[Measured]:
        """The lines of one recipe after those of another, by all processes."""
        yield from speaking.speak(self.pool, work, self.here)

    def here(self, spec: WorkerSpec) -> tuple[WorkerSpec, int]:
        """The recipe for one process, and how many there are."""
        check("processes", NO_CLUSTER, device=spec.device, threads=spec.threads)
        count = spec.threads or cpu_count.cores()
        return replace(spec, device="cpu", threads=1, one_thread=True), count

    def close(self) -> None:
        """End all processes."""
        self.pool.close()


def _started(function: ShardFunction, _needless: Callable[[], bool]) -> Child:
    return Child(function.backend)
