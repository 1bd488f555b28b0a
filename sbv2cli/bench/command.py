"""A command of ours as people run it: how long it takes, and how much memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any

from sbv2cli.errors import MachineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A process that has ended."""

    seconds: float
    # Where the system tells: processor time, which other work on the machine stretches less than
    # the clock, and memory of the largest process.
    cpu_seconds: float | None
    peak_mib: int | None

    def figures(self) -> dict[str, Any]:
        """What is known of it, as JSON."""
        known = {"cpu_seconds": self.cpu_seconds, "peak_memory_mib": self.peak_mib}
        return {
            "seconds": round(self.seconds, 2),
            **{name: round(value, 2) for name, value in known.items() if value is not None},
        }


def run(arguments: Sequence[str], folder: Path | None = None) -> Ran:
    """Run Python with these arguments."""
    start = perf_counter()
    with TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, *arguments], cwd=folder, env=_environment(), stdout=said, stderr=said
        )
        status, cpu_seconds, peak_mib = _wait(process)
        seconds = perf_counter() - start
        said.seek(0)
        words = said.read().decode("utf-8", "replace").strip()
    if status:
        raise MachineError(
            "bench.step",
            f"a step of the benchmark ended with status {status}: {words[-300:]}",
            hint=f"run it by hand: python {' '.join(arguments)}",
        )
    return Ran(seconds=seconds, cpu_seconds=cpu_seconds, peak_mib=peak_mib)


def _environment() -> dict[str, str]:
    """Ours, but modules are kept compiled, as an installation has them."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, float | None, int | None]:
    if not hasattr(os, "wait4"):
        return process.wait(), None, None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    kib = usage.ru_maxrss if sys.platform == "linux" else usage.ru_maxrss >> 10
    return process.returncode, usage.ru_utime + usage.ru_stime, kib >> 10
