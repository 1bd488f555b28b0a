"""Voices in folders, made in processes of their own.

A process that has held a network passes its size on to the peak of every process that it starts, so
whoever measures memory must stay small.
"""

from __future__ import annotations

from pathlib import Path

from sbv2cli.bench import command

_WRITE = (
    "import sys; from pathlib import Path; from sbv2cli.bench import voice;"
    "voice.write(Path(sys.argv[1]), sys.argv[2], bert=False)"
)


def write(folder: Path, size: str) -> None:
    """A voice folder with seeded random weights, and no need of a BERT."""
    command.run(["-c", _WRITE, str(folder), size])


def write_both(folder: Path, size: str) -> dict[str, Path]:
    """The folder of the same voice for each backend."""
    torch = folder / "voice"
    write(torch, size)
    return {"torch": torch, "onnx": convert(torch, folder / "graphs")}


def convert(voice: Path, folder: Path) -> Path:
    """The folder of ONNX files of a voice."""
    arguments = ["-m", "sbv2cli", "voices", "convert", "--no-config", str(voice)]
    command.run([*arguments, "--to", "onnx", "--signature", "own", "-o", str(folder)])
    return folder
