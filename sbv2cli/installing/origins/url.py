"""A file behind an address: an AIVM or AIVMX file whole, and a zip archive piece by piece.

Of an archive only the listing and the files that are wanted are fetched, by ranges of bytes. No
token of the hub goes to such an address.
"""

from __future__ import annotations

import io
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import httpx2
from huggingface_hub import hf_raise_for_status

from sbv2cli.errors import MachineError, UsageError
from sbv2cli.installing.origins import ZIP, network
from sbv2cli.installing.origins.archive import ArchiveOrigin
from sbv2cli.installing.origins.origin import Listing, Moved, Origin, RemoteFile, unwatched
from sbv2cli.installing.source import UrlSource

# Bytes of an archive that are asked for at a time.
_RANGE = 1 << 22


def open_url(source: UrlSource) -> Origin:
    """Ask how large the file is, and what it is called."""
    try:
        with (
            network.explained(source.url, source.url),
            network.request(source.url, {}, range(1)) as answer,
        ):
            hf_raise_for_status(answer)
            partial = answer.status_code == network.PARTIAL
            size = _size(answer, partial=partial)
            tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
            served = str(answer.url)
    except httpx2.TransportError as error:
        raise network.unreachable(source.url, str(error)) from None
    if size is None:
        raise MachineError(
            "hub.refused",
            "the server does not say how large the file is",
            at=source.url,
            hint="download the file by other means, then: sbv2 voices install FILE",
        )
    name = _name(source.url) or _name(served)
    listing = Listing(
        source=str(source),
        name=name.rpartition(".")[0] or name,
        files=(RemoteFile(path=name, size=size, sha256=source.sha256),),
        commit=tag,
        page=source.url,
    )
    if name.casefold().endswith(ZIP):
        if not partial:
            raise network.whole_only(source.url)
        if source.sha256:
            raise UsageError(
                "install.source",
                "a hash is of the whole archive, and only a part of it is fetched",
                at=source.url,
                hint="leave the hash out, or download the archive by other means and install it",
            )
        return ArchiveOrigin(
            lambda: io.BufferedReader(RangeFile(source.url, size), _RANGE), listing
        )
    return UrlOrigin(listing, source.url)


class UrlOrigin:
    """One file behind an address."""

    def __init__(self, listing: Listing, url: str) -> None:
        self.listing = listing
        self._url = url

    def copy(self, file: RemoteFile, out: BinaryIO, moved: Moved) -> None:
        """Append what `out` lacks of the file."""
        network.download(self._url, {}, out, range(file.size), moved, what=self._url)


class RangeFile(io.RawIOBase):
    """A file behind an address, read where it is asked for."""

    def __init__(self, url: str, size: int) -> None:
        super().__init__()
        self._url, self._size, self._place = url, size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place; nothing is fetched."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fetch as many bytes as the buffer takes."""
        end = min(self._size, self._place + len(buffer))
        if end <= self._place:
            return 0
        part = io.BytesIO()
        span = range(self._place, end)
        network.download(self._url, {}, part, span, unwatched, what=self._url)
        data = part.getvalue()[: len(span)]
        buffer[: len(data)] = data
        self._place = end
        return len(data)


def _size(answer: httpx2.Response, *, partial: bool) -> int | None:
    told = (
        answer.headers.get("Content-Range", "").rpartition("/")[2]
        if partial
        else answer.headers.get("Content-Length", "")
    )
    return int(told) if told.isdecimal() else None


def _name(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2]
