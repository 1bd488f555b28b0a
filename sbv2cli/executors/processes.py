"""Lines are spoken by one process a core, one thread each.

Threads of one process take turns in calling operators; processes do not. Each opens the voice
itself, and maps the file that the weights are read from. What a line sounds like does not change:
every line is computed on one thread, here as there.

A process may die of a line (a fault in a library, or the system's memory is at its end). What it
had not yet spoken is spoken line by line in a fresh one; a line that dies again fails alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from threading import Lock

from sbv2cli import cpu_count
from sbv2cli.engine import one_by_one
from sbv2cli.engine.engine import WINDOW
from sbv2cli.engine.measured import Counters, Measured
from sbv2cli.errors import EngineError, Sbv2Error, UsageError, VoiceError
from sbv2cli.executors.child import Child, DiedError
from sbv2cli.executors.executor import Work, WorkerSpec
from sbv2cli.executors.local import one_spec_at_a_time, unopened
from sbv2cli.records import LineFailure, LineId, Utterance

# Chunks of lines that wait for a process, for each process: enough that none is ever idle.
WAITING = 1

# A voice that kills a process as often while it is opened is not tried again.
OPENING_TRIES = 2


class ProcessExecutor:
    """See `executors.executor.Executor`. Processes stay for the next lines until it is closed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._children: set[Child] = set()
        self._idle: list[Child] = []
        self._stopping = False
        self._unopened: dict[WorkerSpec, Sbv2Error] = {}

    @property
    def pids(self) -> list[int]:
        """The processes that are there."""
        return [child.pid for child in self._children]

    def open(self, spec: WorkerSpec) -> None:
        """Open the voice in one process, so that what is wrong with it is raised."""
        spec = _for_a_process(spec)
        list(self._speak_left(spec, {}))
        if spec in self._unopened:
            raise self._unopened[spec]

    def speak(self, work: Iterable[Work]) -> Generator[Measured]:
        """The lines of one recipe after those of another, by all processes."""
        for spec, lines in one_spec_at_a_time(work):
            yield from self._speak(spec, lines)

    def close(self) -> None:
        """End all processes."""
        for child in list(self._children):
            self._end(child)
        self._idle.clear()

    def _speak(self, spec: WorkerSpec, lines: Iterator[Utterance]) -> Generator[Measured]:
        count = spec.threads or cpu_count.cores()
        spec = _for_a_process(spec)
        chunks = one_by_one.chunks(lines, window=WINDOW, threads=count, tidy=lambda: None)
        results: SimpleQueue[Measured | Future[None]] = SimpleQueue()
        threads = ThreadPoolExecutor(count, "sbv2-process")
        under_way, finished = 0, False
        try:
            while True:
                while under_way < count * (1 + WAITING) and (chunk := next(chunks, None)):
                    future = threads.submit(self._speak_chunk, spec, chunk, results)
                    future.add_done_callback(results.put)
                    under_way += 1
                if not under_way:
                    break
                result = results.get()
                if isinstance(result, Measured):
                    yield result
                else:
                    result.result()  # raises what its thread has met
                    under_way -= 1
            finished = True
        finally:
            if not finished:  # nobody waits for the lines that are under way
                self._stop()
            threads.shutdown(wait=True, cancel_futures=True)
            if not finished:
                self.close()
                self._stopping = False

    def _speak_chunk(
        self,
        spec: WorkerSpec,
        chunk: Sequence[Utterance],
        results: SimpleQueue[Measured | Future[None]],
    ) -> None:
        """A result for each line, whatever becomes of the processes that speak them."""
        left = {line.id: line for line in chunk}
        died = _into(results, self._speak_left(spec, left))
        if died is None:
            return
        # One more try for each, alone: the neighbours of a line that kills have done nothing.
        for line in list(left.values()):
            died = _into(results, self._speak_left(spec, {line.id: line}))
            if died is not None:
                results.put(Measured(result=_killed(line, died), counters=Counters()))

    def _speak_left(
        self, spec: WorkerSpec, left: dict[LineId, Utterance]
    ) -> Generator[Measured, None, str | None]:
        """Speak what is left, and take from it what is spoken; returns how the process died."""
        died: str | None = None
        for _ in range(OPENING_TRIES):
            if spec in self._unopened:
                break
            child, died = self._free(spec.backend), None
            try:
                for measured in child.speak(spec, list(left.values())):
                    del left[measured.result.id]
                    yield measured
            except DiedError:
                died = self._end(child)
                if self._stopping:
                    raise
            except VoiceError as error:
                self._unopened[spec] = error
            finally:
                if died is None:
                    self._idle.append(child)
            if spec in child.opened:
                return died
        yield from self._give_up(spec, left, died)
        return None

    def _give_up(
        self, spec: WorkerSpec, left: dict[LineId, Utterance], died: str | None
    ) -> Iterator[Measured]:
        why = self._unopened.setdefault(spec, _kills(spec, died or ""))
        for name in list(left):
            yield unopened(left.pop(name), why)

    def _free(self, backend: str) -> Child:
        """A process that has nothing to do; a new one where all have."""
        with self._lock:
            if self._stopping:
                raise DiedError
            if self._idle:
                return self._idle.pop()
            child = Child(backend)
            self._children.add(child)
            return child

    def _end(self, child: Child) -> str:
        with self._lock:
            self._children.discard(child)
            return child.end()

    def _stop(self) -> None:
        """Let threads hear that their processes are gone, whatever they were doing."""
        with self._lock:
            self._stopping = True
            for child in self._children:
                child.kill()


def _into(
    results: SimpleQueue[Measured | Future[None]], speaking: Generator[Measured, None, str | None]
) -> str | None:
    """Put everything that a generator makes into the queue; what it returns."""
    while True:
        try:
            results.put(next(speaking))
        except StopIteration as end:
            died: str | None = end.value
            return died


def _for_a_process(spec: WorkerSpec) -> WorkerSpec:
    if spec.device not in ("auto", "cpu"):
        raise UsageError(
            "executor.device",
            f'processes speak on the cores of the CPU, not on "{spec.device}"',
            hint="leave out --executor: one process keeps a GPU busy",
        )
    return replace(spec, device="cpu", threads=1, one_thread=True)


def _killed(line: Utterance, died: str) -> LineFailure:
    return LineFailure(
        id=line.id,
        code="engine.worker-died",
        message=f"the process that spoke this line died of it twice ({died})",
        hint="split or change the line; SIGKILL often means that memory is full: fewer --threads",
    )


def _kills(spec: WorkerSpec, died: str) -> EngineError:
    return EngineError(
        "engine.worker-died",
        f"processes that opened the voice died ({died})",
        at=str(spec.bundle),
        hint="SIGKILL often means that memory is full: fewer --threads, or --executor local",
    )
