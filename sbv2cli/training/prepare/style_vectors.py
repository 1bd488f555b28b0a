"""Style vectors of a dataset: measured ones that are given, or fixed ones that nothing measured.

A voice learns what a style vector means from the clips that carry it. Vectors measured from sound
let a person blend what was never recorded; fixed ones are switches, and need no model: Neutral is
the origin, every other style a direction at right angles to all others.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.errors import UsageError
from sbv2cli.training.checkpoints import write_bytes, write_whole
from sbv2cli.training.data import arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 256
FOLDER = "styles"  # of a dataset
MODEL = "model.sha256"  # what measured the vectors in it
NEUTRAL = "Neutral"

# A coordinate of a fixed vector: through a fresh projection such a vector weighs about as much as
# the embedding of a phone.
FIXED = 0.125


def fixed(styles: Sequence[str]) -> NDArray[np.float32]:
    """Row 0 the origin, then one row of a Hadamard matrix per style."""
    if len(styles) > SIZE:
        raise UsageError(
            "train.styles-many",
            f"{len(styles)} styles were named, {SIZE} fit at most",
            hint="check the column style, or the sub-folders of the audio",
        )
    rows, columns = np.arange(len(styles))[:, None], np.arange(SIZE)[None]
    odd = np.bitwise_count(rows & columns) % 2
    vectors = np.where(odd == 1, -FIXED, FIXED).astype(np.float32)
    vectors[0] = 0
    return vectors


def load_measured(folder: Path, audio: str) -> NDArray[np.float32] | None:
    """The vector given for a clip, as `NAME.npy` or `NAME.wav.npy`; `None` where there is none."""
    for name in (f"{audio}.npy", f"{Path(audio).with_suffix('')}.npy", f"{Path(audio).stem}.npy"):
        path = folder / name
        if path.is_file():
            vector = arrays.load(path, "write it with numpy.save")
            if vector.size != SIZE:
                raise UsageError(
                    "train.style-size",
                    f"a style vector has {vector.size} numbers, wanted {SIZE}",
                    at=str(path),
                )
            return np.asarray(vector, dtype=np.float32).reshape(SIZE)
    return None


def kept_path(dataset: Path, clip: str) -> Path:
    """Where a dataset keeps the measured vector of a clip."""
    return dataset / FOLDER / f"{clip}.npy"


def keep(dataset: Path, clip: str, vector: NDArray[np.float32]) -> None:
    """Write it there."""
    write_whole(kept_path(dataset, clip), partial(np.save, arr=vector))


def load_kept(path: Path) -> NDArray[np.float32]:
    """Read it from there."""
    return np.asarray(arrays.load(path), dtype=np.float32)


def keep_only_of(dataset: Path, model: str) -> None:
    """Forget the vectors of a dataset that another model measured."""
    note = dataset / FOLDER / MODEL
    if not note.is_file() or note.read_text(encoding="utf-8") != model:
        shutil.rmtree(note.parent, ignore_errors=True)
        write_bytes(note, model.encode())


def forget(dataset: Path) -> None:
    """Forget all measured vectors of a dataset."""
    shutil.rmtree(dataset / FOLDER, ignore_errors=True)


def means(
    measured: Mapping[str, NDArray[np.float32]], style_of: Mapping[str, str], styles: Sequence[str]
) -> NDArray[np.float32]:
    """Row 0 the mean of all clips, then the mean of each style's clips."""
    rows = [np.mean(list(measured.values()), axis=0)]
    rows += [
        np.mean([vector for clip, vector in measured.items() if style_of[clip] == style], axis=0)
        for style in styles[1:]
    ]
    return np.stack(rows).astype(np.float32)
