"""An icon for who has none: AIVM does not go without. A plain colour, 512 x 512, in 200 bytes."""

from __future__ import annotations

import hashlib
import struct
import zlib

SIZE = 512

# The deflated rows: 512 times a filter byte and 512 pixels of one bit, all zero. Written out,
# because other builds of zlib pack them otherwise, and equal voices shall make equal files.
ROWS = bytes.fromhex(
    "78daedc101010000008220ffaf6e484001000000000000000000000000000000000000000000000000000000"
    "000000007c1b82000001"
)


def plain_icon(name: str) -> bytes:
    """A PNG in a soft colour that belongs to the name."""
    red, green, blue = (128 + byte // 2 for byte in hashlib.sha256(name.encode()).digest()[:3])
    one_bit_palette = struct.pack(">IIBBBBB", SIZE, SIZE, 1, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", one_bit_palette),
        (b"PLTE", bytes((red, green, blue))),
        (b"IDAT", ROWS),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
