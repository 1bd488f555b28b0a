"""What is in a folder, and which of its files belong to which lines."""

from __future__ import annotations

import os
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sbv2cli import normal_form
from sbv2cli.errors import UsageError
from sbv2cli.pipeline.audit.wanted import WantedFile
from sbv2cli.writers.audio.inspect import SUFFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Files by what they are to the lines."""

    found: Sequence[tuple[WantedFile, str]]  # with the path that is there
    missing: Sequence[WantedFile]
    left: Sequence[str]  # paths that no line wants


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFile:
    """A file of sound below the folder."""

    path: str
    size: int
    changed: int  # nanoseconds since the epoch


def refuse_no_folder(folder: Path) -> None:
    """Raise where there is nothing that could hold files of sound."""
    if not folder.is_dir():
        raise UsageError(
            "audit.folder",
            "that is a file and no folder" if folder.exists() else "there is no such folder",
            at=str(folder),
            hint="name the folder that holds the files of sound",
        )


def sounds(folder: Path, known: Sequence[str]) -> Mapping[str, SoundFile]:
    """Every file of sound, by its path below the folder.

    Where all `known` paths lie in one folder of it, only that one is looked at: the others of a
    game's project hold music and effects.
    """
    refuse_no_folder(folder)
    found: dict[str, SoundFile] = {}
    waiting = [_common(known)]
    while waiting:
        inside = waiting.pop()
        if not (folder / inside).is_dir():
            continue
        try:
            entries = sorted(os.scandir(folder / inside), key=lambda entry: entry.name)
        except OSError as error:
            why = (error.strerror or "refused").lower()
            raise UsageError(
                "audit.folder", f"cannot be read: {why}", at=str(folder / inside)
            ) from None
        for entry in entries:
            path = f"{inside}/{entry.name}" if inside else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif entry.is_file() and PurePosixPath(path).suffix.lower() in SUFFIXES:
                stat = entry.stat()
                found[path] = SoundFile(path=path, size=stat.st_size, changed=stat.st_mtime_ns)
    return dict(sorted(found.items()))


def match(wanted: Iterable[WantedFile], there: Iterable[str]) -> Matched:
    """Which file is which. One with another ending is the file of the line, in another format."""
    left = dict.fromkeys(there)
    by_name = {_composed(path): path for path in left}
    by_stem: dict[str, list[str]] = defaultdict(list)
    for path in left:
        by_stem[_bare(path)].append(path)
    found: list[tuple[WantedFile, str]] = []
    missing: list[WantedFile] = []
    for one in wanted:
        named = by_name.get(_composed(one.file))
        alike = (other for other in by_stem.get(_bare(one.file), ()) if other in left)
        here = named if named in left else next(alike, None)
        if here is None:
            missing.append(one)
        else:
            del left[here]
            found.append((one, here))
    return Matched(found=found, missing=missing, left=list(left))


def _composed(path: str) -> str:
    # Some file systems of Apple give accents and voiced marks as characters of their own.
    return normal_form.normalize("NFC", path)


def _bare(path: str) -> str:
    return _composed(str(PurePosixPath(path).with_suffix("")))


def _common(paths: Sequence[str]) -> str:
    """The folder in which all of them are, `""` for the whole."""
    folders = {path.rpartition("/")[0] for path in paths}
    return "" if not folders or "" in folders else posixpath.commonpath(folders)
