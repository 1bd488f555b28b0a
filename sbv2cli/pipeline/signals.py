"""Ctrl-C once stops in good order, twice at once; so does a polite kill."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

_STATUS_BASE = 128


class InterruptedRunError(KeyboardInterrupt):
    """The run was asked to stop; `status` is what the shell expects for it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = _STATUS_BASE + number


class Interruptible:
    """Makes `InterruptedRunError` of SIGINT and SIGTERM, in the main thread, during a `with`."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._asked = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._asked:
            # Whoever asks twice does not want to wait for anything.
            os._exit(_STATUS_BASE + number)
        self._asked = True
        raise InterruptedRunError(number)
