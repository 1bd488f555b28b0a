"""Reads many texts, in order: here when they are few, across processes when they are many.

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
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Self, TypeVar

from sbv2cli import cpu_count
from sbv2cli.child_process import follow_parent
from sbv2cli.errors import MachineError, ReadingError, Sbv2Error
from sbv2cli.languages import LANGUAGES, SYMBOL_READERS
from sbv2cli.languages.language import Language, ReadOptions, without_ruby
from sbv2cli.languages.letters import read_letters
from sbv2cli.languages.own_symbols import read_own, written
from sbv2cli.languages.reading_json import kana_of
from sbv2cli.records import Reading, Ruby, TextRules
from sbv2cli.tables import load, resolve

T = TypeVar("T")

# Starting processes and their dictionaries takes about a second each; so many texts are read
# meanwhile.
WORTH_PROCESSES = 1000
CHUNK = 64  # texts sent to a process at a time
_AHEAD = 3  # chunks under way per process


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One text to be read."""

    text: str
    language: str
    given: str | None = None  # the author's reading of the whole
    ruby: tuple[Ruby, ...] = ()  # and of parts
    rules: TextRules | None = None  # of a voice that no language reads for
    reader: str | None = None  # a row of `SYMBOL_READERS`, for a voice that wants one


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The reading of one text, or why there is none."""

    reading: Reading | None = None
    error: Sbv2Error | None = None


def read_all(
    items: Iterable[T],
    request_of: Callable[[T], Request | None],
    options: ReadOptions,
    *,
    processes: int | None = None,
    worth: int = WORTH_PROCESSES,
) -> Iterator[tuple[T, Answer | None]]:
    """Each item with the answer to its request, in the order of the items.

    Args:
        items: anything, taken as it is needed.
        request_of: what is to be read of an item; `None` for nothing.
        options: how to read.
        processes: how many; by default one per processor.
        worth: from how many items on processes are started.
    """
    processes = processes or cpu_count.usable()
    rest = iter(items)
    first = list(itertools.islice(rest, worth))
    if processes == 1 or len(first) < worth:
        for item in itertools.chain(first, rest):
            request = request_of(item)
            yield item, None if request is None else answer(request, options)
        return
    with _Pool(options, processes) as pool:
        yield from pool.read(itertools.chain(first, rest), request_of)


def answer(request: Request, options: ReadOptions) -> Answer:
    """Read one text. An error of the text is an answer; one of the machine is raised."""
    try:
        own = read_own(request.text, request.given, request.language)
        if own is not None:
            return Answer(reading=own)
        if request.rules is not None:
            read = read_letters(request.text, request.rules)
            return Answer(reading=without_ruby(read, request.ruby))
        if request.reader is not None:
            return Answer(reading=in_symbols(request, request.reader))
        language: Language = resolve(LANGUAGES, request.language, kind="language")
        if request.given or request.ruby:
            options = replace(options, given=request.given, ruby=request.ruby)
        reading = language.read(request.text, options)
    except MachineError:
        raise
    except Sbv2Error as error:
        return Answer(error=error)
    except BaseException as error:
        # Whatever one text does, the others are read. A panic in an engine's Rust is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return Answer(error=_broken(error))
    return Answer(reading=reading)


def _broken(error: BaseException) -> Sbv2Error:
    if isinstance(error, MemoryError):
        return _out_of_memory()
    return ReadingError(
        "reading.crashed",
        f"reading the text broke: {type(error).__name__}: {str(error)[:120]}",
        hint="report this text; give its reading in kana until it is mended",
    )


def _out_of_memory() -> MachineError:
    return MachineError(
        "machine.memory",
        "there is not enough memory to read the text",
        hint="end other programs, then run the same command again",
    )


def in_symbols(request: Request, reader: str) -> Reading:
    """The reading in the symbols of a family of voices; `reader` is a row of `SYMBOL_READERS`."""
    read: Callable[[str, str | None], Reading] = load(SYMBOL_READERS[reader])
    return without_ruby(read(request.text, request.given), request.ruby)


def notation(reading: Reading, kana: str | None = None) -> str:
    """The reading as a person can write it; where a language has no such form, its phones.

    Args:
        reading: what is to be shown.
        kana: its kana notation, where that is known.
    """
    shown = written(reading) or kana or kana_of(reading)
    return shown or " ".join(reading.phones[1:-1])


class _Reader:
    """What a process that reads knows: sent once, as a dictionary may have thousands of words."""

    options = ReadOptions()


def _begin(options: ReadOptions) -> None:
    """The first thing that such a process does."""
    follow_parent()
    _Reader.options = options


def _answers(requests: Sequence[Request | None]) -> list[Answer | None]:
    options = _Reader.options
    return [None if request is None else answer(request, options) for request in requests]


@dataclass(slots=True)
class _Chunk:
    """Texts that travel together."""

    requests: list[Request | None]
    future: Future[list[Answer | None]] | None = None


class _Pool:
    """Processes that read; started again when one dies."""

    def __init__(self, options: ReadOptions, processes: int) -> None:
        self.options = options
        self.processes = processes
        self._executor = self._start(processes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def read(
        self, items: Iterable[T], request_of: Callable[[T], Request | None]
    ) -> Iterator[tuple[T, Answer | None]]:
        """Each item with its answer, with a bounded number under way."""
        waiting: deque[tuple[list[T], _Chunk]] = deque()
        rest = iter(items)
        while True:
            while len(waiting) < self.processes * _AHEAD:
                batch = list(itertools.islice(rest, CHUNK))
                if not batch:
                    break
                chunk = _Chunk([request_of(item) for item in batch])
                waiting.append((batch, chunk))
                self._send(chunk)
            if not waiting:
                return
            batch, chunk = waiting.popleft()
            yield from zip(batch, self._finish(chunk, waiting), strict=True)

    def _finish(
        self, chunk: _Chunk, waiting: Iterable[tuple[list[T], _Chunk]]
    ) -> list[Answer | None]:
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

    def _one_by_one(self, chunk: _Chunk) -> list[Answer | None]:
        """Read a chunk in which something kills its reader."""
        answers: list[Answer | None] = []
        executor = self._start(1)
        for request in chunk.requests:
            future = executor.submit(_answers, [request])
            (reader,) = executor._processes.values()  # noqa: SLF001 - nobody else tells how it ends
            try:
                answers += future.result()
            except BrokenProcessPool:
                executor.shutdown()  # whose thread learns how it ended
                # Nobody but a system without memory kills so, and that is no fault of the text.
                killed = reader.exitcode == -getattr(signal, "SIGKILL", 0)
                died = ReadingError("reading.crashed", "the engine died on this text")
                answers.append(Answer(error=_out_of_memory() if killed else died))
                executor = self._start(1)
        executor.shutdown(wait=False)
        return answers

    def _send(self, chunk: _Chunk) -> None:
        try:
            chunk.future = self._executor.submit(_answers, chunk.requests)
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
            initargs=(self.options,),
        )


def _done_well(future: Future[list[Answer | None]]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
