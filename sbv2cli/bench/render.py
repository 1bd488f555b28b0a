"""`sbv2 bench render`: scripts of several lengths through the command line, then one change.

The voice is next to nothing, so that what is measured is everything around the network: reading,
planning, writing, the manifest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sbv2cli.bench import command, voice_folder
from sbv2cli.bench.command import Ran
from sbv2cli.bench.frontend import SENTENCES

CHANGED = 7  # the row whose text is changed

# Lines of the scripts that a longer one is compared with.
SHORTER = (100, 1_000)


def measure(lines: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds and largest memory of each step, and what a line costs in scripts of each length."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        voice_folder.write(folder / "voice", "tiny")
        figures: dict[str, Any] = {"lines": lines}
        say("a line alone, twice: what it takes to begin")
        _write(folder, _texts(1))
        _run(folder, "out-warm")  # modules are compiled, files come into the cache
        alone = _run(folder, "out-1")
        figures["one_line"] = alone.figures()
        scripts = {}
        for count in (*(count for count in SHORTER if count < lines), lines):
            say(f"speaking {count} lines")
            _write(folder, _texts(count))
            ran = _run(folder, f"out-{count}")
            each = (ran.seconds - alone.seconds) / max(1, count - 1)
            scripts[str(count)] = {**ran.figures(), "ms_per_further_line": round(1000 * each, 2)}
        out = f"out-{lines}"
        figures["scripts"] = scripts
        say("the same again")
        figures["nothing_changed"] = _run(folder, out).figures()
        texts = _texts(lines)
        texts[min(CHANGED, lines - 1)] += "変わりました"
        _write(folder, texts)
        before = _times(folder / out)
        say("one cell changed: the plan, then the work")
        figures["plan_of_one_change"] = _run(folder, out, "--dry-run").figures()
        figures["one_change"] = _run(folder, out).figures()
        after = _times(folder / out)
        figures["files_rewritten"] = sum(after[path] != before.get(path) for path in after)
        return figures


def _texts(count: int) -> list[str]:
    return [f"{SENTENCES[n % len(SENTENCES)]}{n}" for n in range(count)]


def _write(folder: Path, texts: list[str]) -> None:
    rows = [f'r{n},"{text}"' for n, text in enumerate(texts)]
    (folder / "lines.csv").write_text("\n".join(["id,text", *rows, ""]), encoding="utf-8")


def _times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("*.wav")}


def _run(folder: Path, out: str, *more: str) -> Ran:
    arguments = ["-m", "sbv2cli", "render", "lines.csv", "-m", "voice", "-o", out, "--no-config"]
    return command.run([*arguments, "--timings", "none", "--quiet", *more], folder)
