"""A line that ends the process which draws its noise: what a fault in a library does."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import tiny_voice

WAYS = {
    "abort": os.abort,
    "fault": lambda: ctypes.string_at(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(7),
    "sleep": lambda: time.sleep(600),
}


@dataclass(frozen=True)
class Deadly:
    """The name of a line's noise: whoever writes it out dies, with `once` only the first."""

    way: str
    once: Path | None = None

    def __format__(self, spec: str) -> str:
        if self.once is None or not self.once.exists():
            if self.once is not None:
                self.once.touch()
            WAYS[self.way]()
        return "words"


def deadly(bundle, number, way, once=None):
    return replace(
        tiny_voice.utterance(bundle, number, phones=4),
        noise_name=Deadly(way, once),
        noise_scale_w=0.5,
    )
