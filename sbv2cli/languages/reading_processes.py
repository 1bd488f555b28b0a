"""Processes that read texts, for `pool`.

The engine of a language may kill its process on odd text (a fault in C code). That costs the one
text, not its neighbours: what was under way is read again text by text in a fresh process.
"""

from __future__ import annotations

import itertools
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, ClassVar, Generic, Self, TypeVar

from sbv2cli.child_process import follow_parent
from sbv2cli.errors import MachineError, ReadingError
from sbv2cli.languages import pool
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Answer, Request, make_some, out_of_memory

T = TypeVar("T")
Made = TypeVar("Made")
_Make = Callable[[Answer], Made]

_AHEAD = 3  # chunks under way per process


class _Reader:
    """What a process that reads knows: sent once, as a dictionary may have thousands of words."""

    options = ReadOptions()
    make: ClassVar[_Make[Any]]


def _begin(options: ReadOptions, make: _Make[Any]) -> None:
    """The first thing that such a process does."""
    follow_parent()
    _Reader.options = options
    _Reader.make = make


def _ready() -> None:
    """What a process answers that has begun."""


def _made(requests: Sequence[Request | None]) -> list[Any]:
    return make_some(requests, _Reader.options, _Reader.make)


@dataclass(slots=True)
class _Chunk(Generic[Made]):
    """Texts that travel together."""

    requests: list[Request | None]
    future: Future[list[Made | None]] | None = None


class ReadingProcesses(Generic[Made]):
    """Processes that read, and make something of each answer; started again when one dies."""

    def __init__(self, options: ReadOptions, make: _Make[Made], processes: int) -> None:
        self.options = options
        self.make = make
        self.processes = processes
        self._executor = self._start(processes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def read(
        self, items: Iterable[T], request_of: Callable[[T], Request | None]
    ) -> Iterator[tuple[T, Made | None]]:
        """Each item with what was made of its answer, with a bounded number under way."""
        waiting: deque[tuple[list[T], _Chunk[Made]]] = deque()
        rest = iter(items)
        while True:
            while len(waiting) < self.processes * _AHEAD:
                batch = list(itertools.islice(rest, pool.CHUNK))
                if not batch:
                    break
                chunk: _Chunk[Made] = _Chunk([request_of(item) for item in batch])
                waiting.append((batch, chunk))
                self._send(chunk)
            if not waiting:
                return
            batch, chunk = waiting.popleft()
            yield from zip(batch, self._finish(chunk, waiting), strict=True)

    def _finish(
        self, chunk: _Chunk[Made], waiting: Iterable[tuple[list[T], _Chunk[Made]]]
    ) -> list[Made | None]:
        assert chunk.future is not None
        try:
            return chunk.future.result()
        except BrokenProcessPool:
            answers = self._one_by_one(chunk)
            self._executor = self._start(self.processes)
            for _, other in waiting:
                if other.future is None or not _done_well(other.future):
                    self._send(other)
            return answers

    def _one_by_one(self, chunk: _Chunk[Made]) -> list[Made | None]:
        """Read a chunk in which something kills its reader."""
        answers: list[Made | None] = []
        executor = self._start_one()
        for request in chunk.requests:
            future = executor.submit(_made, [request])
            (reader,) = executor._processes.values()  # noqa: SLF001 - nobody else tells how it ends
            try:
                answers += future.result()
            except BrokenProcessPool:
                executor.shutdown()  # whose thread learns how it ended
                # Nobody but a system without memory kills so, and that is no fault of the text.
                killed = reader.exitcode == -getattr(signal, "SIGKILL", 0)
                died = ReadingError("reading.crashed", "the engine died on this text")
                answers.append(self.make(Answer(error=out_of_memory() if killed else died)))
                executor = self._start_one()
        executor.shutdown(wait=False)
        return answers

    def _start_one(self) -> ProcessPoolExecutor:
        """A process that has begun: if it dies, it dies of a text."""
        executor = self._start(1)
        try:
            executor.submit(_ready).result()
        except BrokenProcessPool:
            raise MachineError(
                "machine.processes",
                "a process that reads texts ends before it has read one",
                hint="--threads 1 reads in this process; a program of your own calls sbv2cli below"
                ' `if __name__ == "__main__":`',
            ) from None
        return executor

    def _send(self, chunk: _Chunk[Made]) -> None:
        try:
            chunk.future = self._executor.submit(_made, chunk.requests)
        except BrokenProcessPool as error:
            # The pool died between two chunks; whoever waits for this one starts it again.
            chunk.future = Future()
            chunk.future.set_exception(error)

    def _start(self, processes: int) -> ProcessPoolExecutor:
        # spawn: a fork would copy locks of the threads that the parent may have.
        return ProcessPoolExecutor(
            max_workers=processes,
            mp_context=get_context("spawn"),
            initializer=_begin,
            initargs=(self.options, self.make),
        )


def _done_well(future: Future[list[Made | None]]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
