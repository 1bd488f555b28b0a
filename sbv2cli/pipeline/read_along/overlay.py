"""SMIL: which element of a page is said when (EPUB 3.3, section 9, media overlays)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

ACTIVE_CLASS = "-epub-media-overlay-active"
STYLE = f".{ACTIVE_CLASS} {{\n  background-color: rgba(255, 213, 79, 0.45);\n}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """An element of a page, and when its sound begins and ends, in milliseconds."""

    id: str
    begin: int
    end: int


def clips(starts: Sequence[tuple[str, float]], seconds: float) -> list[Clip]:
    """Elements with the second at which each begins -> clips that are the whole sound.

    Pauses belong to what is before them, and what has no element is heard all the same. What
    begins with the next one has no time and no clip.
    """
    total = int(seconds * 1000)
    begins = [0, *(round(start * 1000) for _, start in starts[1:])]
    ends = [*begins[1:], total]
    return [
        Clip(id=name, begin=begin, end=end)
        for (name, _), begin, end in zip(starts, begins, ends, strict=True)
        if end > begin
    ]


def smil(overlay: str, page: str, sound: str, found: Sequence[Clip]) -> bytes:
    """The overlay of a page; all are paths in the archive."""
    return "".join(_rows(relative(overlay, page), relative(overlay, sound), found)).encode()


def _rows(page: str, sound: str, found: Sequence[Clip]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' version="3.0">\n<body>\n<seq id="page" epub:textref={quoteattr(page)}>\n'
    )
    for number, one in enumerate(found, start=1):
        yield (
            f'<par id="par{number}"><text src={quoteattr(f"{page}#{quote(one.id)}")}/>'
            f'<audio src={quoteattr(sound)} clipBegin="{clock(one.begin)}"'
            f' clipEnd="{clock(one.end)}"/></par>\n'
        )
    yield "</seq>\n</body>\n</smil>\n"


def clock(milliseconds: int) -> str:
    """A time as SMIL writes it: 0:01:02.345."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}.{rest:03d}"


def relative(base: str, path: str) -> str:
    """How the file `base` refers to another."""
    return quote(posixpath.relpath(path, posixpath.dirname(base) or "."))
