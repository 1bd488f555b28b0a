"""What tests of the command line share: answers, scripts, and a look at what a run left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """What a command answered."""

    status: int
    data: bytes
    talk: str

    @property
    def out(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.data)


Sbv2 = Callable[..., Result]


def script(name: str, text: str) -> Path:
    """A script in the current folder."""
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def rows(folder: str | Path = "out") -> dict[str, dict[str, Any]]:
    """The line records of a manifest, by id; the last of an id wins."""
    records = map(json.loads, (Path(folder) / "manifest.jsonl").read_text("utf-8").splitlines())
    return {record["id"]: record for record in records if record["type"] == "line"}


def files(folder: str | Path = "out") -> dict[str, bytes]:
    """Every audio file and sidecar below a folder, by its path."""
    root = Path(folder)
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in {"manifest.jsonl", "changes.md", "changes.csv"}
    }


def without_torch(*arguments: object) -> None:
    """Run the command line in a process in which torch cannot be imported, and is not tried."""
    code = (
        "import sys\n"
        "class Wall:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] in ('torch', 'transformers', 'safetensors'):\n"
        "            raise AssertionError(name)\n"
        "sys.meta_path.insert(0, Wall())\n"
        "from sbv2cli.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)
