"""Puts finished sounds on the disk while the engine goes on, and notes each in the journal.

Threads encode and write; one more thread appends to the journal and tells the observer, so that
both see one line at a time. A signal never lands in the middle of either: Python delivers signals
to the main thread only.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from sbv2cli.records import ManifestRow

WRITERS = 2
# Sounds that wait to be written; beyond, the engine waits, and memory stays flat.
WAITING = 64

Note = Callable[[ManifestRow], None]
_END = object()


class Writing:
    """The threads behind the engine, for the time of a `with`."""

    def __init__(self, append: Note, note: Note) -> None:
        self._append = append
        self._note = note
        self._pool = ThreadPoolExecutor(WRITERS, "sbv2-write")
        self._room = threading.Semaphore(WAITING)
        self._done: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._teller = threading.Thread(target=self._tell, name="sbv2-journal")
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._teller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What the engine has made is kept, also when the run is stopped.
        self._pool.shutdown(wait=True, cancel_futures=self._failure is not None)
        self._done.put(_END)
        self._teller.join()
        if error is None:
            self.check()

    @property
    def broken(self) -> bool:
        """Whether a thread could not do its part."""
        return self._failure is not None

    def submit(self, work: Callable[[], ManifestRow]) -> None:
        """Have a line finished by a thread; waits while too many are under way."""
        self.submit_all(work() for work in (work,))

    def submit_all(self, rows: Iterator[ManifestRow]) -> None:
        """Have a thread take rows from an iterator that does the work."""
        self.check()
        self._room.acquire()
        self._pool.submit(self._run, rows)

    def tell(self, row: ManifestRow) -> None:
        """Note a line that needs no writing."""
        self.check()
        self._done.put(row)

    def check(self) -> None:
        """Raise what a thread could not do: a full disk, a closed pipe."""
        if self._failure is not None:
            raise self._failure

    def _run(self, rows: Iterator[ManifestRow]) -> None:
        try:
            while self._failure is None and (row := next(rows, None)) is not None:
                self._done.put(row)
        except BaseException as failure:  # noqa: BLE001 - handed to the main thread
            self._failure = self._failure or failure
        finally:
            self._room.release()

    def _tell(self) -> None:
        while True:
            row = self._done.get()
            if row is _END:
                return
            assert isinstance(row, ManifestRow)
            try:
                # After a failure the journal is still told of what is on the disk, if it can be.
                self._append(row)
                self._note(row)
            except BaseException as failure:  # noqa: BLE001 - handed to the main thread
                self._failure = self._failure or failure
