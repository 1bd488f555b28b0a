"""A folder or a file of this machine; its files are copied."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from sbv2cli.errors import UsageError
from sbv2cli.files import disk_errors, write_all
from sbv2cli.installing.origins.origin import BLOCK, Listing, Moved, RemoteFile
from sbv2cli.installing.source import LocalSource

# A folder with more is no folder of voices; somebody named their home.
_MOST_FILES = 20_000


def open_folder(source: LocalSource) -> FolderOrigin:
    """List a folder; of a file the folder that it lies in, for a voice has several."""
    path = source.path
    root, inside = (path.parent, path.name) if path.is_file() else (path, "")
    with disk_errors(path):
        found = sorted(root.iterdir()) if inside else _files(root)
        files = tuple(
            RemoteFile(path=file.relative_to(root).as_posix(), size=file.stat().st_size)
            for file in found
            if file.is_file()
        )
    name = root.resolve().name
    return FolderOrigin(Listing(source=str(source), name=name, files=files, inside=inside), root)


class FolderOrigin:
    """Files below a folder."""

    def __init__(self, listing: Listing, root: Path) -> None:
        self.listing = listing
        self._root = root

    def copy(self, file: RemoteFile, out: BinaryIO, moved: Moved) -> None:
        """Append what `out` lacks of a file."""
        path = self._root / file.path
        with disk_errors(path), path.open("rb") as read:
            read.seek(out.tell())
            while block := read.read(BLOCK):
                write_all(out, block)
                moved(len(block))

    def open(self, file: RemoteFile) -> BinaryIO:
        """A file, read where it is asked for."""
        path = self._root / file.path
        with disk_errors(path):
            return path.open("rb")


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file():
            found.append(path)
        if len(found) > _MOST_FILES:
            raise UsageError(
                "install.source",
                f"the folder has more than {_MOST_FILES:,} files below it",
                at=str(folder),
                hint="name the folder of the voice itself",
            )
    return sorted(found)
