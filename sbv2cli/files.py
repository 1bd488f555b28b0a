"""Files that are either whole or not there. Knows the disk, and nothing of what is written.

Until the last moment the bytes are in a hidden file beside the final name, so a crash or a full
disk never leaves half a file under it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from sbv2cli.errors import MachineError, UsageError

PART = ".part"
# What is moved at a time when bytes are put into a file.
_STEP = 1 << 22
# Codes of SQLite: SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN; details stand in higher bits.
_FULL = 13
_OF_THE_DISK = frozenset({10, _FULL, 14})
_OURS = re.compile(r"\.(.+)\.[0-9]{1,9}\.part", re.DOTALL)


class PartFile:
    """A hidden file beside `path` that takes its place once it is kept; else it goes away.

    A device or a named pipe keeps its place, and is given the bytes: `-o /dev/null` by root would
    put a file where every program expects the device.

    Folders that it lacks are made, but never `within` or what that stands in.
    """

    def __init__(self, path: Path, *, within: Path | None = None) -> None:
        self.path = path
        self._within = within
        self._taken = _takes_bytes(path)
        beside = path.parent / f".{path.name}.{os.getpid()}{PART}"
        self._part = _temporary_part() if self._taken else beside
        self._kept = False
        self.file: BinaryIO = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Delete it, unless it was kept."""
        if not self.file.closed:
            with suppress(OSError):
                self.file.close()
        if not self._kept:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)

    @property
    def place(self) -> Path:
        """Where it is until then."""
        return self._part

    def sha256(self) -> str:
        """SHA-256 of what was written."""
        return sha256_of(self._part)

    def keep(self, *, fsync: bool = True) -> None:
        """Put it in its place at once."""
        if self._taken:
            self._send()
            return
        if fsync:
            os.fsync(self.file.fileno())
        self.file.close()
        self._part.replace(self.path)
        self._kept = True

    def _send(self) -> None:
        self.file.seek(0)
        with self.path.open("wb", buffering=0) as taker:
            while block := self.file.read(_STEP):
                write_all(taker, block)

    def _opened(self) -> BinaryIO:
        try:
            return self._part.open("w+b", buffering=0)
        except FileNotFoundError:  # the folder is asked for only where it is missing
            if self._within is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            else:
                _make_below(self._within, self.path.parent)
            return self._part.open("w+b", buffering=0)


def _make_below(within: Path, folder: Path) -> None:
    step = within
    for name in folder.relative_to(within).parts:
        step /= name
        step.mkdir(exist_ok=True)


def _takes_bytes(path: Path) -> bool:
    """Whether this is a device, a pipe or an open file by its number, and no file of a folder."""
    try:
        mode = path.stat().st_mode
        folder = str(path.parent.resolve())
    except OSError:
        return False
    is_file = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    # `/dev/stdout` leads to the file of a redirection.
    return not is_file or folder in {"/dev", "/dev/fd"} or folder.startswith("/proc/")


def _temporary_part() -> Path:
    """A new file whose name nobody can know before: everybody may lay links into that folder."""
    import tempfile  # noqa: PLC0415 - `--help` needs none

    handle, name = tempfile.mkstemp(suffix=PART)
    os.close(handle)
    return Path(name)


def write_whole(path: Path, data: bytes, *, fsync: bool = True, within: Path | None = None) -> str:
    """Put a file in place at once, and return its SHA-256; `within` as of a `PartFile`."""
    import hashlib  # noqa: PLC0415  not for --help

    with disk_errors(path), PartFile(path, within=within) as part:
        write_all(part.file, data)
        part.keep(fsync=fsync)
    return hashlib.sha256(data).hexdigest()


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """What the file system refuses inside is an error that names `path` and says what to do."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


@contextmanager
def temporary_disk_errors() -> Iterator[None]:
    """As `disk_errors`, for files without a name in the folder for temporary files."""
    import tempfile  # noqa: PLC0415 - as above

    with disk_errors(Path(tempfile.gettempdir())):
        yield


def write_all(file: BinaryIO, data: bytes | bytearray) -> None:
    """Write everything to a file without a buffer, which may take less than it is given."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def insert_at(file: BinaryIO, position: int, data: bytes, *, instead: int = 0) -> None:
    """Put bytes into the middle of a file, in place of `instead` bytes that stand there.

    What follows is moved piece by piece, so that memory stays flat.
    """
    start = position + instead
    end = file.seek(0, os.SEEK_END)
    by = len(data) - instead
    places = range(start, end, _STEP)
    # A longer file is moved from its end on, a shorter one from its beginning, as both overlap.
    for place in reversed(places) if by > 0 else places if by < 0 else ():
        file.seek(place)
        block = _exactly(file, min(_STEP, end - place))
        file.seek(place + by)
        write_all(file, block)
    if by < 0:
        file.truncate(end + by)
    file.seek(position)
    write_all(file, data)
    file.seek(0, os.SEEK_END)


def _exactly(file: BinaryIO, count: int) -> bytes:
    """So many bytes; a file without a buffer may give less than it was asked for."""
    block = b""
    while len(block) < count:
        more = file.read(count - len(block))
        assert more
        block += more
    return block


def sha256_of(path: Path) -> str:
    """SHA-256 of a file on disk."""
    import hashlib  # noqa: PLC0415  likewise

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_parts(folder: Path, names: Iterable[str]) -> int:
    """Delete what killed runs left of files below a folder; only under its lock."""
    there: dict[str, dict[str, list[Path]]] = {}  # by folder and name
    removed = 0
    for path in names:
        inside, _, name = path.rpartition("/")
        if inside not in there:
            there[inside] = _parts_in(folder / inside)
        for part in there[inside].pop(name, ()):
            part.unlink(missing_ok=True)
            removed += 1
    return removed


def _parts_in(folder: Path) -> dict[str, list[Path]]:
    """The hidden files in a folder, by the name of what they were to become."""
    found: dict[str, list[Path]] = {}
    for part in folder.glob(f".*{PART}") if folder.is_dir() else ():
        match = _OURS.fullmatch(part.name)
        if match is not None and not part.is_dir():
            found.setdefault(match[1], []).append(part)
    return found


def remove_dead_parts(*paths: Path) -> None:
    """Delete what killed processes left of these files, where other processes may write too."""
    there = {folder: _parts_in(folder) for folder in {path.parent for path in paths}}
    for path in paths:
        for part in there[path.parent].get(path.name, ()):
            if not runs(int(part.name.removesuffix(PART).rpartition(".")[2])):
                part.unlink(missing_ok=True)


def runs(pid: int) -> bool:
    """Whether there is a process of this number."""
    if sys.platform == "win32":  # pragma: no cover - there, asking would end it
        return pid != os.getpid()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def cannot_read(
    error: OSError, path: Path, *, given: str | None = None, code: str = "usage.file"
) -> UsageError:
    """Why a file that somebody named is not read; `given` is the option or place that names it."""
    return UsageError(
        code,
        f"cannot read the file: {(error.strerror or 'refused').lower()}",
        at=str(path),
        hint=f"check the path given with {given}" if given else "check the path",
    )


def refuse_unreadable(path: Path, given: str) -> None:
    """Raise where a file that an option names cannot be read later; a pipe is left alone."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if stat.S_ISREG(mode):
            path.open("rb").close()
    except OSError as error:
        raise cannot_read(error, path, given=given) from None


_NEXT_STEPS = {
    errno.ENAMETOOLONG: "choose a shorter name: most disks hold 255 bytes, 85 characters of"
    " Japanese",
    errno.EEXIST: "a file stands where a folder is to be: choose another folder",
    errno.ENOTDIR: "a file stands where a folder is to be: choose another folder",
    errno.ENOENT: "nothing can be made in that folder: choose another one",
    errno.ELOOP: "a link leads back to itself: choose another folder",
}


def disk_error(error: OSError, path: Path) -> MachineError:
    """What the file system refused, as an error that says what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return MachineError(
            "disk.full",
            "there is no room left on the disk",
            at=str(path),
            hint="free some, then run the same command again: it goes on where it stopped",
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return MachineError(
            "disk.read-only",
            f"cannot write there: {(error.strerror or 'refused').lower()}",
            at=str(path),
            hint="choose another folder, or change its permissions",
        )
    if error.errno == errno.EISDIR:
        return MachineError(
            "disk.write",
            "cannot write there: is a directory",
            at=str(path),
            hint="give the name of a file: there is a folder of this name",
        )
    return MachineError(
        "disk.write",
        f"cannot write there: {(error.strerror or str(error)).lower()}",
        at=str(path),
        hint=_NEXT_STEPS.get(error.errno or 0, "look at the disk, then run the same command again"),
    )


def database_error(error: Exception) -> MachineError | None:
    """What the disk refused to a database of SQLite that outgrew the memory; else `None`."""
    import tempfile  # noqa: PLC0415 - as above

    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in _OF_THE_DISK:
        return None
    folders = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp")  # noqa: S108
    usual = next((one for one in folders if one and Path(one).is_dir()), tempfile.gettempdir())
    number = errno.ENOSPC if code & 0xFF == _FULL else errno.EIO
    return disk_error(OSError(number, str(error)), Path(usual))
