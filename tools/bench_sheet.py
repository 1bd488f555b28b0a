"""How long a sheet takes until every line is planned, and how much memory.

    python -m tools.bench_sheet --rows 10000

A workbook is made up, and `sbv2 render --dry-run` plans it with the built-in voice: the sheet is
read, each line gets its voice, numbers, file name and reading, and is compared with the earlier
run. No network is loaded. `cpu_s` is what the process itself has used, also where others are at
work.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from sbv2cli.writers.tables import write_xlsx

COLUMNS = ("ボイスID", "キャラ名", "セリフ", "シーン", "演技指示")
CHARACTERS = ("太郎", "花子", "ナレーター")


def sheet(path: Path, rows: int) -> None:
    """A recording sheet of a game."""
    lines = (
        {
            "ボイスID": f"v{number:05d}",
            "キャラ名": CHARACTERS[number % len(CHARACTERS)],
            "セリフ": f"｜灯台《とうだい》の{number}番目の手紙を、まだ誰も読んでいない。",
            "シーン": f"s{number // 50:03d}",
            "演技指示": "静かに",
        }
        for number in range(rows)
    )
    with path.open("wb") as file:
        write_xlsx(lines, COLUMNS, file)


def planned(path: Path, folder: Path) -> dict[str, float]:
    """Seconds and memory of the command."""
    command = [sys.executable, "-m", "sbv2cli", "render", str(path), "--dry-run", "--no-config"]
    started = time.monotonic()
    child = os.posix_spawn(
        sys.executable,
        [*command, "-q", "-o", str(folder / "out")],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"the command ended with status {os.waitstatus_to_exitcode(status)}")
    return {
        "wall_s": round(time.monotonic() - started, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": round(used.ru_maxrss / 1024, 1),
    }


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "lines.xlsx"
        sheet(path, rows)
        print(json.dumps({"rows": rows, **planned(path, Path(name))}))


if __name__ == "__main__":
    main()
