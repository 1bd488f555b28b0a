"""The compound files in which .xls lie: whether their sectors lead to an end.

Each sector names the one after it. A damaged table can lead in a circle, which calamine follows
until the memory of the machine is full; so the tables are looked at before. [MS-CFB], 2.2 to 2.5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = struct.Struct("<30xHH6xIII4xIIIII109I")
_LAST = 0xFFFFFFFA  # what is above names no sector
_SHIFTS = (9, 12)  # sectors of 512 and of 4,096 bytes
_ENTRY = 128  # bytes of an entry in the directory
_SIZE = slice(120, 124)  # of a stream; files of sectors of 512 bytes use the lower half alone


def problem(data: bytes) -> str | None:
    """What is wrong with the tables of a compound file; `None` where they can be followed."""
    if len(data) < _HEADER.size:
        return "it is cut off"
    shift, _, _, _, directory, _, mini, _, tables, _, *first = _HEADER.unpack_from(data)
    size = 1 << shift
    places = _places(data, size, tables, first) if shift in _SHIFTS else None
    if places is None:
        return "its tables cannot be followed"
    following = [number for place in places for number in _numbers(data, place, size)]
    if _circle(following):
        return "its sectors follow each other in a circle"
    small = [number for place in _chain(mini, following) for number in _numbers(data, place, size)]
    if _circle(small):
        return "its small sectors follow each other in a circle"
    sectors = [_sector(data, place, size) for place in _chain(directory, following)]
    return "a stream in it is longer than the file" if _longest(sectors) > len(data) else None


def _longest(directory: Iterable[bytes]) -> int:
    """The longest stream that the directory tells of."""
    return max(
        (
            int.from_bytes(sector[start:][_SIZE], "little")
            for sector in directory
            for start in range(0, len(sector) - _ENTRY + 1, _ENTRY)
        ),
        default=0,
    )


def _sector(data: bytes, number: int, size: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]


def _places(data: bytes, size: int, table: int, first: Sequence[int]) -> list[int] | None:
    """The sectors that hold the table of sectors; `None` if their lists lead in a circle."""
    places = list(first)
    seen = set()
    while table < _LAST:
        if table in seen:
            return None
        seen.add(table)
        numbers = _numbers(data, table, size)
        if not numbers:
            break
        *more, table = numbers
        places += more
    # As calamine ends: a table that is named twice is read twice.
    return [place for place in places if place < _LAST]


def _numbers(data: bytes, sector: int, size: int) -> list[int]:
    found = _sector(data, sector, size)
    return list(struct.unpack_from(f"<{len(found) // 4}I", found))


def _chain(start: int, following: Sequence[int]) -> list[int]:
    """The sectors from one on; there is no circle."""
    chain = []
    while start < len(following):
        chain.append(start)
        start = following[start]
    return chain


def _circle(following: Sequence[int]) -> bool:
    """Whether some sectors lead back to themselves."""
    ended = bytearray(len(following))  # 1: leads to an end, 2: on the way that is being followed
    for start in range(len(following)):
        way = []
        at = start
        while at < len(following) and not ended[at]:
            ended[at] = 2
            way.append(at)
            at = following[at]
        if at < len(following) and ended[at] == 2:
            return True
        for sector in way:
            ended[sector] = 1
    return False
