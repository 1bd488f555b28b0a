"""`sbv2 bench render --executor processes,ray`: what a run itself does for a line.

With whole lines made by workers that is to plan, to write and to note. It bounds how many workers
one computer can feed, so it is processor time of that process alone. The voice is next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sbv2cli.bench import command, machine, voice_folder
from sbv2cli.bench.frontend import SENTENCES
from sbv2cli.engine.torch.backend import choose_device
from sbv2cli.writers.manifest import NAME, read_manifest


def measure(names: Sequence[str], lines: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Render the same lines by each executor; processor time, clock and lines per second."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        voice_folder.write(folder / "voice", "tiny")
        rows = (f'r{n},"{SENTENCES[n % len(SENTENCES)]}{n}"' for n in range(lines))
        (folder / "lines.csv").write_text("\n".join(["id,text", *rows, ""]), encoding="utf-8")
        found = {}
        for executor in names:
            say(f"rendering {lines} lines: {executor}")
            found[executor] = _figures(executor, lines, folder)
    return {"lines": lines, "executors": found, "machine": machine.describe(choose_device("cpu"))}


def _figures(executor: str, lines: int, folder: Path) -> dict[str, Any]:
    arguments = ["-m", "sbv2cli", "render", "lines.csv", "-m", "voice", "-o", executor]
    command.run([*arguments, "--executor", executor, "--no-config", "--quiet"], folder)
    summary = read_manifest(folder / executor / NAME).summary or {}
    stages = summary["stages"]
    return {
        "seconds": summary["wall_s"],
        "lines_per_second": round(lines / summary["wall_s"], 1),
        # Of the process that runs the command, the plan included; with local that speaks too.
        "own_ms_per_line": round(1000 * stages["own_s"] / lines, 3),
        "made": summary["ok"] + summary["reused"],
    }
