"""The audio files of an output folder by what they hold, so that no sound is made twice.

A line that was renamed, moved or repeated takes the bytes of the file that has them. Files that
are about to be overwritten while another line may want them are held until the end of the run.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.pipeline.diff import GOOD
from sbv2cli.records import ManifestRow
from sbv2cli.writers import timings

HELD = ".sbv2"
_PLACE = "held"
_OURS = re.compile(r"[0-9a-f]{32}(?:\.json)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where the bytes of a post key are, and the row that says what they are."""

    path: Path
    sidecar: Path
    row: ManifestRow


class AudioStore:
    """Files below one folder. The main thread alone calls it; others write the files."""

    def __init__(self, folder: Path, rows: Iterable[ManifestRow]) -> None:
        self.folder = folder
        self._by_key: dict[str, Held] = {}
        self._row_of: dict[str, ManifestRow] = {}  # file -> what it holds
        for row in rows:
            self.note(row)

    def find(self, post_key: str) -> Held | None:
        """Who has these bytes."""
        return self._by_key.get(post_key)

    def bytes_of(self, held: Held) -> tuple[bytes, bytes | None] | None:
        """The audio and its sidecar, if they are still what the manifest says."""
        try:
            data = held.path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != held.row.sha256:
            return None
        if held.row.timings is None:
            return data, None
        try:
            return data, held.sidecar.read_bytes()
        except OSError:
            return data, None

    def release(self, file: str) -> ManifestRow | None:
        """A file is about to be overwritten: the row that stops being true then, if there is one.

        What is there now is held until the end of the run if someone may want it.
        """
        row = self._row_of.pop(file, None)
        if row is None:
            return None
        key = str(row.post_key)
        held = self._by_key.get(key)
        if held is None or held.path != self.folder / file:
            return row
        place = self.folder / HELD / _PLACE
        kept, kept_sidecar = place / key, place / f"{key}.json"
        if _link(held.path, kept):
            _link(held.sidecar, kept_sidecar)
            self._by_key[key] = Held(path=kept, sidecar=kept_sidecar, row=held.row)
        else:
            del self._by_key[key]
        return row

    def note(self, row: ManifestRow) -> None:
        """Remember what a file holds now."""
        key = row.post_key
        if row.status in GOOD and row.file is not None and key is not None:
            self._row_of[row.file] = row
            self._by_key[key] = Held(
                path=self.folder / row.file,
                sidecar=self.folder / timings.sidecar_path(row.file),
                row=row,
            )

    def clear(self) -> None:
        """Let go of what was held."""
        place = self.folder / HELD / _PLACE
        if place.parent.is_symlink() or place.is_symlink():
            return
        with suppress(OSError):  # what is not ours stays, and so do the folders of it
            for path in place.iterdir():
                if _OURS.fullmatch(path.name) and not path.is_dir():
                    path.unlink()
            place.rmdir()
            place.parent.rmdir()


def _link(source: Path, target: Path) -> bool:
    try:
        for folder in (target.parent.parent, target.parent):  # a folder that is gone stays gone
            folder.mkdir(exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:
            if not source.is_file():
                return False
            # A file system without hard links: exFAT, some network drives.
            shutil.copyfile(source, target)
    except OSError:
        return False
    return True
