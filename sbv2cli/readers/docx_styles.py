"""Styles and numbering of Word: levels of headings, tables of contents, hidden and struck text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from sbv2cli.readers.docx_numbers import Numbering, child, value
from sbv2cli.readers.markup import Element

_HEADING = re.compile(r"(?:heading|見出し)\s*([1-9])", re.IGNORECASE)
_TITLES = frozenset({"title", "表題"})
_CONTENTS = re.compile(
    r"(?:toc|目次)(?:\s*\d|\s*(?:heading|の見出し))|(?:index|索引)\s*(?:\d|heading|の見出し)",
    re.IGNORECASE,
)
_MAX_STYLES = 20  # that a style is based on, one after the other
_TOGGLES = ("vanish", "strike", "dstrike")
_NOTHING: frozenset[str] = frozenset()
_OFF = frozenset({"0", "false", "off"})


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a document, and its lists with numbers."""

    by_id: Mapping[str, Element] = field(default_factory=dict)
    toggled: Mapping[str, frozenset[str]] = field(default_factory=dict)  # style -> what it turns on
    numbering: Numbering = field(default_factory=Numbering)

    @classmethod
    def of(cls, styles: Element | None, numbering: Element | None) -> Self:
        """Those of the two parts that describe them, where there are any."""
        found = () if styles is None else styles.all("style")
        by_id = {one.get("styleId"): one for one in found}
        bare = cls(by_id)
        toggled = {
            style_id: frozenset(name for name in _TOGGLES if bare._turns_on(style_id, name))
            for style_id in by_id
        }
        return cls(by_id, toggled, Numbering.of(numbering, by_id))

    def says(self, run: Element, paragraph: Element, *names: str) -> bool:
        """Whether a run has one of these set: by itself, by its style, or by its paragraph's."""
        properties = child(run, "rPr")
        own = {name: _toggle(properties, name) for name in names}
        if any(own.values()):
            return True
        # Where both styles set it, one turns off what the other turns on (ECMA-376, 17.7.3).
        inner = self.toggled.get(value(properties, "rStyle"), _NOTHING)
        outer = self.toggled.get(value(child(paragraph, "pPr"), "pStyle"), _NOTHING)
        return any(name in inner ^ outer for name, said in own.items() if said is None)

    def _turns_on(self, style_id: str, name: str) -> bool:
        said = (_toggle(child(style, "rPr"), name) for style in self._chain(style_id))
        return next((one for one in said if one is not None), False)

    def number_of(self, paragraph: Element) -> tuple[str, int] | None:
        """(list, level) by which Word puts a number before a paragraph."""
        properties = child(paragraph, "pPr")
        chain = [(one, one.get("styleId")) for one in self._chain(value(properties, "pStyle"))]
        number, level, style = "", "", ""
        for one, named in ((properties, ""), *((child(one, "pPr"), name) for one, name in chain)):
            numbers = child(one, "numPr")
            if numbers is not None:
                if not number and (number := value(numbers, "numId")):
                    style = named
                level = level or value(numbers, "ilvl")
        if number in {"", "0"}:
            return None
        return number, self.numbering.level_of(number, style, level)

    def kind(self, paragraph: Element) -> tuple[int | None, bool]:
        """(level of a heading, whether it is a row of a table of contents)."""
        properties = child(paragraph, "pPr")
        if properties is None:
            return None, False
        outline = _level(properties)
        named = value(properties, "pStyle")
        styles: list[Element | None] = list(self._chain(named))
        for style in styles or [None]:
            name = (named if style is None else value(style, "name")).strip()
            if _CONTENTS.match(name):
                return None, True
            heading = _HEADING.fullmatch(name)
            if heading or name.casefold() in _TITLES:
                return int(heading[1]) if heading else 1, False
            if outline is None and style is not None:
                outline = _level(child(style, "pPr"))
        return outline, False

    def _chain(self, style_id: str) -> Iterator[Element]:
        """A style and those that it is based on."""
        for _ in range(_MAX_STYLES):
            style = self.by_id.get(style_id)
            if style is None:
                return
            yield style
            style_id = value(style, "basedOn")


def _toggle(properties: Element | None, name: str) -> bool | None:
    found = child(properties, name)
    return None if found is None else found.get("val") not in _OFF


def _level(properties: Element | None) -> int | None:
    """The level of a heading by its place in the outline; 9 is text."""
    written = value(properties, "outlineLvl")
    return int(written) + 1 if written in set("012345678") else None
