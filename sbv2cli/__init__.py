"""Batch speech from Style-Bert-VITS2 voices."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sbv2cli.version import VERSION

# Before anybody loads onnxruntime, a package of ours or another's: as soon as it is loaded it would
# write a device identity into the user's folder for caches, and send what it counts.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# Before anybody loads torch: its threads count for a few microseconds while they wait for each
# other, and then sleep. By default they go on counting, and on a busy machine take the processors
# from whom they wait for: `tools.bench_waiting`. The first is for GNU's library, which torch has on
# Linux; others know the second alone.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    os.environ["OMP_WAIT_POLICY"] = "passive"

__version__ = VERSION

if TYPE_CHECKING:
    from sbv2cli.api import Line, Phone, Sound, Voice, join, load_voice
    from sbv2cli.errors import Sbv2Error
    from sbv2cli.records import Delivery, Reading

__all__ = [
    "Delivery",
    "Line",
    "Phone",
    "Reading",
    "Sbv2Error",
    "Sound",
    "Voice",
    "__version__",
    "join",
    "load_voice",
]

_LAZY = {
    "Delivery": "sbv2cli.records",
    "Line": "sbv2cli.api",
    "Phone": "sbv2cli.api",
    "Reading": "sbv2cli.records",
    "Sbv2Error": "sbv2cli.errors",
    "Sound": "sbv2cli.api",
    "Voice": "sbv2cli.api",
    "join": "sbv2cli.api",
    "load_voice": "sbv2cli.api",
}


def __getattr__(name: str) -> Any:
    # `import sbv2cli` stays cheap: torch and numpy come in with the first voice.
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
