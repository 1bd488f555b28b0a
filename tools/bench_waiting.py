"""What `sbv2 say` takes as torch's threads wait for each other, where others want the processors.

    python -m tools.bench_waiting --runs 3

A parallel operator ends when its last thread does. Those that wait either count (active, what torch
does unless it is told), or sleep (passive), or count for a moment and then sleep (shortly, what
sbv2 tells it); a waiting thread that counts takes a core from whatever else wants one. Small voices
speak a line alone on one thread, so say with `--voice` a large one to see the difference. Prints
wall seconds and processor seconds, the median of each.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEXT = "今日はとても良い天気なので、公園まで散歩に行きませんか。"
# Given explicitly, they hold over what sbv2 sets.
MANNERS = {
    "active": {"OMP_WAIT_POLICY": "active"},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "shortly": {},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
BUSY = "while True: pass"


def say(manner: dict[str, str], out: Path, *voice: str) -> tuple[float, float]:
    """Wall and processor seconds of one call."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_"))}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "sbv2cli", "say", "-q", "-o", out, *voice, TEXT],
        env={**environment, **manner},
        check=True,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--busy", type=int, nargs="*", default=[0, os.cpu_count() or 1])
    options.add_argument("--voice", help="the one that ships where not given")
    asked = options.parse_args()
    voice = [] if asked.voice is None else ["--voice", asked.voice]
    print(f"load before: {os.getloadavg()[0]:.1f}, processors: {os.cpu_count()}")
    print("busy processes | threads | wall s | processor s")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "a.wav"
        say(MANNERS["passive"], out, *voice)  # files are in memory from here on
        for count in asked.busy:
            others = [
                subprocess.Popen([sys.executable, "-c", BUSY])  # noqa: S603
                for _ in range(count)
            ]
            try:
                for name, manner in MANNERS.items():
                    walls, seconds = zip(
                        *(say(manner, out, *voice) for _ in range(asked.runs)), strict=True
                    )
                    print(
                        f"{count} | {name} | {statistics.median(walls):.2f}"
                        f" | {statistics.median(seconds):.2f}"
                    )
            finally:
                for other in others:
                    other.kill()
                    other.wait()


if __name__ == "__main__":
    main()
