"""A file behind an address: an AIVM or AIVMX file whole, and a zip archive piece by piece.

Of an archive only the listing and the files that are wanted are fetched, by ranges of bytes. No
token of the hub goes to such an address.
"""

from __future__ import annotations

from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import httpx2

from sbv2cli.errors import MachineError, UsageError
from sbv2cli.installing.origins import ZIP, network, range_file
from sbv2cli.installing.origins.archive import ArchiveOrigin
from sbv2cli.installing.origins.origin import Listing, Moved, Origin, RemoteFile
from sbv2cli.installing.source import UrlSource

# Bytes of an archive that are asked for at a time: its files are read from end to end.
_AT_A_TIME = 1 << 22


def open_url(source: UrlSource) -> Origin:
    """Ask how large the file is, and what it is called."""
    try:
        with (
            network.explained(source.url, source.url),
            network.request(source.url, {}, range(1)) as answer,
        ):
            network.refuse(answer, source.url, source.url)
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
        return ArchiveOrigin(lambda: range_file.opened(source.url, {}, size, _AT_A_TIME), listing)
    return UrlOrigin(listing, source.url)


class UrlOrigin:
    """One file behind an address."""

    def __init__(self, listing: Listing, url: str) -> None:
        self.listing = listing
        self._url = url

    def copy(self, file: RemoteFile, out: BinaryIO, moved: Moved) -> None:
        """Append what `out` lacks of the file."""
        network.download(self._url, {}, out, range(file.size), moved, what=self._url)

    def open(self, file: RemoteFile) -> BinaryIO:
        """The file, read where it is asked for."""
        return range_file.opened(self._url, {}, file.size)


def _size(answer: httpx2.Response, *, partial: bool) -> int | None:
    told = (
        answer.headers.get("Content-Range", "").rpartition("/")[2]
        if partial
        else answer.headers.get("Content-Length", "")
    )
    return int(told) if told.isdecimal() else None


def _name(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2]
