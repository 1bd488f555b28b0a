"""Workers elsewhere - processes of this machine, actors of a cluster - and what is done by them.

Items travel in shards, each to a worker that has nothing to do. A worker may die of an item (a
fault in a library, or its memory is at its end). What it had not yet done is done item by item by
others; an item that a worker dies of again fails alone. A machine that is lost says nothing about
its items: they are tried again as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from sbv2cli.errors import EngineError, Sbv2Error, VoiceError

if TYPE_CHECKING:
    from pathlib import Path

    from sbv2cli.executors.executor import WorkerSpec
    from sbv2cli.executors.local import LocalExecutor

# Shards that wait for a worker, for each worker: enough that none is ever idle.
WAITING = 1

# How a worker ends that the system killed, which it does to have memory again.
FULL = "SIGKILL"

# A function that kills a worker as often while it is opened is not tried again.
OPENING_TRIES = 2

# Machines that may be lost under one shard before it counts against its items.
LOST_TRIES = 10

# Results that wait for whoever asked for them; then workers wait.
RESULTS_AHEAD = 64

_POLL = 0.5  # seconds after which who waits looks whether somebody still listens


class Item(Protocol):
    """Something to be done, and what came of it: both are called by one name."""

    @property
    def id(self) -> str:
        """Its name among the items of a run."""
        ...


class ShardFunction(Protocol):
    """What workers do with items. It is hashable, can be pickled, and goes to each worker once."""

    @property
    def backend(self) -> str:
        """What speaks in it: a row of `engine.BACKENDS`."""
        ...

    def open(self, executor: LocalExecutor) -> None:
        """Open what every item needs; raise what is wrong with it."""
        ...

    def run(self, executor: LocalExecutor, items: Sequence[Any]) -> Iterator[Any]:
        """A result for each item, of the same name, in any order."""
        ...

    def failed(self, item: Any, error: Sbv2Error) -> Any:
        """The result of an item that could not be done."""
        ...

    def specs(self) -> tuple[WorkerSpec, ...]:
        """The recipes that it follows."""
        ...

    def moved(self, places: dict[Path, Path]) -> ShardFunction:
        """The same, where these files and folders are in other places."""
        ...


class DiedError(Exception):
    """A worker has ended, and was not told to; `lost` with the machine that it was on."""

    def __init__(self, *, lost: bool = False) -> None:
        super().__init__()
        self.lost = lost


class RemoteWorker(Protocol):
    """One worker, as the process that it works for sees it."""

    opened: set[ShardFunction]
    """What kills the worker while it does one of these is an item."""

    def run(self, function: ShardFunction, items: Sequence[Item]) -> Iterator[Item]:
        """Results of items as they come; without items the function is opened.

        Raises what the worker raises, and `DiedError` where it is no more.
        """
        ...

    def kill(self) -> None:
        """End the worker, whatever it does; whoever waits for its results meets `DiedError`."""
        ...

    def end(self) -> str:
        """End the worker, if it has not ended, and give back what it held; how it did end."""
        ...


Start = Callable[[ShardFunction, Callable[[], bool]], RemoteWorker | None]
"""Starts a worker for a function; the second argument is asked whether none is needed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """How a worker came to its end."""

    how: str
    lost: bool


class WorkerPool:
    """Workers that stay for the next items until the pool is closed."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._lock = Lock()
        self.workers: set[RemoteWorker] = set()
        self._idle: list[RemoteWorker] = []
        self._stopping = False
        self._unopened: dict[ShardFunction, Sbv2Error] = {}

    def open(self, function: ShardFunction) -> None:
        """Open the function in one worker, so that what is wrong with it is raised."""
        list(self._do_left(function, {}))
        if function in self._unopened:
            raise self._unopened[function]

    def run(
        self, function: ShardFunction, shards: Iterator[Sequence[Any]], count: int
    ) -> Generator[Any]:
        """Results of all items in any order, by so many workers.

        Closing the generator ends what is under way, and the workers.
        """
        results: Queue[Any] = Queue(RESULTS_AHEAD)
        threads = ThreadPoolExecutor(count, "sbv2-worker")
        under_way, finished = 0, False
        try:
            while True:
                while under_way < count * (1 + WAITING) and (shard := next(shards, None)):
                    future = threads.submit(self._do_shard, function, shard, results)
                    future.add_done_callback(lambda done: self._put(results, done))
                    under_way += 1
                if not under_way:
                    break
                result = self._taken(results)
                if isinstance(result, Future):
                    result.result()  # raises what its thread has met
                    under_way -= 1
                else:
                    yield result
            finished = True
        finally:
            if not finished:  # nobody waits for the items that are under way
                self.stop()
            threads.shutdown(wait=True, cancel_futures=True)
            if not finished:
                self.close()
                self._stopping = False

    def close(self) -> None:
        """End all workers."""
        for worker in list(self.workers):
            self._end(worker)
        self._idle.clear()

    def stop(self) -> None:
        """End all workers, whatever they do: `run` raises `DiedError`. From any thread."""
        with self._lock:
            self._stopping = True
            for worker in self.workers:
                worker.kill()

    def _do_shard(
        self, function: ShardFunction, shard: Sequence[Item], results: Queue[Any]
    ) -> None:
        """A result for each item, whatever becomes of the workers."""
        left = {item.id: item for item in shard}
        if self._do(function, left, results) is None:
            return
        # One more try for each, alone: the neighbours of an item that kills have done nothing.
        for item in list(left.values()):
            death = self._do(function, {item.id: item}, results)
            if death is not None:
                self._put(results, function.failed(item, _killed(death)))

    def _do(
        self, function: ShardFunction, left: dict[str, Item], results: Queue[Any]
    ) -> Death | None:
        """Do what is left, also where machines are lost meanwhile; the death of a worker."""
        tries = 0
        while True:
            death = self._into(results, self._do_left(function, left))
            tries += 1
            if death is None or not death.lost or tries == LOST_TRIES:
                return death

    def _into(self, results: Queue[Any], doing: Generator[Any, None, Death | None]) -> Death | None:
        """Put everything that a generator makes into the queue; what it returns."""
        while True:
            try:
                self._put(results, next(doing))
            except StopIteration as end:
                death: Death | None = end.value
                return death

    def _do_left(
        self, function: ShardFunction, left: dict[str, Item]
    ) -> Generator[Any, None, Death | None]:
        """Do what is left, and take from it what is done; returns how the worker died."""
        death: Death | None = None
        for _ in range(OPENING_TRIES):
            if function in self._unopened:
                break
            worker, death = self._free(function), None
            try:
                for result in worker.run(function, list(left.values())):
                    del left[result.id]
                    yield result
            except DiedError as died:
                death = Death(how=self._end(worker), lost=died.lost)
                if self._stopping:
                    raise
            except VoiceError as error:
                self._unopened[function] = error
            finally:
                if death is None:
                    self._idle.append(worker)
            if function in worker.opened or (death is not None and death.lost):
                return death
        why = self._unopened.setdefault(function, _kills(death))
        for name in list(left):
            yield function.failed(left.pop(name), why)
        return None

    def _free(self, function: ShardFunction) -> RemoteWorker:
        """A worker that has nothing to do; a new one where all have."""
        while True:
            with self._lock:
                if self._stopping:
                    raise DiedError
                if self._idle:
                    return self._idle.pop()
            worker = self._start(function, self._needless)
            if worker is not None:
                with self._lock:
                    self.workers.add(worker)
                return worker

    def _needless(self) -> bool:
        return self._stopping or bool(self._idle)

    def _end(self, worker: RemoteWorker) -> str:
        with self._lock:
            self.workers.discard(worker)
        return worker.end()

    def _taken(self, results: Queue[Any]) -> Any:
        """The next result, unless workers were told to end."""
        while not self._stopping:
            with suppress(Empty):
                return results.get(timeout=_POLL)
        raise DiedError

    def _put(self, results: Queue[Any], result: Any) -> None:
        """Wait for room, as long as somebody listens."""
        while not self._stopping:
            with suppress(Full):
                results.put(result, timeout=_POLL)
                return


def _killed(death: Death) -> EngineError:
    if death.how == FULL:
        return EngineError(
            "device.memory",
            "the system killed the worker that spoke this line twice (SIGKILL), which it does where"
            " memory is full",
            hint="fewer workers, end other programs, or split the line",
        )
    return EngineError(
        "engine.worker-died",
        f"the worker that spoke this line died of it twice ({death.how})",
        hint="split or change the line, and report it together with the voice",
    )


def _kills(death: Death | None) -> EngineError:
    if death is not None and death.how == FULL:
        return EngineError(
            "device.memory",
            "the system killed the workers that opened the voice (SIGKILL), which it does where"
            " memory is full",
            hint="fewer workers, end other programs, or --executor local",
        )
    return EngineError(
        "engine.worker-died",
        f"workers that opened the voice died ({death.how if death else ''})",
        hint="try --executor local, and report it together with the voice",
    )
