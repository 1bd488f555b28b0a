"""Files on their way: into a hidden folder beside the target, each checked against its hash.

Until the last rename nothing has its final name, so a kill at any moment leaves no half of a voice.
What came stays in the hidden folder, and the next run goes on from there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import MachineError
from sbv2cli.files import PART, disk_errors
from sbv2cli.folder_lock import FolderLock
from sbv2cli.installing import hashes
from sbv2cli.installing.origins.origin import Listing, Moved, Origin, RemoteFile
from sbv2cli.voices.receipt import InstalledFile

Wanted = Sequence[tuple[str, RemoteFile]]
"""The path below the target, and the file that goes there."""

# What is left free on a disk, for whatever else runs there.
_RESERVE = 64 << 20


@dataclass(frozen=True, slots=True)
class Staging:
    """The hidden folder of one target."""

    root: Path

    @property
    def files(self) -> Path:
        """Whole files, with the names that they will have."""
        return self.root / "files"

    @property
    def parts(self) -> Path:
        """Files of which a part has come, each named by its hash."""
        return self.root / "parts"

    @property
    def gone(self) -> Path:
        """What is being removed; it never comes back."""
        return self.root / "gone"

    @property
    def old(self) -> Path:
        """What is being replaced, for the moment between two renames."""
        return self.root / "old"


_ENDING = ".installing"


def place_of(target: Path) -> Staging:
    """The hidden folder of a target, whether it is there or not."""
    return Staging(target.parent / f".{target.name}{_ENDING}")


def recover(folder: Path) -> list[Path]:
    """Finish what killed runs began in a folder of voices; answers the targets with downloads left.

    A voice that was being replaced is put back, and one that was being removed goes.
    """
    unfinished = []
    for root in sorted(folder.glob(f".*{_ENDING}")) if folder.is_dir() else ():
        target = folder / root.name.removeprefix(".").removesuffix(_ENDING)
        try:
            with staging(target) as place:
                for left in (place.gone, place.old):
                    shutil.rmtree(left, ignore_errors=True)
                if _all_in(place.files) or _all_in(place.parts):
                    unfinished.append(target)
        except MachineError:  # another run is at work there, or the folder is not ours to write
            continue
    return unfinished


@contextmanager
def staging(target: Path) -> Iterator[Staging]:
    """The hidden folder of a target, held against a second run."""
    place = place_of(target)
    try:
        with disk_errors(target.parent), FolderLock(place.root):
            if place.old.exists() and not target.exists():
                place.old.rename(target)  # a run was killed between the two renames
            yield place
    finally:
        with suppress(OSError):
            place.root.rmdir()  # where nothing is left in it


def bring(origin: Origin, wanted: Wanted, place: Staging, moved: Moved) -> list[InstalledFile]:
    """Fetch every file, and check it; what an earlier run brought is kept where it is right."""
    return [_bring(origin, path, file, place, moved) for path, file in wanted]


def prepare(listing: Listing, wanted: Wanted, place: Staging) -> None:
    """Forget what an earlier run brought of other files."""
    note = place.root / "source"
    ours = f"{listing.source}\n{listing.commit}\n"
    keys = {_key(listing, file) for _, file in wanted}
    with disk_errors(place.root):
        if listing.commit is None:
            clear(place)  # files of this machine may have changed since; they are quickly copied
        elif not note.is_file() or note.read_text("utf-8", "replace") != ours:
            shutil.rmtree(place.files, ignore_errors=True)
        for path in _all_in(place.files):
            if path.relative_to(place.files).as_posix() not in dict(wanted):
                path.unlink()
        for part in _all_in(place.parts):
            if part.name.removesuffix(PART) not in keys:
                part.unlink()
        note.write_text(ours, encoding="utf-8")


def check_space(wanted: Wanted, place: Staging) -> None:
    """Refuse what the disk has no room for, before anything is fetched."""
    needed = sum(file.size for _, file in wanted) - size_of(place)
    free = shutil.disk_usage(place.root).free
    if needed + _RESERVE > free:
        if not _all_in(place.files) and not _all_in(place.parts):
            clear(place)
        raise MachineError(
            "hub.space",
            f"{needed:,} bytes are needed, and the disk has {free:,} free",
            at=str(place.root.parent),
            hint="free some, or choose another disk: --to FOLDER",
        )


def take_over(target: Path, wanted: Wanted, place: Staging) -> None:
    """Take files that are to be replaced by the same bytes from where they are."""
    for path, file in wanted:
        here = target / path
        if (file.sha256 or file.git_sha1) and here.is_file() and hashes.are_right(here, file):
            _link(here, place.files / path)


def carry_over(target: Path, others: Iterable[str], place: Staging) -> None:
    """Keep what others have put beside the files of a voice that is replaced."""
    for path in others:
        if not (place.files / path).exists():
            _link(target / path, place.files / path)


def _link(here: Path, there: Path) -> None:
    with disk_errors(there):
        there.parent.mkdir(parents=True, exist_ok=True)
        there.unlink(missing_ok=True)
        try:
            os.link(here, there)
        except OSError:  # a file system without links
            shutil.copy2(here, there)


def put_in_place(place: Staging, target: Path) -> None:
    """Give the files their final name, all at once."""
    with disk_errors(target):
        if target.exists():
            shutil.rmtree(place.old, ignore_errors=True)
            target.rename(place.old)
        place.files.rename(target)
    clear(place)


def clear(place: Staging) -> None:
    """Delete what is in the hidden folder; the lock goes with its holder."""
    for part in (place.files, place.parts, place.old, place.gone):
        shutil.rmtree(part, ignore_errors=True)
    (place.root / "source").unlink(missing_ok=True)


def _bring(
    origin: Origin, path: str, file: RemoteFile, place: Staging, moved: Moved
) -> InstalledFile:
    final = place.files / path
    if final.is_file() and final.stat().st_size == file.size:
        # It was checked before it got this name.
        moved(file.size)
        return InstalledFile(path=path, size=file.size, sha256=hashes.of_file(final, file)[0])
    part = place.parts / f"{_key(origin.listing, file)}{PART}"
    with disk_errors(final):
        part.parent.mkdir(parents=True, exist_ok=True)
        final.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as out:
            if out.tell() > file.size:
                out.truncate(0)
            moved(out.tell())
        with part.open("r+b", buffering=0) as out:
            out.seek(0, os.SEEK_END)
            origin.copy(file, out, moved)
            os.fsync(out.fileno())
    sha256 = _checked(part, file)
    with disk_errors(final):
        part.replace(final)
    return InstalledFile(path=path, size=file.size, sha256=sha256)


def _checked(part: Path, file: RemoteFile) -> str:
    """The SHA-256 of a file that is what its origin says; else it is deleted."""
    size = part.stat().st_size
    sha256, git_sha1 = hashes.of_file(part, file)
    if size == file.size and hashes.agree(file, sha256, git_sha1):
        return sha256
    part.unlink()
    raise hashes.wrong(file, size, at=str(part.parent.parent.parent))


def _key(listing: Listing, file: RemoteFile) -> str:
    """A name for a part that no other bytes get."""
    told = "\0".join((listing.source, listing.commit or "", file.path, str(file.size)))
    return file.sha256 or file.git_sha1 or hashlib.sha256(told.encode()).hexdigest()


def size_of(place: Staging) -> int:
    """Bytes in the hidden folder."""
    return sum(path.stat().st_size for path in _all_in(place.root))


def _all_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
