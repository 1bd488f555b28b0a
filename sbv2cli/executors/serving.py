"""What runs where lines are spoken for another process: functions in, results of items out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sbv2cli.engine import memory
from sbv2cli.errors import Sbv2Error
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


def portable(error: Exception) -> Exception:
    """An error that can be pickled, whatever a library has put into it."""
    if isinstance(error, Sbv2Error):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
