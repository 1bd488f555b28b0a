"""Files inside a zip: books and documents. Nothing is unpacked to the disk; sizes are bounded."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import unquote

from sbv2cli import normal_form
from sbv2cli.errors import ScriptError
from sbv2cli.readers.decode import MAX_DOCUMENT

_MAX_FILES = 50_000
_MAX_READ = 8 * MAX_DOCUMENT  # bytes of all files that are read of one archive
# What Google Docs and Notion put into a zip, with its pictures.
_PAGES = (".html", ".htm", ".md", ".csv")
_ENCRYPTED = 0x1  # in the flags of a file


@dataclass(slots=True)
class Archive:
    """A zip whose files are found by the names that documents write."""

    path: str
    zip: zipfile.ZipFile
    files: dict[str, zipfile.ZipInfo]
    loose: dict[str, str]  # name without case and composition -> name
    read_bytes: int = 0
    known: set[str] = field(default_factory=set)  # files that have been read

    @staticmethod
    def of(stream: BinaryIO, source_name: str) -> Archive:
        """The archive in a stream."""
        stream.seek(0)
        try:
            opened = zipfile.ZipFile(stream)
            entries = opened.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
            raise damaged(source_name, str(error) or "it ends too early") from None
        if len(entries) > _MAX_FILES:
            raise damaged(source_name, f"it holds more than {_MAX_FILES:,} files")
        files: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            for name in _names(entry):
                files.setdefault(name, entry)
        loose: dict[str, str] = {}
        for name in files:
            loose.setdefault(_folded(name), name)
        return Archive(source_name, opened, files, loose)

    def find(self, name: str) -> str | None:
        """The name in the archive of what a document calls so: in another case, percent-encoded."""
        for written in (name, unquote(name)):
            inside = posixpath.normpath(written.replace("\\", "/")).lstrip("/")
            if inside in self.files:
                return inside
            if _folded(inside) in self.loose:
                return self.loose[_folded(inside)]
        return None

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None if there is none of that name.

        Raises:
            ScriptError: it is encrypted, damaged or too long.
        """
        found = self.find(name)
        if found is None:
            return None
        entry = self.files[found]
        at = f"{self.path}:{found}"
        if entry.flag_bits & _ENCRYPTED:
            raise ScriptError(
                "book.protected",
                "the file needs a password",
                at=at,
                hint="save it without a password",
            )
        try:
            with self.zip.open(entry) as file:
                data = file.read(MAX_DOCUMENT + 1)
        except (
            zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError,
            RuntimeError, io.UnsupportedOperation,
        ) as error:  # fmt: skip
            raise damaged(at, str(error) or "it ends too early") from None
        except Exception as error:
            # lzma's errors are its own; which module it takes depends on how Python was built.
            if type(error).__name__ != "LZMAError":
                raise
            raise damaged(at, str(error)) from None
        # A page may be looked at before it is read.
        self.read_bytes += 0 if found in self.known else len(data)
        self.known.add(found)
        if len(data) > MAX_DOCUMENT or self.read_bytes > _MAX_READ:
            raise ScriptError(
                "script.document-long",
                f"the file has more than {min(MAX_DOCUMENT, _MAX_READ):,} bytes",
                at=at,
                hint="split it into several files",
            )
        return data


def text_in(stream: BinaryIO, source_name: str) -> tuple[str, bytes] | None:
    """(name, bytes) of the only text in a zip, else of its only page; the stream is left as it was.

    Raises:
        ScriptError: it is no zip, damaged, or too long.
    """
    archive = Archive.of(stream, source_name)
    stream.seek(0)
    name = _only(archive, (".txt",)) or _only(archive, _PAGES)
    if name is None:
        return None
    data = archive.read(name)
    stream.seek(0)
    return None if data is None else (name, data)


def _only(archive: Archive, suffixes: tuple[str, ...]) -> str | None:
    """The name of the only file with one of these suffixes."""
    found = {
        entry.filename: name
        for name, entry in archive.files.items()
        if name.lower().endswith(suffixes) and not name.startswith("__MACOSX/")
    }
    return next(iter(found.values())) if len(found) == 1 else None


def damaged(at: str, reason: str) -> ScriptError:
    """What a book or document that cannot be read on is refused with."""
    return ScriptError(
        "book.damaged",
        f"the file cannot be read: {reason[:160]}",
        at=at,
        hint="is it whole? fetch or save it anew",
    )


def resolve(base: str, reference: str) -> tuple[str, str]:
    """(file, fragment) of a reference that the file `base` writes, both as they are written."""
    path, _, fragment = reference.strip().partition("#")
    path = path.partition("?")[0]
    if not path:
        return base, fragment
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path)), fragment


def _names(entry: zipfile.ZipInfo) -> Iterator[str]:
    """The name of an entry, and what a tool meant that wrote it in its own encoding."""
    yield posixpath.normpath(entry.filename.replace("\\", "/")).lstrip("/")
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return
    raw = entry.filename.encode("cp437", "ignore")
    for encoding in ("utf-8", "cp932"):
        try:
            yield posixpath.normpath(raw.decode(encoding).replace("\\", "/")).lstrip("/")
        except UnicodeDecodeError:
            continue
        return


def _folded(name: str) -> str:
    return normal_form.normalize("NFC", name).casefold()
