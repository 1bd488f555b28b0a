"""What a book says of itself: title, authors, language, cover."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who had a part in a book."""

    name: str
    reading: str | None = None  # in kana
    role: str = "aut"  # MARC relator: aut, trl, nrt, ill


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The picture on the front of a book."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFacts:
    """What stands in the metadata of a book; what it does not say is empty."""

    title: str | None = None
    title_reading: str | None = None  # in kana
    subtitle: str | None = None
    people: tuple[Person, ...] = ()
    language: str | None = None  # as the book writes it: "ja", "en-GB"
    identifiers: tuple[str, ...] = ()
    publisher: str | None = None
    date: str | None = None
    description: str | None = None
    cover: Cover | None = None

    def named(self, role: str = "aut") -> tuple[Person, ...]:
        """Those who had one part."""
        return tuple(person for person in self.people if person.role == role)
