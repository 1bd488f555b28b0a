"""A few lines, spoken at once and in their order: what `sbv2 say` needs. No files, no manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from sbv2cli.errors import Sbv2Error
from sbv2cli.executors.executor import Executor, WorkerSpec, open_executor
from sbv2cli.pipeline import failures, finish, match_loudness, prepare, reading, workers
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.manifest_rows import kana_text, spoken_text
from sbv2cli.pipeline.synthesis import SynthesisTask, synthesize
from sbv2cli.records import LineId, ScriptLine, Source

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
    # How it was said, as the manifest has it.
    spoken: str = ""
    kana: str | None = None
    warnings: tuple[str, ...] = ()  # what a person should know of how it was read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A line on its way: read, refused, or neither where there is nothing to say."""

    read: reading.ReadLine | None = None
    task: SynthesisTask | None = None
    error: Sbv2Error | None = None


class Speaker:
    """Speaks lines of one job; a voice is loaded at its first line. To be closed at the end."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._lines = prepare.LineByLine(job)
        self._executor: Executor | None = None
        self._workers: dict[tuple[str, str], WorkerSpec] = {}
        self._opening = Lock()
        self._loader = ThreadPoolExecutor(1)
        self._gains: dict[str, float] = {}

    def close(self) -> None:
        """Let go of the voices."""
        self._loader.shutdown(cancel_futures=True)
        if self._executor is not None:
            self._executor.close()

    def warm(self) -> None:
        """Load what lines that name nothing need, before the first one is there.

        Raises:
            Sbv2Error: there is no such voice.
        """
        self._lines.open_default()
        first = ScriptLine(id=LineId("-"), number=0, text="あ", source=Source(path="", row=0))
        # Whatever is wrong with the first line is not wrong with the others.
        self._begun("", first)

    def say(self, lines: Iterable[ScriptLine], *, at_a_time: int = 1) -> Iterator[PlayableLine]:
        """The sounds of lines in order, with the pauses of a rendered script between them.

        Lines without a sound are left out. `at_a_time` lines are taken before the first is spoken.
        """
        rest = iter(lines)
        before: ScriptLine | None = None  # the last line, sound or not
        pause = 0.0  # behind the last sound
        spoken = False
        while chunk := list(islice(rest, at_a_time)):
            begun = self._begin(chunk)
            for one in begun:
                _raise(one.error)
            for line, sound in zip(chunk, self._spoken(begun), strict=True):
                if isinstance(sound, Sbv2Error):
                    raise sound
                # A line without a sound still says what the pause before it is.
                if before is not None and spoken:
                    pause = prepare.pause_between(before, line, self.job.pauses)
                before, spoken = line, sound is not None
                if sound is not None:
                    yield replace(sound, pause=pause, before=line.pause_before or 0.0)

    def answers(
        self, lines: Sequence[ScriptLine]
    ) -> Iterator[tuple[ScriptLine, PlayableLine | Sbv2Error | None]]:
        """Each line with its sound, or what is wrong with it, or `None`: there is nothing to say.

        The lines are spoken side by side; none harms another.
        """
        yield from zip(lines, self._spoken(self._begin(lines)), strict=True)

    def _begin(self, lines: Sequence[ScriptLine]) -> list[_Begun]:
        return [self._begun(str(place), line) for place, line in enumerate(lines)]

    def _begun(self, place: str, line: ScriptLine) -> _Begun:
        try:
            prepared = self._lines.prepare(line)
            if prepared.skip is not None:
                return _Begun()
            workers.check(self.job, [prepared])
            if prepared.voice.bundle.backend == "onnx":
                # Graphs open without Python's lock, while the line is read. To import torch holds
                # it: nothing would be won, and Ctrl-C would wait for it.
                self._loader.submit(self._worker, prepared)
            (read,) = reading.read([self._with_gain(prepared)], self.job.reading, processes=1)
            _raise(read.error)
            return _Begun() if read.silent else _Begun(read=read, task=self._task(place, read))
        except Sbv2Error as error:
            return _Begun(error=error)

    def _with_gain(self, prepared: PreparedLine) -> PreparedLine:
        known = {match_loudness.HEADER: self._gains}
        (raised,), gains = match_loudness.with_gains(
            [prepared], self.job.gain, self.job.machine, known
        )
        self._gains |= gains
        return raised

    def _task(self, place: str, read: reading.ReadLine) -> SynthesisTask:
        return SynthesisTask(
            id=place,  # two lines may have one id
            readings=read.readings,
            bundle=read.prepared.voice.bundle,
            worker=self._worker(read.prepared),
            settings=read.prepared.settings,
        )

    def _spoken(self, begun: Sequence[_Begun]) -> Iterator[PlayableLine | Sbv2Error | None]:
        tasks = [one.task for one in begun if one.task is not None]
        made: dict[str, SynthesisTask] = {}
        if tasks:
            assert self._executor is not None
            made = {task.id: task for task in synthesize(self._executor, tasks)}
        for one in begun:
            if one.read is None or one.task is None:
                yield one.error
                continue
            try:
                finished = self._finished(one.read, made[one.task.id])
            except Sbv2Error as error:
                yield error
            else:
                yield finished

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
            spoken=spoken_text(read),
            kana=kana_text(read),
            warnings=tuple(one.message for one in found if one.severity != "note"),
        )

    def _worker(self, prepared: PreparedLine) -> WorkerSpec:
        """The worker of a line; its voice is opened in the executor."""
        bundle, key = prepared.voice.bundle, (prepared.voice.fingerprint, prepared.language)
        with self._opening:
            if self._executor is None:
                machine = self.job.machine
                self._executor = open_executor(machine.executor, machine.cluster)
            if key not in self._workers:
                berts = workers.bert_folders(bundle, [prepared.language])
                worker = workers.worker(bundle, self.job.machine, berts)
                self._executor.open(worker)
                self._workers[key] = worker
            return self._workers[key]


def _raise(error: Sbv2Error | None) -> None:
    if error is not None:
        raise error
