"""`sbv2 bench render --executor processes,ray`: what a run itself does for a line.

Where workers make whole lines that is to plan, to write and to note, and it bounds how many workers
one computer can feed. It is processor time of that process alone, from its start to its end, less
that of a run of one line. The voice is next to nothing.
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

# The command line in a process that leaves its processor time in a file.
_TIMED = """
import sys, time
from sbv2cli.cli.main import main
try:
    main(sys.argv[2:])
finally:
    with open(sys.argv[1], "w") as file:
        file.write(str(time.process_time()))
"""


def measure(names: Sequence[str], lines: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Render the same lines by each executor; processor time, clock and lines per second."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        voice_folder.write(folder / "voice", "tiny")
        for count in (1, lines):
            rows = (f'r{n},"{SENTENCES[n % len(SENTENCES)]}{n}"' for n in range(count))
            text = "\n".join(["id,text", *rows, ""])
            (folder / f"{count}.csv").write_text(text, encoding="utf-8")
        found = {}
        for executor in names:
            say(f"rendering {lines} lines: {executor}")
            alone, _ = _run(executor, 1, folder)
            own, summary = _run(executor, lines, folder)
            found[executor] = {
                "seconds": summary["wall_s"],
                "lines_per_second": round(lines / summary["wall_s"], 1),
                "own_seconds_of_one_line": round(alone, 2),
                # With local that is the speaking too.
                "own_ms_per_further_line": round(1000 * (own - alone) / (lines - 1), 3),
                "made": summary["ok"] + summary["reused"],
            }
        return {
            "lines": lines,
            "executors": found,
            "machine": machine.describe(choose_device("cpu")),
        }


def _run(executor: str, lines: int, folder: Path) -> tuple[float, dict[str, Any]]:
    """Processor time of a run, and its summary."""
    out = f"{executor}-{lines}"
    arguments = ["render", f"{lines}.csv", "-m", "voice", "-o", out, "--executor", executor]
    command.run(["-c", _TIMED, "seconds", *arguments, "--no-config", "--quiet"], folder)
    summary = read_manifest(folder / out / NAME).summary or {}
    return float((folder / "seconds").read_text()), dict(summary)
