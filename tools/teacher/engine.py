"""The HTS engine: full-context labels and a voice file in, sound and the time of each phone out."""

from __future__ import annotations

import os
import subprocess
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TICK_S = 1e-7  # unit of the times in HTS labels


def speak(
    binary: Path, voice: Path, labels: Sequence[str], folder: Path, *, gain_db: float = 0.0
) -> tuple[NDArray[np.float32], int, list[tuple[float, float]]]:
    """Samples, their rate, and begin and end of each label in seconds.

    `folder` is for the engine's files; two calls at a time need two folders.
    """
    script, sound, times = folder / "in.lab", folder / "out.wav", folder / "out.lab"
    script.write_text("".join(f"{line}\n" for line in labels), encoding="utf-8")
    command = [binary, "-m", voice, "-od", times, "-ow", sound, "-g", gain_db, script]
    done = subprocess.run(  # noqa: S603 - the program that the caller named
        [str(part) for part in command],
        env={**os.environ, "LD_LIBRARY_PATH": _libraries(binary)},
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{binary}: {done.stderr.decode(errors='replace').strip()[:300]}")
    with wave.open(str(sound)) as file:
        rate = file.getframerate()
        raw = file.readframes(file.getnframes())
    samples = np.frombuffer(raw, dtype="<i2").astype(np.float32) / 32768
    return samples, rate, read_times(times.read_text(encoding="utf-8"))


def read_times(text: str) -> list[tuple[float, float]]:
    """Begin and end in seconds of each line of a label file with times."""
    rows = [line.split(maxsplit=2) for line in text.splitlines() if line.strip()]
    return [(int(begin) * TICK_S, int(end) * TICK_S) for begin, end, _ in rows]


def _libraries(binary: Path) -> str:
    """Where the engine's library lies if a Debian package was unpacked rather than installed."""
    found = [str(path.parent) for path in binary.parent.parent.glob("lib/*/libHTSEngine.so.1")]
    return os.pathsep.join([*found, os.environ.get("LD_LIBRARY_PATH", "")])
