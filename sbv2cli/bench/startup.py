"""`sbv2 bench startup`: how long commands take to begin, beside bare Python and bare imports."""

from __future__ import annotations

import statistics
import subprocess
import sys
from time import perf_counter
from typing import Any

COMMANDS = {
    "bare_python": ["-c", "pass"],
    "help": ["-m", "sbv2cli", "--help"],
    "version": ["-m", "sbv2cli", "--version"],
    "import_torch": ["-c", "import torch"],
}


def measure(repeats: int) -> dict[str, Any]:
    """Median wall seconds of each command, in turn, and what they cost over bare Python."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(repeats + 1):
        for name, arguments in COMMANDS.items():
            start = perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603
            times[name].append(perf_counter() - start)
    # The first run of each fills the file cache.
    medians = {name: statistics.median(seconds[1:]) for name, seconds in times.items()}
    bare = medians["bare_python"]
    return {
        "seconds": {name: round(seconds, 4) for name, seconds in medians.items()},
        "help_over_bare_python_seconds": round(medians["help"] - bare, 4),
        "help_to_bare_python_ratio": round(medians["help"] / bare, 2),
    }
