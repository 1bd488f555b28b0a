"""The threads around a run: reading, engine, writing. They own nothing of it.

Each takes work from a queue and puts events into the one inbox that the run reads. Python delivers
signals to the main thread only, so none of them is ever interrupted in the middle of a file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from queue import SimpleQueue
from typing import Literal

from sbv2cli import cpu_count
from sbv2cli.errors import MachineError
from sbv2cli.executors.executor import Executor, LineExecutor, WorkerSpec
from sbv2cli.executors.pool import DiedError, WorkerPool
from sbv2cli.pipeline import reading
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.pipeline.synthesis import SCRIPT_ORDER_TASKS, SynthesisTask, synthesize
from sbv2cli.pipeline.whole_lines import MakeLines, SoundMade, Sounds, shards
from sbv2cli.pipeline.write import WriteTask, Written, write
from sbv2cli.records import LineId

WRITERS = 2
# Lines that are read before the engine asks for them.
LINES_AHEAD = 64
# Sounds that wait to be written; beyond, the engine waits, and memory stays flat.
SOUNDS_AHEAD = 64

Stage = Literal["reading", "engine", "writing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnded:
    """A thread has ended, by itself or by an error; `seconds` is what reading took."""

    stage: Stage
    error: BaseException | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A signal asked the run to stop; `status` is what the shell expects for it."""

    status: int


Event = ReadLine | SynthesisTask | SoundMade | Written | StageEnded | Interrupted


class Stages:
    """The threads of one run, and its inbox.

    Two bounds keep memory flat: the lines between reading and engine, and the sounds between engine
    and disk. A bound over both would have to let pass as many sounds as the engine holds lines.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.inbox: SimpleQueue[Event] = SimpleQueue()
        self._tasks: SimpleQueue[SynthesisTask | None] = SimpleQueue()
        self._files: SimpleQueue[WriteTask | None] = SimpleQueue()
        # A stage takes from them; the engine, or the run through `line_done` and `sound_done`,
        # gives back.
        self._lines = threading.Semaphore(LINES_AHEAD)
        self._sounds = threading.Semaphore(SOUNDS_AHEAD)
        self._stopping = False
        self._pool: WorkerPool | None = None  # of workers that make whole lines
        self.abandoned: MachineError | None = None
        self._threads: list[threading.Thread] = []

    # What the run asks for.

    def read(self, prepared_lines: Iterable[PreparedLine], known: dict[LineId, ReadLine]) -> None:
        """Begin to read lines; each comes back as `ReadLine`. Some may be `known` already."""
        self._start("reading", partial(self._read, prepared_lines, known))

    def start_engine(
        self, open_executor: Callable[[], Executor], needed: Collection[WorkerSpec]
    ) -> None:
        """Begin to speak tasks; each comes back with its sounds or its failure.

        A `needed` worker that cannot be opened ends the stage; another one fails its lines.
        """
        self._start("engine", partial(self._speak, open_executor, needed))

    def start_workers(
        self,
        open_executor: Callable[[], LineExecutor],
        function_of: Callable[[LineExecutor], tuple[MakeLines, int]],
        sounds: Sounds,
    ) -> None:
        """Begin to have whole lines made; each sound comes back as `SoundMade`.

        `function_of` says what workers do, and how many of them there are.
        """
        self._start("engine", partial(self._make, open_executor, function_of, sounds))

    def start_writers(self) -> None:
        """Begin to write files; each comes back as `Written`."""
        for _ in range(WRITERS):
            self._start("writing", self._write)

    def speak(self, task: SynthesisTask) -> None:
        """Have a task spoken. Its line is off the reader's hands when the engine takes it."""
        self._tasks.put(task)

    def write(self, task: WriteTask) -> None:
        """Have a file written."""
        self._files.put(task)

    def line_done(self) -> None:
        """A line that was read needs no engine."""
        self._lines.release()

    def sound_done(self) -> None:
        """A sound is written, for all lines that wanted it."""
        self._sounds.release()

    def room_for_line(self) -> bool:
        """Take the place of a line between reading and engine, if one is free."""
        return self._lines.acquire(blocking=False)

    def no_more_tasks(self) -> None:
        """Let the engine end when it has spoken what it was given."""
        self._tasks.put(None)

    def stop(self) -> None:
        """Let reading and engine end early. What is spoken already can still be written.

        Workers end at once: what they have not given back is made by the next run.
        """
        self._stopping = True
        self._tasks.put(None)
        self._lines.release()
        self._sounds.release()
        if self._pool is not None:
            self._pool.stop()

    def abandon(self, error: MachineError) -> None:
        """Write no more: files that wait come back with this error."""
        self.abandoned = error

    def close(self) -> None:
        """Wait for all threads; reading and engine have ended or were stopped."""
        for _ in range(WRITERS):
            self._files.put(None)
        for thread in self._threads:
            thread.join()

    # What the threads do.

    def _start(self, stage: Stage, work: Callable[[], float]) -> None:
        def run() -> None:
            seconds, failure = 0.0, None
            try:
                seconds = work()
            except BaseException as error:  # noqa: BLE001 - handed to the main thread
                failure = error
            self.inbox.put(StageEnded(stage=stage, error=failure, seconds=seconds))

        thread = threading.Thread(target=run, name=f"sbv2-{stage}")
        self._threads.append(thread)
        thread.start()

    def _read(self, prepared_lines: Iterable[PreparedLine], known: dict[LineId, ReadLine]) -> float:
        seconds, start = 0.0, time.monotonic()
        with closing(
            reading.read(
                prepared_lines, self.job.reading, processes=reading_processes(), known=known
            )
        ) as reads:
            for read in reads:
                seconds += time.monotonic() - start
                self._lines.acquire()
                if self._stopping:
                    break
                self.inbox.put(read)
                start = time.monotonic()
        return seconds

    def _speak(
        self, open_executor: Callable[[], Executor], needed: Collection[WorkerSpec]
    ) -> float:
        job = self.job
        at_a_time = SCRIPT_ORDER_TASKS if job.machine.in_script_order else None
        tasks = self._taken()
        first = list(islice(tasks, 1))
        if not first:
            return 0.0  # and no voice was loaded
        with (
            closing(open_executor()) as executor,
            closing(
                synthesize(executor, chain(first, tasks), retries=job.retries, at_a_time=at_a_time)
            ) as ended,
        ):
            if first[0].worker in needed:
                executor.open(first[0].worker)
            for task in ended:
                if task.sounds:
                    self._sounds.acquire()
                self.inbox.put(task)
                if self._stopping:
                    break
        return 0.0

    def _make(
        self,
        open_executor: Callable[[], LineExecutor],
        function_of: Callable[[LineExecutor], tuple[MakeLines, int]],
        sounds: Sounds,
    ) -> float:
        with closing(open_executor()) as executor:
            function, count = function_of(executor)
            self._pool = executor.pool
            try:
                if not self._stopping:
                    executor.pool.open(function)
                with closing(executor.pool.run(function, shards(sounds, count), count)) as made:
                    for sound in made:
                        self._sounds.acquire()
                        self.inbox.put(sound)
                        if self._stopping:
                            break
            except DiedError:  # they were told to
                if not self._stopping:
                    raise
        return 0.0

    def _taken(self) -> Iterator[SynthesisTask]:
        while (task := self._tasks.get()) is not None and not self._stopping:
            self._lines.release()
            yield task

    def _write(self) -> float:
        while (task := self._files.get()) is not None:
            if self.abandoned is not None:
                self.inbox.put(Written(id=task.prepared.id, error=self.abandoned))
            else:
                self.inbox.put(write(task, self.job))
        return 0.0


def reading_processes() -> int:
    """How many processes read texts."""
    # Beside the engine, which wants the processors too; reading takes a hundredth of its time.
    return max(1, cpu_count.usable() // 2)
