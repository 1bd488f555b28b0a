"""Curves of a run as one PNG: a panel per number, drawn without a plotting library."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.training.checkpoints import write_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT, MARGIN, ACROSS = 360, 200, 24, 3
WHITE, GREY, INK, LINE = (255, 255, 255), (225, 225, 225), (60, 60, 60), (31, 119, 180)
LEFT_OUT = frozenset({"step", "epoch"})

# Glyphs of three columns and five rows; each row is an octal digit, the left column its high bit.
GLYPHS = {
    "0": 0o75557, "1": 0o26227, "2": 0o71747, "3": 0o71717, "4": 0o55711, "5": 0o74717,
    "6": 0o74757, "7": 0o71122, "8": 0o75757, "9": 0o75717, "a": 0o75755, "b": 0o65656,
    "c": 0o74447, "d": 0o65556, "e": 0o74647, "f": 0o74644, "g": 0o74557, "h": 0o55755,
    "i": 0o72227, "j": 0o11157, "k": 0o55655, "l": 0o44447, "m": 0o57755, "n": 0o65555,
    "o": 0o75557, "p": 0o75744, "q": 0o75571, "r": 0o75655, "s": 0o74717, "t": 0o72222,
    "u": 0o55557, "v": 0o55552, "w": 0o55775, "x": 0o55255, "y": 0o55222, "z": 0o71247,
    ".": 0o00002, "-": 0o00700, "+": 0o02720, "_": 0o00007, " ": 0,
}  # fmt: skip


def plot_scalars(rows: Sequence[dict[str, float]], path: Path) -> None:
    """Write the panels of all numbers that have two points at least."""
    panels = []
    for name in dict.fromkeys(name for row in rows for name in row):
        points = np.array(
            [
                (row["step"], row[name])
                for row in rows
                if name in row and math.isfinite(row[name]) and name not in LEFT_OUT
            ]
        )
        if len(points) >= 2:
            panels.append((name, points))
    if not panels:
        return
    down = -(-len(panels) // ACROSS)
    canvas = np.full((down * HEIGHT, ACROSS * WIDTH, 3), WHITE, dtype=np.uint8)
    for index, (name, points) in enumerate(panels):
        row, column = divmod(index, ACROSS)
        cell = canvas[row * HEIGHT : (row + 1) * HEIGHT, column * WIDTH : (column + 1) * WIDTH]
        _panel(cell, name, points)
    write_bytes(path, png(canvas))


def _panel(cell: NDArray[np.uint8], name: str, points: NDArray[np.float64]) -> None:
    steps, values = points[:, 0], points[:, 1]
    low, high = values.min(), values.max()
    inner_w, inner_h = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    for quarter in range(5):
        cell[MARGIN + inner_h * quarter // 4, MARGIN : WIDTH - MARGIN] = GREY
    x = MARGIN + (steps - steps[0]) / max(steps[-1] - steps[0], 1e-12) * inner_w
    y = MARGIN + (1 - (values - low) / max(high - low, 1e-12)) * inner_h
    for (x0, y0), (x1, y1) in pairwise(zip(x, y, strict=True)):
        count = 2 + int(max(abs(x1 - x0), abs(y1 - y0)))
        across = np.linspace(x0, x1, count).round().astype(int).clip(0, WIDTH - 1)
        down = np.linspace(y0, y1, count).round().astype(int).clip(0, HEIGHT - 1)
        cell[down, across] = LINE
        cell[(down + 1).clip(0, HEIGHT - 1), across] = LINE
    _write(cell, name.replace("_", " "), MARGIN, 6)
    _write(cell, f"{high:.4g}", WIDTH - MARGIN - 60, 6)
    _write(cell, f"{low:.4g}", WIDTH - MARGIN - 60, HEIGHT - 16)
    _write(cell, f"{steps[0]:.0f} - {steps[-1]:.0f}", MARGIN, HEIGHT - 16)


def _write(cell: NDArray[np.uint8], text: str, left: int, top: int, size: int = 2) -> None:
    for letter in text:
        glyph = GLYPHS.get(letter, 0)
        for bit in range(15):
            if glyph >> (14 - bit) & 1:
                row, column = divmod(bit, 3)
                y, x = top + row * size, left + column * size
                cell[y : y + size, x : x + size] = INK
        left += 4 * size


def png(pixels: NDArray[np.uint8]) -> bytes:
    """An image of [height, width, 3] bytes as a PNG file."""
    height, width, _ = pixels.shape
    # Every row begins with the number of its filter; zero is none.
    rows = np.concatenate(
        [np.zeros((height, 1), dtype=np.uint8), pixels.reshape(height, -1)], axis=1
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
