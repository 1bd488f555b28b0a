"""Reads many texts, in order: here when they are few, across processes when they are many."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from sbv2cli import cpu_count
from sbv2cli.errors import MachineError, ReadingError, Sbv2Error
from sbv2cli.languages import LANGUAGES, SYMBOL_READERS
from sbv2cli.languages.language import Language, ReadOptions, without_ruby
from sbv2cli.languages.letters import read_letters
from sbv2cli.languages.own_symbols import read_own, written
from sbv2cli.languages.reading_json import kana_of
from sbv2cli.records import Reading, Ruby, TextRules
from sbv2cli.tables import load, resolve

T = TypeVar("T")
Made = TypeVar("Made")

# Starting processes and their dictionaries takes about a second each; so many texts are read
# meanwhile.
WORTH_PROCESSES = 1000
CHUNK = 64  # texts sent to a process at a time
# Read here before anything is made of them: lines, and characters, for each of which a reading has
# 200 bytes.
_LINES_AT_ONCE, _LETTERS_AT_ONCE = 1024, 50_000


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
    return make_all(items, request_of, options, _itself, processes=processes, worth=worth)


def _itself(answer: Answer) -> Answer:
    return answer


def make_all(
    items: Iterable[T],
    request_of: Callable[[T], Request | None],
    options: ReadOptions,
    make: Callable[[Answer], Made],
    *,
    processes: int | None = None,
    worth: int = WORTH_PROCESSES,
) -> Iterator[tuple[T, Made | None]]:
    """As `read_all`, with what `make` makes of each answer in the process that has read it.

    A reading has a record for each word; what is shown of it is sooner sent than the records are.

    Args:
        items: as there.
        request_of: as there.
        options: as there.
        make: a function of a module, which other processes find by its name.
        processes: as there.
        worth: as there.
    """
    processes = processes or cpu_count.usable()
    rest = iter(items)
    first = list(itertools.islice(rest, worth))
    if processes == 1 or len(first) < worth:
        for batch, requests in _batches(itertools.chain(first, rest), request_of):
            yield from zip(batch, make_some(requests, options, make), strict=True)
        return
    from sbv2cli.languages.reading_processes import ReadingProcesses  # noqa: PLC0415  seldom needed

    with ReadingProcesses(options, make, processes) as pool:
        yield from pool.read(itertools.chain(first, rest), request_of)


def _batches(
    items: Iterable[T], request_of: Callable[[T], Request | None]
) -> Iterator[tuple[list[T], list[Request | None]]]:
    batch: list[T] = []
    requests: list[Request | None] = []
    letters = 0
    for item in items:
        request = request_of(item)
        batch.append(item)
        requests.append(request)
        letters += 0 if request is None else len(request.text)
        if len(batch) == _LINES_AT_ONCE or letters >= _LETTERS_AT_ONCE:
            yield batch, requests
            batch, requests, letters = [], [], 0
    yield batch, requests


def make_some(
    requests: Iterable[Request | None], options: ReadOptions, make: Callable[[Answer], Made]
) -> list[Made | None]:
    """What is made of the answers to a few requests.

    All are read first: two tasks in turn would take each other's place in the processor's caches.
    With 64 texts in turn 5,000 lines of `check --json` took 3.93 s of a processor, with 1,024 3.72.
    """
    answers = [None if request is None else answer(request, options) for request in requests]
    return [None if one is None else make(one) for one in answers]


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
        return out_of_memory()
    return ReadingError(
        "reading.crashed",
        f"reading the text broke: {type(error).__name__}: {str(error)[:120]}",
        hint="report this text; give its reading in kana until it is mended",
    )


def out_of_memory() -> MachineError:
    """No text is at fault."""
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
