"""What a file of sound says of itself: titles, names, chapters, a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GENRE = "Audiobook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """Where a chapter begins, in samples of the sound."""

    start: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A title or a person, and the kana by which a player sorts it."""

    text: str
    reading: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A picture in its own file format."""

    data: bytes
    mime: str  # image/jpeg or image/png


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What is known; `None` is left out."""

    title: Name | None = None  # of this file
    book: Name | None = None
    author: Name | None = None
    narrator: Name | None = None
    language: str | None = None  # "ja"
    number: tuple[int, int] | None = None  # this file, and of how many
    cover: Cover | None = None
    chapters: tuple[Chapter, ...] = ()

    def __bool__(self) -> bool:
        return self != Tags()


NONE = Tags()

# ISO 639-2, as MP4 and ID3 want it.
LANGUAGES = {"ja": "jpn", "en": "eng", "zh": "zho"}


def ends(chapters: Sequence[Chapter], total: int) -> list[int]:
    """Where each chapter ends: where the next one begins, or the sound ends."""
    return [*(chapter.start for chapter in chapters[1:]), total]
