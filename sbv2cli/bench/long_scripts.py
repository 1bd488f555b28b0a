"""`sbv2 bench resume`: long scripts whose lines are there already.

Speaking a million lines takes days, and planning, resuming and finishing them is what grows with a
script. So a thousand texts are spoken, and the journal of a longer script is made of their rows: as
if its run had been killed after the last line. The files of its lines are links.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sbv2cli.bench import command, voice_folder
from sbv2cli.bench.frontend import SENTENCES
from sbv2cli.writers.manifest import as_bytes

COUNTS = (100, 1_000, 10_000, 100_000, 1_000_000)
TEXTS = 1_000  # that are spoken
CHANGED = 7  # the row whose text is changed
SCRIPT, OUT = "lines.csv", "out"


def measure(lines: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds and largest memory of each step, by the lines of the script."""
    figures: dict[str, Any] = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        voice_folder.write(folder / "voice", "tiny")
        texts = [f"{SENTENCES[n % len(SENTENCES)]}{n}" for n in range(min(lines, TEXTS))]
        say(f"speaking {len(texts):,} texts")
        _write_script(folder, texts, len(texts))
        _run(folder, "spoken")
        for count in (*(count for count in COUNTS if count < lines), lines):
            figures[str(count)] = _measured(folder, texts, count, say)
    return {"lines": lines, "scripts": figures}


def _measured(
    folder: Path, texts: list[str], count: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """What a script of so many lines takes, resumed, again and with a change."""
    say(f"{count:,} lines: writing what a killed run would have left")
    _write_script(folder, texts, count)
    _write_journal(folder, count)
    say(f"{count:,} lines: resuming and finishing")
    figures = {"resumed": _run(folder, OUT).figures()}
    say(f"{count:,} lines: the same again")
    figures["nothing_changed"] = _run(folder, OUT).figures()
    _write_script(folder, texts, count, changed=min(CHANGED, count - 1))
    say(f"{count:,} lines: one cell changed, and its plan")
    figures["plan_of_one_change"] = _run(folder, OUT, "--dry-run").figures()
    size = (folder / OUT / "manifest.jsonl").stat().st_size
    return {**figures, "manifest_mib": round(size / 2**20, 1)}


def _write_script(folder: Path, texts: list[str], count: int, changed: int | None = None) -> None:
    with (folder / SCRIPT).open("w", encoding="utf-8") as file:
        file.write("id,text\n")
        for n in range(count):
            more = "変わりました" if n == changed else ""
            file.write(f'r{n},"{texts[n % len(texts)]}{more}"\n')


def _write_journal(folder: Path, count: int) -> None:
    spoken, out = folder / "spoken", folder / OUT
    out.mkdir(exist_ok=True)
    with (spoken / "manifest.jsonl").open(encoding="utf-8") as journal:
        records = [json.loads(row) for row in journal]
    rows = [record for record in records if record["type"] == "line"]
    with (out / "manifest.jsonl").open("wb") as file:
        file.write(as_bytes(records[0]))
        for n in range(count):
            row = rows[n % len(rows)]
            id_, name = f"r{n}", f"r{n}.wav"
            if not (out / name).exists():
                os.link(spoken / row["file"], out / name)
            # A text stands in quotes behind its id and a comma.
            source = {**row["source"], "line": n + 2, "col": len(id_) + 2}
            row = {**row, "id": id_, "n": n + 1, "file": name, "source": source}
            file.write(as_bytes(row))


def _run(folder: Path, out: str, *more: str) -> command.Ran:
    arguments = ["-m", "sbv2cli", "render", SCRIPT, "-m", "voice", "-o", out, "--no-config"]
    return command.run([*arguments, "--timings", "none", "--quiet", *more], folder)
