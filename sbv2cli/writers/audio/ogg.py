"""Gives Ogg files a fixed stream number, so that the same sound is the same file.

libsndfile draws the number from the clock. Every page carries it, under a checksum (RFC 3533,
section 6).
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from sbv2cli.files import write_all

# "sbv2" in ASCII: any number will do, as each of our files holds one stream.
SERIAL = 0x32766273

# Of a page: its fixed part, whose last byte counts the bytes of lengths that follow.
_HEAD = 27
_SERIAL_AT = 14
_NUMBER_AT = 18
_CRC_AT = 22

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def fix_serial(file: BinaryIO) -> None:
    """Give the pages of an Ogg file our number, and count them anew."""
    position = number = 0
    while True:
        file.seek(position)
        head = file.read(_HEAD)
        if not head:
            return
        assert head.startswith(b"OggS")
        lacing = _exactly(file, head[-1])
        page = bytearray(head + lacing + _exactly(file, sum(lacing)))
        # The checksum is taken over the page with its own field at zero.
        struct.pack_into("<I", page, _SERIAL_AT, SERIAL)
        struct.pack_into("<I", page, _NUMBER_AT, number)
        struct.pack_into("<I", page, _CRC_AT, 0)
        struct.pack_into("<I", page, _CRC_AT, crc(bytes(page)))
        file.seek(position)
        write_all(file, page)
        position += len(page)
        number += 1


def crc(page: bytes) -> int:
    """Ogg's CRC-32: polynomial 0x04C11DB7, start 0, no mirroring and no final inversion."""
    # zlib's runs over mirrored bits and inverts start and end; mirroring the bytes and the result
    # undoes the first, starting from all ones the second.
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    assert len(data) == count
    return data
