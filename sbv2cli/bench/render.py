"""`sbv2 bench render`: a whole script through the command line, then again, then with one change.

The voice is next to nothing, so that what is measured is everything around the network: reading,
planning, writing, the manifest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sbv2cli.bench import command, voice_folder
from sbv2cli.bench.frontend import SENTENCES

CHANGED = 7  # the row whose text is changed


def measure(lines: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds, seconds per thousand lines and largest memory of each step."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        voice_folder.write(folder / "voice", "tiny")
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
    arguments = ["-m", "sbv2cli", "render", "lines.csv", "-m", "voice", "-o", "out"]
    ran = command.run([*arguments, "--timings", "none", "--quiet", *more], folder)
    figures: dict[str, Any] = {
        "seconds": round(ran.seconds, 2),
        "seconds_per_1000_lines": round(1000 * ran.seconds / lines, 3),
    }
    return figures if ran.peak_mib is None else {**figures, "peak_memory_mib": ran.peak_mib}
