"""Checkpoints of torch -> what they hold, without running anything that they name.

A checkpoint is a pickle, and a pickle names what rebuilds it. torch's reader refuses every name
but those of tensors. Training programs keep more beside the parameters, which nobody needs here: a
rate as a number of numpy, a folder as a path, the settings of Coqui. Of these names none is ever
looked up: where one stands, an empty object is put.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self

import torch

# Names of mere values. What else a file names could be a command, and the file is refused.
VALUES = re.compile(
    r"numpy\.(_?core\.multiarray\.(scalar|_reconstruct)|ndarray|dtype|dtypes\.\w+)"
    r"|pathlib\.(\w+\.)?(Pure)?(Posix|Windows)?Path"
    r"|argparse\.Namespace"
    r"|(TTS|mozilla_voice_tts)(\.\w+)+"
)
# The same of tables: `defaultdict`, and the settings of old files of Coqui.
TABLE = re.compile(r"collections\.defaultdict")
SETTINGS = re.compile(r"(TTS|mozilla_voice_tts)(\.\w+)+Dict")
KINDS_OF_TABLES = ("dict", "builtins.dict", "__builtin__.dict")

# What stands for a name is known to the whole process while a file is read.
_ONE_AT_A_TIME = threading.Lock()

Stands = list[Callable[..., Any] | tuple[Callable[..., Any], str]]


class Ignored:
    """Stands where a value is that nobody needs."""

    def __init__(self, *_: object) -> None:
        pass

    def __new__(cls, *_: object) -> Self:
        """Whatever the value was made of."""
        return super().__new__(cls)

    def __setstate__(self, _: object) -> None:
        """Keeps nothing."""


def _table(*_: object) -> dict[Any, Any]:
    """Stands where a table is that has values for missing keys."""
    return {}


def read(path: Path) -> Any:
    """What the file holds, on the CPU.

    Raises:
        pickle.UnpicklingError: it names something that could be run.
    """
    with _ONE_AT_A_TIME, _stand_ins(path):
        # `weights_only` refuses every pickle that would run something else than rebuild tensors.
        return torch.load(path, map_location="cpu", weights_only=True, mmap=False)


def _stand_ins(path: Path) -> Any:
    names = _strange_names(path)
    tables: Stands = [(_table, name) for name in names if TABLE.fullmatch(name)]
    kinds: Stands = [(Ignored, name) for name in names if tables and name in KINDS_OF_TABLES]
    values: Stands = [
        (OrderedDict if SETTINGS.fullmatch(name) else Ignored, name)
        for name in names
        if VALUES.fullmatch(name)
    ]
    found = [*tables, *kinds, *values]
    return torch.serialization.safe_globals(found) if found else nullcontext()


def _strange_names(path: Path) -> list[str]:
    """What the pickle names beside tensors, read without unpickling it."""
    # Of torch 2.6. With an older one such a file is refused, as one with commands is.
    list_names = getattr(torch.serialization, "get_unsafe_globals_in_checkpoint", None)
    if list_names is None:
        return []
    try:
        found: list[str] = list_names(path)
    except Exception:  # noqa: BLE001 - no archive, or a broken one: reading it says so
        return []
    return found
