"""A few lines, spoken at once and in their order: what `sbv2 say` needs. No files, no manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbv2cli.executors.executor import Executor, WorkerSpec, open_executor
from sbv2cli.pipeline import failures, loading, pieces, post, prepare
from sbv2cli.pipeline.job import Cue, Job
from sbv2cli.pipeline.synthesis import SynthesisTask, synthesize
from sbv2cli.records import ScriptLine, Waveform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.writers.timings import Timings


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The sound of a line, ready to be heard, at the voice's own rate."""

    cue: Cue
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

    def say(self, lines: Sequence[ScriptLine]) -> Iterator[Said]:
        """The sounds of some lines, in order; lines without a sound are left out."""
        cues = [cue for cue in prepare.prepare(lines, self.job) if cue.skip is None]
        loading.check(self.job, cues)
        for read in pieces.read(cues, self.job.reading, processes=1):
            if read.error is not None:
                raise read.error
            if read.silent:
                continue
            samples, times = post.whole(
                self._sounds(read), read.pieces, read.readings, self.job.pauses["sentence"]
            )
            samples, times = post.polish(samples, times, read.cue.finish)
            yield Said(cue=read.cue, samples=samples, timings=times)

    def _sounds(self, read: pieces.Read) -> tuple[Waveform, ...]:
        executor, worker = self._opened(read.cue)
        task = SynthesisTask(
            id="say",
            readings=read.readings,
            bundle=read.cue.voice.bundle,
            worker=worker,
            settings=read.cue.settings,
        )
        (spoken,) = synthesize(executor, [task])
        if spoken.failure is not None:
            raise failures.as_error(spoken.failure)
        return spoken.sounds

    def _opened(self, cue: Cue) -> tuple[Executor, WorkerSpec]:
        """The executor, with the voice of a line in it."""
        if self._executor is None:
            self._executor = open_executor(self.job.machine.executor)
        bundle, key = cue.voice.bundle, (cue.voice.fingerprint, cue.language)
        if key not in self._workers:
            berts = loading.bert_folders(bundle, [cue.language])
            self._workers[key] = loading.worker(bundle, self.job.machine, berts)
            self._executor.open(self._workers[key])
        return self._executor, self._workers[key]
