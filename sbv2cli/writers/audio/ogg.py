"""Gives Ogg files a fixed stream number, so that the same sound is the same file.

libsndfile draws the number from the clock. Every page carries it, under a checksum (RFC 3533,
section 6).
"""

from __future__ import annotations

import struct
import zlib

# "sbv2" in ASCII: any number will do, as each of our files holds one stream.
SERIAL = 0x32766273

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def with_fixed_serial(data: bytes) -> bytes:
    """The same Ogg stream under our number."""
    pages = bytearray(data)
    position = 0
    while position < len(pages):
        assert pages[position : position + 4] == b"OggS"
        segments = pages[position + 26]
        table = position + 27
        end = table + segments + sum(pages[table : table + segments])
        struct.pack_into("<I", pages, position + 14, SERIAL)
        # The checksum is taken over the page with its own field at zero.
        struct.pack_into("<I", pages, position + 22, 0)
        struct.pack_into("<I", pages, position + 22, crc(bytes(pages[position:end])))
        position = end
    return bytes(pages)


def crc(page: bytes) -> int:
    """Ogg's CRC-32: polynomial 0x04C11DB7, start 0, no mirroring and no final inversion."""
    # zlib's runs over mirrored bits and inverts start and end; mirroring the bytes and the result
    # undoes the first, starting from all ones the second.
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
