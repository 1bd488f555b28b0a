"""A few lines, spoken at once and in their order: what `sbv2 say` needs. No files, no manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from sbv2cli.executors.executor import Executor, WorkerSpec, open_executor
from sbv2cli.pipeline import failures, finish, prepare, reading, workers
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.synthesis import SynthesisTask, synthesize
from sbv2cli.records import ScriptLine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.writers.timings import Timings


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayableLine:
    """The sound of a line, ready to be heard, at the voice's own rate."""

    prepared: PreparedLine
    samples: NDArray[np.float32]
    timings: Timings
    pause: float = 0.0  # seconds behind the sound before it
    before: float = 0.0  # seconds that the line itself asks for
    warnings: tuple[str, ...] = ()  # what a person should know of how it was read


class Speaker:
    """Speaks lines of one job; a voice is loaded at its first line. To be closed at the end."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._executor: Executor | None = None
        self._workers: dict[tuple[str, str], WorkerSpec] = {}

    def close(self) -> None:
        """Let go of the voices."""
        if self._executor is not None:
            self._executor.close()

    def say(self, lines: Iterable[ScriptLine], *, at_a_time: int = 1) -> Iterator[PlayableLine]:
        """The sounds of lines in order, with the pauses of a rendered script between them.

        Lines without a sound are left out. `at_a_time` lines are taken before the first is spoken.
        """
        rest = iter(lines)
        before: ScriptLine | None = None  # the last line, sound or not
        pause = 0.0  # behind the last sound
        spoken = False
        while chunk := list(islice(rest, at_a_time)):
            sounds = self._sounds(chunk)
            for line, sound in zip(chunk, sounds, strict=True):
                # A line without a sound still says what the pause before it is.
                if before is not None and spoken:
                    pause = prepare.pause_between(before, line, self.job.pauses)
                before, spoken = line, sound is not None
                if sound is not None:
                    yield replace(sound, pause=pause, before=line.pause_before or 0.0)

    def _sounds(self, lines: Sequence[ScriptLine]) -> Iterator[PlayableLine | None]:
        """A sound for each line, or `None` where there is nothing to say."""
        prepared_lines = [prepare.prepare([line], self.job)[0] for line in lines]
        said = [prepared for prepared in prepared_lines if prepared.skip is None]
        workers.check(self.job, said)
        read_lines = {read.prepared.id: read for read in self._read(said)}
        tasks = [self._task(read) for read in read_lines.values() if _heard(read)]
        made = {task.id: task for task in self._synthesized(tasks)}
        for prepared in prepared_lines:
            read = read_lines.get(prepared.id)
            if read is not None and read.error is not None:
                raise read.error
            if read is None or read.silent:
                yield None
            else:
                yield self._finished(read, made[prepared.id])

    def _read(self, prepared_lines: Sequence[PreparedLine]) -> Iterator[reading.ReadLine]:
        return reading.read(prepared_lines, self.job.reading, processes=1)

    def _task(self, read: reading.ReadLine) -> SynthesisTask:
        return SynthesisTask(
            id=read.prepared.id,
            readings=read.readings,
            bundle=read.prepared.voice.bundle,
            worker=self._worker(read.prepared),
            settings=read.prepared.settings,
        )

    def _synthesized(self, tasks: Sequence[SynthesisTask]) -> Iterator[SynthesisTask]:
        if tasks:
            assert self._executor is not None
            yield from synthesize(self._executor, tasks)

    def _finished(self, read: reading.ReadLine, task: SynthesisTask) -> PlayableLine:
        if task.failure is not None:
            raise failures.as_error(task.failure)
        samples, times = finish.whole(
            task.sounds, read.segments, read.readings, self.job.pauses["sentence"]
        )
        samples, times = finish.polish(samples, times, read.prepared.file_settings)
        found = (finding for one in read.readings for finding in one.findings)
        return PlayableLine(
            prepared=read.prepared,
            samples=samples,
            timings=times,
            warnings=tuple(one.message for one in found if one.severity != "note"),
        )

    def _worker(self, prepared: PreparedLine) -> WorkerSpec:
        """The worker of a line; its voice is opened in the executor."""
        if self._executor is None:
            self._executor = open_executor(self.job.machine.executor)
        bundle, key = prepared.voice.bundle, (prepared.voice.fingerprint, prepared.language)
        if key not in self._workers:
            berts = workers.bert_folders(bundle, [prepared.language])
            self._workers[key] = workers.worker(bundle, self.job.machine, berts)
            self._executor.open(self._workers[key])
        return self._workers[key]


def _heard(read: reading.ReadLine) -> bool:
    return read.error is None and not read.silent
