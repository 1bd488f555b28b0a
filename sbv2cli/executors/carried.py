"""Voices and BERT models for machines that do not have them: which files they are, and where to.

A worker that finds equal files at the path that its recipe names takes these: that is so on one
machine, and where machines share a folder. Others are given the bytes once for each machine.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import MachineError
from sbv2cli.files import PartFile, disk_errors, sha256_of
from sbv2cli.voices.bundle import VOCODER
from sbv2cli.voices.files import BESIDE, DATA_SUFFIXES, SUFFIXES, ending

# What a file is cut into on its way: no store of objects needs room for more of it at a time.
PIECE = 16 << 20

# Weights of BERT that nothing of ours reads where there are others.
_OTHER_WEIGHTS = frozenset({".bin", ".h5", ".msgpack", ".ot"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A voice or a BERT model as its recipe names it, and what belongs to it."""

    path: Path
    folder: Path  # the path, or where it is a file, the folder that it is in
    files: tuple[tuple[str, str], ...]  # name below the folder, SHA-256

    @property
    def digest(self) -> str:
        """What the files are, whoever has them."""
        return hashlib.sha256(repr(self.files).encode()).hexdigest()

    def here(self) -> bool:
        """Whether the files are at their place, and the same."""
        try:
            return all(sha256_of(self.folder / name) == digest for name, digest in self.files)
        except OSError:
            return False


def carried(path: Path, weights: Iterable[Path] = ()) -> Carried:
    """What belongs to a voice or a BERT model; of several weights of a voice only the named."""
    folder = path if path.is_dir() else path.parent
    wanted = {file.resolve() for file in weights}
    names = [
        name
        for name in _names(folder)
        if not wanted or not _is_weights(folder / name) or (folder / name).resolve() in wanted
    ]
    if any(name.endswith(".safetensors") for name in names):
        names = [name for name in names if Path(name).suffix not in _OTHER_WEIGHTS]
    files = tuple((name, sha256_of(folder / name)) for name in names)
    return Carried(path=path, folder=folder, files=files)


def _names(folder: Path) -> Iterator[str]:
    for place in (folder, folder / VOCODER):
        if place.is_dir():
            for file in sorted(place.iterdir()):
                if file.is_file() and not BESIDE.fullmatch(file.name):
                    yield file.relative_to(folder).as_posix()


def _is_weights(file: Path) -> bool:
    return ending(file) in SUFFIXES or file.name.endswith(DATA_SUFFIXES)


def pieces(path: Path) -> Iterator[bytes]:
    """A file in pieces."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def place_for(what: Carried) -> Path:
    """Where the files of a voice are kept on a machine that was given them."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    root = Path(tempfile.gettempdir()) / f"sbv2-voices-{user}"
    with disk_errors(root):
        root.mkdir(mode=0o700, exist_ok=True)
        if hasattr(os, "getuid") and root.stat().st_uid != user:
            raise MachineError(
                "cluster.folder",
                "the folder for voices belongs to somebody else",
                at=str(root),
                hint="set TMPDIR on that machine to a folder of your own",
            )
    # The last name stays: it is that of a voice without a name in its configuration.
    return root / what.digest[:32] / what.folder.name


def received(what: Carried, files: dict[str, Iterable[bytes]]) -> Path:
    """Put files where workers of this machine find them; the new path of the voice.

    Several workers may do so at a time: each file is whole, or not there.
    """
    folder = place_for(what)
    for name, digest in what.files:
        path = folder / name
        with disk_errors(path):
            if path.is_file() and sha256_of(path) == digest:
                continue
            with PartFile(path) as part:
                for piece in files[name]:
                    part.file.write(piece)
                part.keep(fsync=False)
    return folder if what.path == what.folder else folder / what.path.name
