"""The numbers that Writer puts before headings: chapter numbering, `text:outline-style`.

Where it is not sure what Writer shows, no heading has a number: half of them would be worse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

from sbv2cli.readers.list_numbers import WRITER
from sbv2cli.readers.markup import Element

_PLACE = re.compile(r"%(\d+)%")
_OUTLINE = "Outline"  # the list style of headings, as LibreOffice calls it
_BESIDE = frozenset({"text-box", "note-body", "annotation", "tracked-changes"})
_LEVELS = 10


class OfStyles(Protocol):
    """What is asked of the styles of a document."""

    @property
    def numbered_lists(self) -> frozenset[str]:
        """The list styles that show numbers."""
        ...

    def hides(self, family: str, name: str) -> bool:
        """Whether what has this style is hidden."""
        ...

    def list_of(self, name: str) -> str | None:
        """The list style of a paragraph style: "" takes it out of lists, `None` says nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    start: int
    kind: str  # `style:num-format`
    text: str  # `第%1%章`
    blank: bool  # between the number and the text

    @classmethod
    def of(cls, style: Element) -> Self:
        """A level of the chapter numbering."""
        level = int(style.get("level"))
        written = style.get("num-list-format")
        if not written:
            above = int(style.get("display-levels") or 1)
            places = ".".join(f"%{at}%" for at in range(level - above + 1, level + 1))
            written = f"{style.get('num-prefix')}{places}{style.get('num-suffix')}"
        follows = style.first("list-level-label-alignment")
        return cls(
            start=int(style.get("start-value") or 1),
            kind=style.get("num-format"),
            text=written,
            blank=follows is None or follows.get("label-followed-by") != "nothing",
        )


@dataclass(frozen=True, slots=True)
class Outline:
    """The chapter numbering of a document."""

    levels: Mapping[int, _Level] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable[Element]) -> Self:
        """That of the parts of a document."""
        found = (one for part in parts for one in part.all("outline-level-style"))
        return cls(
            {
                int(one.get("level")): _Level.of(one)
                for one in found
                if one.get("level").isdecimal()
                and all((one.get(name) or "1").isdecimal() for name in _WHOLE)
            }
        )

    @property
    def numbered(self) -> frozenset[int]:
        """The levels that show a number."""
        return frozenset(level for level, one in self.levels.items() if one.kind)

    def labels(self, text: Element, styles: OfStyles, *, sure: bool) -> dict[int, str]:
        """Heading -> what stands before it; of no heading where that is not sure of one."""
        counts: dict[int, int] = {}
        found: dict[int, str] = {}
        for heading, here in _headings(text, styles, in_order=sure):
            if not here:
                return {}
            level = int(heading.get("outline-level") or 1)
            if level not in self.levels:
                continue
            if any(above not in counts for above in range(1, level)):
                return {}
            anew = heading.get("restart-numbering") == "true" and heading.get("start-value")
            if anew and not anew.isdecimal():
                return {}
            before = counts.get(level, self.levels[level].start - 1)
            counts[level] = int(anew) if anew else before + 1
            for below in range(level + 1, _LEVELS + 1):
                counts.pop(below, None)
            label = self._label(level, counts)
            if label is None:
                return {}
            found[id(heading)] = label
        return found

    def _label(self, level: int, counts: Mapping[int, int]) -> str | None:
        here = self.levels[level]
        if not here.kind:
            return ""
        written = here.text
        for place in dict.fromkeys(_PLACE.findall(here.text)):
            at = int(place)
            writing = WRITER.get(self.levels[at].kind) if at in counts else None
            number = None if writing is None or not self.levels[at].kind else writing(counts[at])
            if number is None:
                return None
            written = written.replace(f"%{place}%", number)
        return f"{written} " if here.blank else written


_WHOLE = ("start-value", "display-levels")


def in_lists(text: Element, styles: OfStyles) -> frozenset[int]:
    """The headings that stand in a list with numbers of its own, which are not counted here."""
    lists = (one for one in text.all("list") if one.get("style-name") in styles.numbered_lists)
    return frozenset(id(heading) for one in lists for heading in one.all("h"))


def _headings(
    element: Element, styles: OfStyles, *, in_order: bool, listed: str | None = None
) -> Iterator[tuple[Element, bool]]:
    """The headings that chapter numbering counts, in order, and whether that is sure."""
    for one in element.elements():
        if one.name == "h" and one.get("is-list-header") != "true":
            own = styles.list_of(one.get("style-name"))
            if listed in {"", _OUTLINE}:
                yield one, False
            elif listed is None and own in {None, _OUTLINE}:
                yield one, in_order and not styles.hides("paragraph", one.get("style-name"))
        inside = (one.get("style-name") or listed or "") if one.name == "list" else listed
        seen = one.name not in _BESIDE and one.get("display") not in {"none", "condition"}
        yield from _headings(one, styles, in_order=in_order and seen, listed=inside)
