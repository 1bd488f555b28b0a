"""The random voice as ONNX graphs, made with the command that people use."""

from __future__ import annotations

from pathlib import Path

from sbv2cli.bench import command
from sbv2cli.bench import voice as bench_voice


def write(folder: Path, size: str) -> dict[str, Path]:
    """The voice's folder for each backend; the language model is left out."""
    torch, onnx = folder / "voice", folder / "graphs"
    bench_voice.write(torch, size, bert=False)
    arguments = ["-m", "sbv2cli", "voices", "convert", "--no-config", str(torch)]
    command.run([*arguments, "--to", "onnx", "--signature", "own", "-o", str(onnx)])
    return {"torch": torch, "onnx": onnx}
