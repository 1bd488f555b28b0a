"""Vorbis comments in FLAC and Opus files: tags, a picture, and chapters as CHAPTER000 tells them.

FLAC: RFC 9639, sections 8.6 and 8.8. Opus: RFC 7845, section 5.2. Chapters:
https://wiki.xiph.org/Chapter_Extension.
"""

from __future__ import annotations

import base64
import struct
from typing import BinaryIO

from sbv2cli.files import insert_at
from sbv2cli.writers.audio.tags import GENRE, Cover, Tags

_STREAMINFO, _COMMENT, _PICTURE = 0, 4, 6
_LAST = 0x80
_FRONT_COVER = 3
_LONGEST_BLOCK = (1 << 24) - 1
_OPUS_TAGS = b"OpusTags"
_PAGE_SEGMENTS = 255


def into_flac(file: BinaryIO, tags: Tags, rate: int, samples: int) -> None:
    """Put tags and picture into the metadata blocks before the sound."""
    del samples
    file.seek(4)
    blocks: list[tuple[int, bytes]] = []
    last = False
    while not last:
        kind, high, low = struct.unpack(">BBH", file.read(4))
        last = bool(kind & _LAST)
        blocks.append((kind & ~_LAST, file.read(high << 16 | low)))
    end = file.tell()
    vendor = next((_vendor(data) for kind, data in blocks if kind == _COMMENT), b"sbv2")
    blocks = [block for block in blocks if block[0] not in {_COMMENT, _PICTURE}]
    blocks.insert(1, (_COMMENT, comments(tags, rate, vendor)))
    if tags.cover is not None and len(tags.cover.data) < _LONGEST_BLOCK - 1024:
        blocks.append((_PICTURE, picture(tags.cover)))
    data = b"".join(
        struct.pack(">I", (kind | (_LAST if number == len(blocks) else 0)) << 24 | len(body)) + body
        for number, (kind, body) in enumerate(blocks, start=1)
    )
    insert_at(file, 4, data, instead=end - 4)


def into_opus(file: BinaryIO, tags: Tags, rate: int, samples: int) -> None:
    """Put tags and picture into the second packet; whoever calls it numbers the pages anew."""
    del samples
    file.seek(0)
    start = len(_page(file))
    packet, end, serial = b"", start, b""
    while True:
        page = _page(file)
        segments = page[26]
        serial = page[14:18]
        packet += page[27 + segments :]
        end += len(page)
        if page[26 + segments] < _PAGE_SEGMENTS:
            break
    assert packet.startswith(_OPUS_TAGS)
    body = comments(tags, rate, _vendor(packet[len(_OPUS_TAGS) :]))
    if tags.cover is not None:
        body = _with_picture(body, tags.cover)
    insert_at(file, start, _pages(_OPUS_TAGS + body, serial), instead=end - start)


def comments(tags: Tags, rate: int, vendor: bytes) -> bytes:
    """The comment packet without its name."""
    listed = [text.encode() for text in _fields(tags, rate)]
    return _counted(vendor) + struct.pack("<I", len(listed)) + b"".join(map(_counted, listed))


def picture(cover: Cover) -> bytes:
    """The block of a picture; its size in pixels is left for the reader to find."""
    mime = cover.mime.encode()
    head = struct.pack(">II", _FRONT_COVER, len(mime)) + mime + struct.pack(">I", 0)
    return head + struct.pack(">IIIII", 0, 0, 0, 0, len(cover.data)) + cover.data


def _fields(tags: Tags, rate: int) -> list[str]:
    said = {
        "TITLE": tags.title or tags.book,
        "ALBUM": tags.book or tags.title,
        "ARTIST": tags.author,
        "ALBUMARTIST": tags.author,
        "PERFORMER": tags.narrator,
    }
    fields = []
    for key, name in said.items():
        if name is not None:
            fields.append(f"{key}={name.text}")
            if name.reading:
                fields.append(f"{key}SORT={name.reading}")
    fields.append(f"GENRE={GENRE}")
    if tags.language:
        fields.append(f"LANGUAGE={tags.language}")
    if tags.number is not None:
        fields += [f"TRACKNUMBER={tags.number[0]}", f"TRACKTOTAL={tags.number[1]}"]
    for number, chapter in enumerate(tags.chapters):
        fields.append(f"CHAPTER{number:03d}={_clock(chapter.start, rate)}")
        fields.append(f"CHAPTER{number:03d}NAME={chapter.title}")
    return fields


def _clock(start: int, rate: int) -> str:
    seconds, thousandths = divmod(start * 1000 // rate, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}.{thousandths:03d}"


def _with_picture(body: bytes, cover: Cover) -> bytes:
    at = 4 + struct.unpack_from("<I", body)[0]
    (count,) = struct.unpack_from("<I", body, at)
    field = b"METADATA_BLOCK_PICTURE=" + base64.b64encode(picture(cover))
    return body[:at] + struct.pack("<I", count + 1) + body[at + 4 :] + _counted(field)


def _vendor(comment: bytes) -> bytes:
    (length,) = struct.unpack_from("<I", comment)
    return comment[4 : 4 + length]


def _counted(text: bytes) -> bytes:
    return struct.pack("<I", len(text)) + text


def _page(file: BinaryIO) -> bytes:
    head = file.read(27)
    assert head.startswith(b"OggS")
    lacing = file.read(head[26])
    return head + lacing + file.read(sum(lacing))


def _pages(packet: bytes, serial: bytes) -> bytes:
    """Pages that hold this packet alone; numbers and checksums are left empty."""
    lacing = [_PAGE_SEGMENTS] * (len(packet) // _PAGE_SEGMENTS) + [len(packet) % _PAGE_SEGMENTS]
    pages, at = [], 0
    for first in range(0, len(lacing), _PAGE_SEGMENTS):
        part = lacing[first : first + _PAGE_SEGMENTS]
        size = sum(part)
        ends_here = first + _PAGE_SEGMENTS >= len(lacing)
        # A page on which no packet ends has no position (RFC 3533).
        position = struct.pack("<q", 0 if ends_here else -1)
        head = b"OggS\0" + bytes([int(first > 0)]) + position + serial + bytes(8)
        pages.append(head + bytes([len(part)]) + bytes(part) + packet[at : at + size])
        at += size
    return b"".join(pages)
