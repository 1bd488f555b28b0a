"""Arrays that a dataset keeps in files; a damaged one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbv2cli.errors import UsageError
from sbv2cli.voices import npy_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def load(path: Path, hint: str = "make the dataset again: sbv2 train prepare") -> NDArray[Any]:
    """The array of a file."""
    try:
        return npy_file.load(path)
    except (OSError, ValueError, EOFError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            "train.dataset-broken",
            f'"{path.name}" cannot be read as an array: {why}',
            at=str(path),
            hint=hint,
        ) from None
