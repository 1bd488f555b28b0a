"""A zip archive. Nothing in it may point out of it, be a link, or unpack to absurd sizes."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import BinaryIO

from sbv2cli.errors import MachineError, UsageError
from sbv2cli.files import disk_errors, write_all
from sbv2cli.installing.origins.origin import BLOCK, Listing, Moved, RemoteFile
from sbv2cli.installing.source import LocalSource

# Weights hardly shrink, tables and texts tenfold: what shrinks more is made to fill a disk.
_SHRUNK = 200
_SMALL = 1 << 20
_MOST_FILES = 20_000
# What systems put into archives beside the files.
_LITTER = ("__MACOSX/", ".")
_ENCODINGS = ("utf-8", "cp932")
_UTF_8, _ENCRYPTED = 0x800, 0x1


def open_archive(source: LocalSource) -> ArchiveOrigin:
    """List an archive of this machine."""
    path = source.path
    listing = Listing(source=str(source), name=path.stem, files=())
    with disk_errors(path):
        return ArchiveOrigin(lambda: path.open("rb"), listing)


class ArchiveOrigin:
    """The files of an archive; `listing` says where it came from."""

    def __init__(self, open_file: Callable[[], BinaryIO], listing: Listing) -> None:
        at = listing.source
        self._open_file = open_file
        try:
            with open_file() as file, zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise _broken(at, str(error)) from None
        if len(entries) > _MOST_FILES:
            raise _unsafe(at, f"it has {len(entries):,} files")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = _name(entry)
            _check(entry, name, at)
            if entry.is_dir() or any(part.startswith(_LITTER) for part in (name, *_parts(name))):
                continue
            if name in self._entries:
                raise _unsafe(at, f'"{name}" is in it twice')
            self._entries[name] = entry
        files = tuple(
            RemoteFile(path=name, size=entry.file_size) for name, entry in self._entries.items()
        )
        self.listing = Listing(
            source=at,
            name=listing.name,
            files=files,
            commit=listing.commit,
            page=listing.page,
        )

    def copy(self, file: RemoteFile, out: BinaryIO, moved: Moved) -> None:
        """Unpack a file from its beginning; what `out` has of it is replaced."""
        moved(-out.tell())
        out.seek(0)
        out.truncate()
        try:
            with (
                self._open_file() as opened,
                zipfile.ZipFile(opened) as archive,
                archive.open(self._entries[file.path]) as packed,
            ):
                while block := packed.read(BLOCK):
                    write_all(out, block)
                    moved(len(block))
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
            raise _broken(self.listing.source, f'"{file.path}": {error}') from None

    def open(self, file: RemoteFile) -> None:
        """What is packed cannot be read from its middle."""
        del file


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: older programs write it in the code page of their machine."""
    if entry.flag_bits & _UTF_8:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return entry.filename


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name).parts


def _check(entry: zipfile.ZipInfo, name: str, at: str) -> None:
    parts = _parts(name)
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or ":" in name:
        raise _unsafe(at, f'"{name}" points out of it')
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _unsafe(at, f'"{name}" is a link or a device')
    if entry.file_size > max(_SMALL, _SHRUNK * entry.compress_size):
        raise _unsafe(at, f'"{name}" unpacks {entry.compress_size:,} bytes to {entry.file_size:,}')
    if entry.flag_bits & _ENCRYPTED:
        raise UsageError(
            "install.archive",
            f'"{name}" is encrypted',
            at=at,
            hint="unpack the archive with its password, then: sbv2 voices install FOLDER",
        )


def _unsafe(at: str, why: str) -> UsageError:
    return UsageError(
        "install.archive",
        f"the archive is not safe to unpack: {why}",
        at=at,
        hint="get the voice from somewhere else; nothing of it was written",
    )


def _broken(at: str, why: str) -> MachineError:
    return MachineError(
        "install.archive-broken",
        f"the archive cannot be read: {why}",
        at=at,
        hint="download it again",
    )
