"""Nothing is sent and nothing is left behind: an empty home, and sockets that are watched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_voice

from sbv2cli.export import onnx_voice
from sbv2cli.export.options import Options

WATCH = """
import atexit, os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        address = arguments[-1] if event == "socket.connect" else arguments[0]
        if event != "socket.connect" or isinstance(address, tuple):
            os.write(2, f"CONNECTION {event} {address}\\n".encode())
            os._exit(99)

sys.addaudithook(watch)
atexit.register(
    lambda: open(os.environ["WATCH_LOG"], "a").write(
        "".join(f"{name}\\n" for name in ("onnxruntime",) if name in sys.modules)
    )
)
"""

# The dictionary of the Japanese engine, which it unpacks once: the README says so.
UNPACKED = Path(".cache/haqumei")


@pytest.fixture(scope="module")
def voices(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("voices")
    bundle = tiny_voice.opened(folder / "hana")
    onnx_voice.convert(bundle, folder / "graphs", Options())
    return folder


@pytest.mark.parametrize(
    ("command", "asked_for"),
    [
        ("check l.csv", False),
        ("check l.csv --mode compat", True),  # its engine guesses 何 by it
        ("say -m {voices}/hana -o out/a.wav おはよう", False),
        ("say -m {voices}/graphs --backend onnx -o out/a.wav おはよう", True),
        ("render l.csv -m {voices}/hana -o out", False),
        ("render l.csv -m {voices}/graphs --executor processes -j 2 -o out", True),
    ],
)
def test_nothing_is_sent_and_nothing_left(tmp_path, voices, command, asked_for):
    home, here, watch = (tmp_path / name for name in ("home", "here", "watch"))
    for folder in (home, here / "out", watch):
        folder.mkdir(parents=True)
    (here / "l.csv").write_text("id,text\na,何ですか\nb,おはよう\n", encoding="utf-8")
    (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in voices.rglob("*")}
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    path = os.pathsep.join([str(watch), *filter(None, [kept.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "sbv2cli", *command.format(voices=voices).split()],
        cwd=here,
        env={
            **kept,
            "HOME": str(home),
            "PYTHONPATH": path,
            "WATCH_LOG": str(watch / "log"),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "CONNECTION" not in done.stderr
    assert ("onnxruntime" in (watch / "log").read_text().split()) == asked_for
    left = [path.relative_to(home) for path in home.rglob("*") if path.is_file()]
    assert [path for path in left if UNPACKED not in path.parents] == []
    assert {path.name for path in here.iterdir()} == {"l.csv", "out"}
    assert {path: path.stat().st_mtime_ns for path in voices.rglob("*")} == before
