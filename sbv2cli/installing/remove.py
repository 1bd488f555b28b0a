"""An installed voice taken away again: the files that its receipt names, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import UsageError
from sbv2cli.files import disk_errors
from sbv2cli.installing import staging
from sbv2cli.voices import receipt
from sbv2cli.voices.receipt import Receipt
from sbv2cli.voices.search_path import BUILT_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What goes and what stays of a folder."""

    folder: Path
    ours: tuple[str, ...]  # as they were installed
    changed: tuple[str, ...]  # installed, and edited since: they stay
    foreign: tuple[str, ...]  # put there by others: they stay

    @property
    def kept(self) -> tuple[str, ...]:
        """Everything that stays."""
        return (*self.changed, *self.foreign)

    @property
    def size(self) -> int:
        """Bytes that become free."""
        return sum((self.folder / path).stat().st_size for path in self.ours)


def receipt_of(folder: Path) -> Receipt:
    """The receipt of an installed voice; a voice without one was put there by other means."""
    found = receipt.read(folder) if folder.is_dir() else None
    if found is None and (folder == BUILT_IN or BUILT_IN in folder.parents):
        raise UsageError(
            "install.foreign",
            f'"{folder.name}" comes with sbv2',
            at=str(folder),
            hint="nothing is touched; it is replaced with sbv2 itself",
        )
    if found is None:
        raise UsageError(
            "install.foreign",
            f'"{folder.name}" was not installed by sbv2 voices install',
            at=str(folder),
            hint="nothing is touched; whoever put it there may delete or replace it",
        )
    return found


def plan(folder: Path) -> Removal:
    """Look at every file: one that was edited since is no longer ours."""
    made = receipt_of(folder)
    differing = {file.path for file, _ in receipt.differences(folder, made)}
    ours = tuple(file.path for file in made.files if file.path not in differing)
    changed = tuple(path for path in sorted(differing) if (folder / path).is_file())
    return Removal(
        folder=folder, ours=ours, changed=changed, foreign=tuple(receipt.others(folder, made))
    )


def remove(removal: Removal) -> None:
    """Delete what is ours. Where nothing else is there, the voice is gone at once."""
    folder = removal.folder
    with staging.staging(folder) as place, disk_errors(folder):
        staging.clear(place)
        if not removal.kept:
            folder.rename(place.gone)
            staging.clear(place)
            return
        _delete(folder, removal.ours)


def forget(target: Path) -> int:
    """Delete what an unfinished installation fetched; how many bytes that were."""
    with staging.staging(target) as place:
        size = staging.size_of(place)
        staging.clear(place)
    return size


def _delete(folder: Path, paths: Sequence[str]) -> None:
    for path in paths:
        (folder / path).unlink(missing_ok=True)
    # The receipt goes last: after a kill the same command knows what is left to do.
    (folder / receipt.NAME).unlink(missing_ok=True)
    for below in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):
            below.rmdir()  # where nothing is left in it
