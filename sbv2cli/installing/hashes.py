"""Whether bytes are those that an origin names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from sbv2cli.errors import MachineError
from sbv2cli.installing.origins.origin import BLOCK, RemoteFile


def of_file(path: Path, file: RemoteFile) -> tuple[str, str]:
    """SHA-256 of a file on disk, and the SHA-1 that git would name it by."""
    return _of(_blocks(path), file)


def are_right(path: Path, file: RemoteFile) -> bool:
    """Whether a file has the size and the bytes that its origin tells."""
    return path.stat().st_size == file.size and agree(file, *of_file(path, file))


def check_small(data: bytes, file: RemoteFile, *, at: str) -> None:
    """Refuse a small file that came with other bytes."""
    if len(data) != file.size or not agree(file, *_of([data], file)):
        raise wrong(file, len(data), at=at)


def wrong(file: RemoteFile, size: int, *, at: str) -> MachineError:
    """The bytes are others than those that the origin names."""
    return MachineError(
        "hub.sha256",
        f'"{file.path}" came with other bytes than its origin names'
        + ("" if size == file.size else f": {size:,} of {file.size:,}"),
        at=at,
        hint="run the same command again: this file begins anew. If it happens again, something on"
        " the way changes bytes: try another network, or without a proxy",
    )


def _of(blocks: Iterable[bytes], file: RemoteFile) -> tuple[str, str]:
    sha256 = hashlib.sha256()
    sha1 = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    for block in blocks:
        sha256.update(block)
        if file.git_sha1:
            sha1.update(block)
    return sha256.hexdigest(), sha1.hexdigest()


def agree(file: RemoteFile, sha256: str, git_sha1: str) -> bool:
    """Whether hashes are those that the origin tells, where it tells any."""
    return file.sha256 in (None, sha256) and file.git_sha1 in (None, git_sha1)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as read:
        while block := read.read(BLOCK):
            yield block
