"""What runs where lines are spoken for another process: functions in, results of items out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sbv2cli.engine import memory
from sbv2cli.errors import Sbv2Error
from sbv2cli.executors.carried import Carried, received
from sbv2cli.executors.local import LocalExecutor
from sbv2cli.executors.pool import ShardFunction

# Items after which a process gives back what memory is free between the pieces of its heap.
TIDY_ITEMS = 512


class ShardServer:
    """The voices of one worker, and the functions that it was given."""

    def __init__(self) -> None:
        self._executor = LocalExecutor()
        self._functions: dict[int, ShardFunction] = {}
        self._done = 0

    def open(self, number: int, function: ShardFunction) -> None:
        """Take a function; from now on it is called by its number."""
        function.open(self._executor)
        self._functions[number] = function

    def run(self, number: int, items: Sequence[Any]) -> Iterator[Any]:
        """Results of items."""
        yield from self._functions[number].run(self._executor, items)
        self._done += len(items)
        if self._done >= TIDY_ITEMS:
            memory.give_back()
            self._done = 0


class ActorServer(ShardServer):
    """The same for calls by name, each of which has one answer; `fetch` gives what a store has."""

    def __init__(self, fetch: Callable[[Any], bytes]) -> None:
        super().__init__()
        self._fetch = fetch

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        """The answer of a method below, or the error that it raises."""
        try:
            return getattr(self, name)(*arguments)
        except Exception as error:  # noqa: BLE001 - raised where it can be answered
            return portable(error)

    def has(self, what: Carried) -> bool:
        """Whether files are here."""
        return what.here()

    def receive(self, what: Carried, files: dict[str, list[Any]]) -> Path:
        """Put files here, piece by piece."""
        return received(what, {name: map(self._fetch, parts) for name, parts in files.items()})

    def take(self, number: int, function: ShardFunction, places: dict[Path, Path]) -> None:
        """Open a function, with the files that were put here."""
        self.open(number, function.moved(places) if places else function)

    def done(self, number: int, items: Sequence[Any]) -> list[Any]:
        """Results of items, all at once."""
        return list(self.run(number, items))


def portable(error: Exception) -> Exception:
    """An error that can be pickled, whatever a library has put into it."""
    if isinstance(error, Sbv2Error):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
