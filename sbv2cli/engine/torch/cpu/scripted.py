"""Functions that Python starts and that then compute without it.

Python lets one thread at a time call an operator, and to call one costs several microseconds. With
small layers that is as long as they compute, and two threads wait for each other. TorchScript runs
the same operators in the same order, to the bit (`tests/unit/engine/test_narrow.py`), without
Python. Translations of the built-in voice take 0.7 s in all, so it has to be called often.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, ParamSpec, TypeVar

import torch

# Calls that show that there will be many: a line alone is said before a translation would be done.
CALLS_BEFORE = 64

Given = ParamSpec("Given")
Made = TypeVar("Made")

_translating = Lock()


class Scripted(Generic[Given, Made]):
    """A function of tensors, translated once it has been called often; its result is the same."""

    def __init__(self, function: Callable[Given, Made]) -> None:
        self._run = self._plain = function
        self._left = CALLS_BEFORE

    def __call__(self, *args: Given.args, **kwargs: Given.kwargs) -> Made:
        """Call it."""
        if self._left > 0:
            self._left -= 1
            if self._left <= 0:
                with _translating:
                    self._run = translated(self._plain)
        return self._run(*args, **kwargs)

    @property
    def is_translated(self) -> bool:
        """Whether it runs without Python."""
        return self._run is not self._plain


def translated(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """The function without Python; the function itself where this torch cannot translate it."""
    try:
        script: Callable[Given, Made] = torch.jit.script(function)
    except (AttributeError, NotImplementedError, RuntimeError):
        return function
    return script
