"""What every origin answers: which files there are, and their bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

BLOCK = 1 << 18
"""Bytes that are moved at a time: a bar moves with each, also on a slow line."""

Moved = Callable[[int], None]
"""Told of bytes that came; of a negative number where a download begins again."""


def unwatched(count: int) -> None:
    """For small files: nobody watches them come."""
    del count


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file of an origin; the hub tells one of the two hashes, most other origins none."""

    path: str  # below the origin, with /
    size: int  # bytes
    sha256: str | None = None
    git_sha1: str | None = None  # of the blob as git counts it, with a header

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path without the name; empty at the top."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is at an origin, seen at one commit."""

    source: str  # as `sbv2 voices install` takes it, without the revision
    name: str  # what a voice at the top is called
    files: tuple[RemoteFile, ...]
    inside: str = ""  # the folder or file that was asked for; what is above may be the licence
    revision: str | None = None  # as it was asked for
    commit: str | None = None
    licence: str | None = None  # by the card
    page: str | None = None  # where a person reads the card


class Origin(Protocol):
    """A place that files come from."""

    @property
    def listing(self) -> Listing:
        """What is there."""
        ...

    def copy(self, file: RemoteFile, out: BinaryIO, moved: Moved) -> None:
        """Append what `out` lacks of a file, or write it anew where that cannot be had."""
        ...

    def open(self, file: RemoteFile) -> BinaryIO | None:
        """A file of which only what is read is fetched; None where only the whole can be had."""
        ...
