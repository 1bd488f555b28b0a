"""Styles of OpenDocument: what of them is heard, with the styles that they are based on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from sbv2cli.readers.markup import Element
from sbv2cli.readers.open_document_numbers import Outline

_MAX_STYLES = 20  # that a style is based on, one after the other
_FAMILIES = frozenset({"paragraph", "text"})
_LEVELS = frozenset("123456789")
_HEADING = re.compile(r"(?:heading|見出し)\s*([1-9])", re.IGNORECASE)
_RULE = "Horizontal Line"
_OF_TITLES = frozenset({"title", "表題"})

_Key = tuple[str, str]  # family, name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """What one style says itself; None where it says nothing."""

    name: str  # that people see
    based_on: str
    level: int | None  # of a heading
    hidden: bool | None
    struck: bool | None
    listed: str | None  # the list style; "" takes it out of lists


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a document."""

    by_key: Mapping[_Key, _Style] = field(default_factory=dict)
    outline: Outline = field(default_factory=Outline)
    numbered_lists: frozenset[str] = frozenset()  # the list styles that show numbers

    @classmethod
    def of(cls, parts: Iterable[Element]) -> Self:
        """Those of all parts of a document."""
        parts = list(parts)
        styles = [one for part in parts for one in part.all("style")]
        return cls(
            {
                (one.get("family"), one.get("name")): _style(one)
                for one in styles
                if one.get("family") in _FAMILIES
            },
            Outline.of(parts),
            frozenset(
                one.get("name")
                for part in parts
                for one in part.all("list-style")
                if any(level.get("num-format") for level in one.all("list-level-style-number"))
            ),
        )

    def hides(self, family: str, name: str) -> bool:
        """Whether what has this style is hidden."""
        return next(
            (one.hidden for one in self._chain(family, name) if one.hidden is not None), False
        )

    def strikes(self, family: str, name: str) -> bool:
        """Whether what has this style is struck through."""
        return next(
            (one.struck for one in self._chain(family, name) if one.struck is not None), False
        )

    def list_of(self, name: str) -> str | None:
        """The list style of a paragraph style: "" takes it out of lists, `None` says nothing."""
        chain = self._chain("paragraph", name)
        return next((one.listed for one in chain if one.listed is not None), None)

    def level(self, name: str) -> int | None:
        """The level of the headings that paragraphs of this style are."""
        for style in self._chain("paragraph", name):
            if style.level is not None:
                return style.level
            for known in (style.name, style.based_on):
                level = _level_of(known)
                if level is not None:
                    return level
        return None if ("paragraph", name) in self.by_key else _level_of(name)

    def is_rule(self, name: str) -> bool:
        """Whether a paragraph of this style is a line across the page."""
        chain = self._chain("paragraph", name)
        names = {name, *(known for one in chain for known in (one.name, one.based_on))}
        return any(one.replace("_20_", " ") == _RULE for one in names)

    def _chain(self, family: str, name: str) -> Iterator[_Style]:
        for _ in range(_MAX_STYLES):
            style = self.by_key.get((family, name))
            if style is None:
                return
            yield style
            name = style.based_on


def _level_of(name: str) -> int | None:
    """The level of a style by its name: Writer's for pages of the web have no other."""
    written = name.replace("_20_", " ").strip()
    if written.casefold() in _OF_TITLES:
        return 1
    found = _HEADING.fullmatch(written)
    return int(found[1]) if found else None


def _style(element: Element) -> _Style:
    text = element.first("text-properties")
    display = "" if text is None else text.get("display")
    line = "" if text is None else text.get("text-line-through-style")
    level = element.get("default-outline-level")
    return _Style(
        name=element.get("display-name") or element.get("name").replace("_20_", " "),
        based_on=element.get("parent-style-name"),
        level=int(level) if level in _LEVELS else None,
        hidden=display == "none" if display else None,
        struck=line != "none" if line else None,
        listed=element.attributes.get("list-style-name"),
    )
