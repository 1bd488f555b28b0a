"""Ctrl-C once stops in good order, twice at once; so does a polite kill."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_STATUS_BASE = 128


class InterruptedRunError(KeyboardInterrupt):
    """The run was asked to stop; `status` is what the shell expects for it."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


def raised(status: int) -> NoReturn:
    """Stop wherever the main thread is just now."""
    raise InterruptedRunError(status)


@contextmanager
def noted(asked_to_stop: Callable[[int], object]) -> Iterator[None]:
    """Pass the first SIGINT or SIGTERM of a `with` on, as the status that the shell expects.

    The main thread calls it between any two of its instructions. Whoever asks twice does not want
    to wait for anything.
    """
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        del frame
        if asked:
            os._exit(_STATUS_BASE + number)
        asked = True
        asked_to_stop(_STATUS_BASE + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
