"""A process that speaks: the end that its parent holds, and what runs in it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from multiprocessing import get_context
from multiprocessing.connection import Connection

from sbv2cli.child_process import follow_parent
from sbv2cli.engine import BACKENDS, memory
from sbv2cli.engine.measured import Measured
from sbv2cli.errors import Sbv2Error
from sbv2cli.executors.executor import WorkerSpec
from sbv2cli.executors.local import LocalExecutor
from sbv2cli.records import Utterance

# A fork of this process would copy locks of threads that it may have. A fork server has none, and
# has torch loaded: a process that takes the place of another is there at once.
FORK_SERVER = sys.platform == "linux"

# Lines after which a process gives back what memory is free between the pieces of its heap.
TIDY_LINES = 512


class _Mark(Enum):
    """What a process says besides results."""

    OPENED = auto()  # the voice; what kills the process from here on is a line
    DONE = auto()  # all lines


class DiedError(Exception):
    """A process has ended, and was not told to."""


class Child:
    """A process that speaks. It has one thread, and opens voices by their recipes."""

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
        self.opened: set[WorkerSpec] = set()

    @property
    def pid(self) -> int:
        """The system's number of the process."""
        return self._process.pid or 0

    def speak(self, spec: WorkerSpec, lines: Sequence[Utterance]) -> Iterator[Measured]:
        """Results of lines, in their order, as they come; without lines the voice is opened.

        Raises what the process raises: a `VoiceError` where there is no such voice to be opened,
        and `DiedError` where the process is no more.
        """
        try:
            self._connection.send((spec, lines))
            while (message := self._connection.recv()) is not _Mark.DONE:
                if isinstance(message, Exception):
                    raise message
                if message is _Mark.OPENED:
                    self.opened.add(spec)
                else:
                    yield message
        except (EOFError, OSError):  # also in the middle of a result
            raise DiedError from None

    def kill(self) -> None:
        """End the process, whatever it does; whoever waits for its results meets `DiedError`."""
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
    """What runs in the process: lines in, results out, until the parent is gone."""
    follow_parent()
    from sbv2cli.executors import one_thread  # noqa: F401, PLC0415  (before torch)

    executor = LocalExecutor()
    spoken = 0
    while True:
        try:
            spec, lines = connection.recv()
        except EOFError:
            return
        try:
            for message in _answers(executor, spec, lines):
                connection.send(message)
        except (BrokenPipeError, ConnectionError):
            return
        except Exception as error:  # noqa: BLE001 - raised where the parent is
            connection.send(_portable(error))
        spoken += len(lines)
        if spoken >= TIDY_LINES:
            memory.give_back()
            spoken = 0


def _answers(
    executor: LocalExecutor, spec: WorkerSpec, lines: Sequence[Utterance]
) -> Iterator[Measured | _Mark]:
    executor.open(spec)
    yield _Mark.OPENED
    yield from executor.speak((spec, line) for line in lines)
    yield _Mark.DONE


def _portable(error: Exception) -> Exception:
    """An error that can be pickled, whatever a library has put into it."""
    if isinstance(error, Sbv2Error):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
