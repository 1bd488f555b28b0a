"""A file behind an address as an open file: only the places that are read are fetched."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import BinaryIO

from sbv2cli.installing.origins import network
from sbv2cli.installing.origins.origin import unwatched

# Bytes that are asked for at a time: few, for who looks at the head of a file.
_LITTLE = 1 << 18


def opened(url: str, headers: Mapping[str, str], size: int, at_a_time: int = _LITTLE) -> BinaryIO:
    """The file, to be read and moved in."""
    return io.BufferedReader(RangeFile(url, headers, size), at_a_time)


class RangeFile(io.RawIOBase):
    """A file behind an address, read where it is asked for."""

    def __init__(self, url: str, headers: Mapping[str, str], size: int) -> None:
        super().__init__()
        self._url, self._headers = url, headers
        self._size, self._place = size, 0

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
        network.download(self._url, self._headers, part, span, unwatched, what=self._url)
        data = part.getvalue()[: len(span)]
        buffer[: len(data)] = data
        self._place = end
        return len(data)
