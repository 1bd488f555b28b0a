"""ID3v2.3 in front of an MP3 file: tags, a picture, and chapters with their table of contents.

Version 2.3 with UTF-16, as every player reads it. Chapters: "ID3v2 Chapter Frame Addendum"; without
the table of contents (CTOC) some players show none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from sbv2cli.files import insert_at
from sbv2cli.writers.audio.tags import GENRE, LANGUAGES, Chapter, Cover, Name, Tags, ends

_UTF16 = b"\x01"
_FRONT_COVER = 3
_NO_OFFSET = 0xFFFFFFFF  # only times are told, not bytes
_ORDERED, _ORDERED_TOP = 1, 3
# A list of contents counts its entries in a byte; the last one of a full list leads to the next.
_LISTED = 255


def into_mp3(file: BinaryIO, tags: Tags, rate: int, samples: int) -> None:
    """Put the tags before the sound."""
    insert_at(file, 0, tag_bytes(tags, rate, samples))


def tag_bytes(tags: Tags, rate: int, samples: int) -> bytes:
    """The whole tag."""
    frames = [*_names(tags), _text(b"TCON", GENRE)]
    if tags.language in LANGUAGES:
        frames.append(_text(b"TLAN", LANGUAGES[tags.language]))
    if tags.number is not None:
        frames.append(_text(b"TRCK", f"{tags.number[0]}/{tags.number[1]}"))
    if tags.cover is not None:
        frames.append(_picture(tags.cover))
    frames += _chapters(tags.chapters, rate, samples)
    body = b"".join(frames)
    size = len(body)
    seven = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + seven + body


def _names(tags: Tags) -> list[bytes]:
    named: list[tuple[bytes, Name | None, bytes]] = [
        (b"TIT2", tags.title or tags.book, b"TSOT"),
        (b"TALB", tags.book or tags.title, b"TSOA"),
        (b"TPE1", tags.author, b"TSOP"),
        (b"TPE2", tags.author, b""),
        (b"TCOM", tags.narrator, b""),
    ]
    frames = []
    for kind, name, sort in named:
        if name is not None:
            frames.append(_text(kind, name.text))
            if sort and name.reading:
                frames.append(_text(sort, name.reading))
    return frames


def _chapters(chapters: tuple[Chapter, ...], rate: int, samples: int) -> list[bytes]:
    if not chapters:
        return []
    ids = [f"chp{number}".encode() + b"\0" for number in range(len(chapters))]
    frames = list(_contents(ids))
    for id_, chapter, end in zip(ids, chapters, ends(chapters, samples), strict=True):
        times = struct.pack(
            ">IIII", chapter.start * 1000 // rate, end * 1000 // rate, _NO_OFFSET, _NO_OFFSET
        )
        frames.append(_frame(b"CHAP", id_ + times + _text(b"TIT2", chapter.title)))
    return frames


def _contents(ids: Sequence[bytes]) -> Iterator[bytes]:
    """The list of contents, and those that it leads on to."""
    name, flags, number = b"toc\0", _ORDERED_TOP, 1
    while ids:
        listed = list(ids) if len(ids) <= _LISTED else list(ids[: _LISTED - 1])
        ids = ids[len(listed) :]
        following = f"toc{number}".encode() + b"\0"
        entries = [*listed, following] if ids else listed
        yield _frame(b"CTOC", name + bytes([flags, len(entries)]) + b"".join(entries))
        name, flags, number = following, _ORDERED, number + 1


def _picture(cover: Cover) -> bytes:
    head = b"\0" + cover.mime.encode() + b"\0" + bytes([_FRONT_COVER]) + b"\0"
    return _frame(b"APIC", head + cover.data)


def _text(kind: bytes, text: str) -> bytes:
    return _frame(kind, _UTF16 + text.encode("utf-16"))


def _frame(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">IH", len(body), 0) + body
