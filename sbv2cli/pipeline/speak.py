"""A few lines, spoken at once and in their order: what `sbv2 say` needs. No files, no manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbv2cli.executors.executor import Executor, WorkerSpec, open_executor
from sbv2cli.pipeline import failures, finish, prepare, reading, workers
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.synthesis import SynthesisTask, synthesize
from sbv2cli.records import ScriptLine, Waveform

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

    def say(self, lines: Sequence[ScriptLine]) -> Iterator[PlayableLine]:
        """The sounds of some lines, in order; lines without a sound are left out."""
        prepared_lines = [
            prepared for prepared in prepare.prepare(lines, self.job) if prepared.skip is None
        ]
        workers.check(self.job, prepared_lines)
        for read in reading.read(prepared_lines, self.job.reading, processes=1):
            if read.error is not None:
                raise read.error
            if read.silent:
                continue
            samples, times = finish.whole(
                self._sounds(read), read.segments, read.readings, self.job.pauses["sentence"]
            )
            samples, times = finish.polish(samples, times, read.prepared.file_settings)
            yield PlayableLine(prepared=read.prepared, samples=samples, timings=times)

    def _sounds(self, read: reading.ReadLine) -> tuple[Waveform, ...]:
        executor, worker = self._opened(read.prepared)
        task = SynthesisTask(
            id="say",
            readings=read.readings,
            bundle=read.prepared.voice.bundle,
            worker=worker,
            settings=read.prepared.settings,
        )
        (spoken,) = synthesize(executor, [task])
        if spoken.failure is not None:
            raise failures.as_error(spoken.failure)
        return spoken.sounds

    def _opened(self, prepared: PreparedLine) -> tuple[Executor, WorkerSpec]:
        """The executor, with the voice of a line in it."""
        if self._executor is None:
            self._executor = open_executor(self.job.machine.executor)
        bundle, key = prepared.voice.bundle, (prepared.voice.fingerprint, prepared.language)
        if key not in self._workers:
            berts = workers.bert_folders(bundle, [prepared.language])
            self._workers[key] = workers.worker(bundle, self.job.machine, berts)
            self._executor.open(self._workers[key])
        return self._executor, self._workers[key]
