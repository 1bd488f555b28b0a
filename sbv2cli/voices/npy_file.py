"""Arrays from `.npy` files of others: what the header promises is compared with what is there."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

if TYPE_CHECKING:
    from numpy.typing import NDArray


def load(path: Path) -> NDArray[Any]:
    """The array of a file.

    Raises:
        ValueError: the file is something else, or another length than its header says.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _read(file)


def parse(data: bytes) -> NDArray[Any]:
    """The same of bytes."""
    return _read(io.BytesIO(data))


def _read(file: BinaryIO) -> NDArray[Any]:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    version = npy.read_magic(file)
    header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
    if header is None:
        raise ValueError(f"the version {version} of the file is not known")
    shape, _, kind = header(file)
    if kind.hasobject:
        raise ValueError("it holds objects, which could run code")
    promised = math.prod(shape) * kind.itemsize  # of whole numbers that do not wrap around
    if promised != size - file.tell():
        raise ValueError(
            f"its header promises {promised:,} bytes, and there are {size - file.tell():,}"
        )
    file.seek(0)
    array: NDArray[Any] = np.load(file, allow_pickle=False)
    return array
