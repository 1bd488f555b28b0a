"""A process that works for this one: the end that its parent holds, and what runs in it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection

from sbv2cli.child_process import follow_parent
from sbv2cli.engine import BACKENDS
from sbv2cli.executors.pool import DiedError, Item, ShardFunction
from sbv2cli.executors.serving import ShardServer, portable

# A fork of this process would copy locks of threads that it may have. A fork server has none, and
# has torch loaded: a process that takes the place of another is there at once.
FORK_SERVER = sys.platform == "linux"

# What a process says after its last result.
_DONE = None


class Child:
    """A process with one thread, which opens functions. See `executors.pool.RemoteWorker`."""

    def __init__(self, backend: str) -> None:
        context = get_context("forkserver") if FORK_SERVER else get_context("spawn")
        if FORK_SERVER:
            module = BACKENDS[backend].place.partition(":")[0]
            context.set_forkserver_preload(["sbv2cli.executors.one_thread", module])
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        # So that this end closes when the process does.
        theirs.close()
        self.opened: set[ShardFunction] = set()
        self._numbers: dict[ShardFunction, int] = {}

    @property
    def pid(self) -> int:
        """The system's number of the process."""
        return self._process.pid or 0

    def run(self, function: ShardFunction, items: Sequence[Item]) -> Iterator[Item]:
        """Results of items; see `RemoteWorker.run`."""
        try:
            if function not in self.opened:
                number = self._numbers.setdefault(function, len(self._numbers))
                list(self._answers((number, function, ())))
                self.opened.add(function)
            yield from self._answers((self._numbers[function], None, items))
        except (EOFError, OSError):  # also in the middle of a result
            raise DiedError from None

    def _answers(self, message: tuple[int, ShardFunction | None, Sequence[Item]]) -> Iterator[Item]:
        self._connection.send(message)
        while (answer := self._connection.recv()) is not _DONE:
            if isinstance(answer, Exception):
                raise answer
            yield answer

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()

    def end(self) -> str:
        """End the process, if it has not ended, and give back what it held; how it did end."""
        self._process.kill()
        self._process.join()
        self._connection.close()
        status = self._process.exitcode or 0
        if status >= 0:
            return f"exit status {status}"
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"


def serve(connection: Connection) -> None:
    """What runs in the process: functions and items in, results out, until the parent is gone."""
    follow_parent()
    from sbv2cli.executors import one_thread  # noqa: F401, PLC0415  (before torch)

    server = ShardServer()
    while True:
        try:
            number, function, items = connection.recv()
        except EOFError:
            return
        try:
            if function is not None:
                server.open(number, function)
            for result in server.run(number, items):
                connection.send(result)
            connection.send(_DONE)
        except (BrokenPipeError, ConnectionError):
            return
        except Exception as error:  # noqa: BLE001 - raised where the parent is
            connection.send(portable(error))
