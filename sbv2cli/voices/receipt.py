"""Where an installed voice came from: `sbv2-receipt.json` beside its files.

A receipt names each file that the installation wrote, with its SHA-256. Whatever else lies in the
folder is somebody else's. The folder of an installed BERT has one too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sbv2cli.errors import VoiceError
from sbv2cli.files import sha256_of, write_whole

NAME = "sbv2-receipt.json"
SCHEMA = "sbv2.receipt/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledFile:
    """A file that was written, as it was on that day."""

    path: str  # below the folder of the receipt, with /
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was installed into a folder, and from where."""

    source: str  # as `sbv2 voices install` takes it, without the revision
    revision: str | None  # the branch, tag or commit that was asked for; None: the default one
    commit: str | None  # of the hub; the ETag of a URL; None for files of this machine
    files: tuple[InstalledFile, ...]
    licence: str | None
    installed: str  # date and time in UTC, ISO 8601
    inside: str = ""  # the voice's folder or file in the source; empty at the top
    weights: str | None = None  # the weight file that a person chose of several


def read(folder: Path) -> Receipt | None:
    """The receipt of a folder, or None where nothing was installed."""
    path = folder / NAME
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = (error.strerror or "refused").lower()
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        why = str(error) or "it is not what sbv2 writes"
    raise VoiceError(
        "voice.receipt",
        f"the receipt of the installation cannot be read: {why}",
        at=str(path),
        hint="delete the receipt; the voice speaks without it, and is then no longer updated",
    )


def write(folder: Path, receipt: Receipt) -> None:
    """Write the receipt of a folder."""
    text = json.dumps({"schema": SCHEMA, **asdict(receipt)}, ensure_ascii=False, indent=2)
    write_whole(folder / NAME, f"{text}\n".encode())


def differences(folder: Path, receipt: Receipt) -> Iterator[tuple[InstalledFile, str]]:
    """Each file that is not as it was installed, and what is the matter: every byte is read."""
    for file in receipt.files:
        path = folder / file.path
        try:
            size = path.stat().st_size
            if size != file.size:
                yield file, f"has {size:,} bytes, {file.size:,} were installed"
            elif sha256_of(path) != file.sha256:
                yield file, "has other bytes than were installed"
        except FileNotFoundError:
            yield file, "is missing"
        except OSError as error:
            yield file, f"cannot be read: {(error.strerror or 'refused').lower()}"


def others(folder: Path, receipt: Receipt) -> list[str]:
    """Files that the receipt does not know: somebody else's."""
    known = {NAME, *(file.path for file in receipt.files)}
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    paths = (path.relative_to(folder).as_posix() for path in found)
    return sorted(path for path in paths if path not in known)


def _parse(raw: Any) -> Receipt:
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        raise ValueError(f"it is not of the kind {SCHEMA}")
    files = tuple(
        InstalledFile(
            path=_inside(file["path"]), size=_size(file["size"]), sha256=_text(file["sha256"])
        )
        for file in raw["files"]
    )
    return Receipt(
        source=_text(raw["source"]),
        inside=_text(raw.get("inside", "")),
        revision=_text_or_none(raw["revision"]),
        commit=_text_or_none(raw["commit"]),
        files=files,
        licence=_text_or_none(raw["licence"]),
        installed=_text(raw["installed"]),
        weights=_text_or_none(raw.get("weights")),
    )


def _inside(path: object) -> str:
    """A path below the folder; a receipt from elsewhere must not make us delete other files."""
    pure = PurePosixPath(_text(path))
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in str(pure):
        raise ValueError(f'"{path}" is no path below the folder')
    return str(pure)


def _size(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} stands where a number of bytes should")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} stands where a text should")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
