"""`sbv2 bench render`: a whole script through the command line, then again, then with one change.

The voice is next to nothing, so that what is measured is everything around the network: reading,
planning, writing, the manifest.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sbv2cli.bench import voice as bench_voice
from sbv2cli.bench.frontend import SENTENCES
from sbv2cli.errors import MachineError

CHANGED = 7  # the row whose text is changed


def measure(lines: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds, seconds per thousand lines and largest memory of each step."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        bench_voice.write(folder / "voice", "tiny")
        sheet = folder / "lines.csv"
        rows = [f'r{n},"{SENTENCES[n % len(SENTENCES)]}{n}"' for n in range(lines)]
        _write(sheet, rows)
        figures: dict[str, Any] = {"lines": lines}
        say(f"speaking {lines} lines")
        figures["first_run"] = _run(folder, lines)
        say("the same again")
        figures["nothing_changed"] = _run(folder, lines)
        rows[CHANGED] = rows[CHANGED][:-1] + '変わりました"'
        _write(sheet, rows)
        before = _times(folder / "out")
        say("one cell changed: the plan, then the work")
        figures["plan_of_one_change"] = _run(folder, lines, "--dry-run")
        figures["one_change"] = _run(folder, lines)
        after = _times(folder / "out")
        figures["files_rewritten"] = sum(after[path] != before.get(path) for path in after)
        return figures


def _write(sheet: Path, rows: list[str]) -> None:
    sheet.write_text("\n".join(["id,text", *rows, ""]), encoding="utf-8")


def _times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("*.wav")}


def _run(folder: Path, lines: int, *more: str) -> dict[str, Any]:
    command = [
        *(sys.executable, "-m", "sbv2cli", "render", "lines.csv"),
        *("-m", "voice", "-o", "out", "--timings", "none", "--quiet", *more),
    ]
    said = folder / "said.txt"
    start = perf_counter()
    with said.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=file)  # noqa: S603
        status, peak = _wait(process)
    seconds = perf_counter() - start
    if status:
        raise MachineError(
            "bench.step",
            f"a step of the benchmark ended with status {status}:"
            f" {said.read_text(encoding='utf-8').strip()[-300:]}",
            hint="run the command by hand: " + " ".join(["sbv2", *command[3:]]),
        )
    figures: dict[str, Any] = {
        "seconds": round(seconds, 2),
        "seconds_per_1000_lines": round(1000 * seconds / lines, 3),
    }
    return figures if peak is None else {**figures, "peak_memory_mib": peak}


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, int | None]:
    """Exit status, and MiB of the largest process of this step, where the system tells."""
    if not hasattr(os, "wait4"):
        return process.wait(), None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    kib = usage.ru_maxrss if sys.platform == "linux" else usage.ru_maxrss >> 10
    return process.returncode, kib >> 10
