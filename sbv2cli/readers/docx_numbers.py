"""The numbers that Word puts before paragraphs, counted as Word counts them (ECMA-376, 17.9).

Where it is not sure what Word shows, a list has no numbers at all: half of them would be worse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from sbv2cli.readers.list_numbers import WORD, decimal
from sbv2cli.readers.markup import Element

_PLACE = re.compile(r"%([1-9])")
_OFF = frozenset({"0", "false", "off"})
_LEVELS = 9
_MAX_LINKS = 5  # from a list to the style that describes it, and on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """How one level of a list counts and is written."""

    start: int | None  # None: not said, and programs differ
    kind: str
    text: str
    style: str = ""  # of the paragraphs that are of this level
    restart: int | None = None  # the level from 1 that begins it anew; 0: none; None: each above
    all_decimal: bool = False
    blank: bool = True  # between the number and the text

    @classmethod
    def of(cls, level: Element) -> Self:
        """A level as numbering.xml has it."""
        legal = child(level, "isLgl")
        restart = value(level, "lvlRestart")
        return cls(
            start=_whole(value(level, "start")),
            kind=value(level, "numFmt") or "decimal",
            text=value(level, "lvlText"),
            style=value(level, "pStyle"),
            restart=_whole(restart),
            all_decimal=legal is not None and legal.get("val") not in _OFF,
            blank=value(level, "suff") != "nothing",
        )

    @property
    def shows(self) -> bool:
        """Whether it puts anything before its paragraphs."""
        written = _PLACE.sub("", self.text) if self.kind == "none" else self.text
        return self.kind != "bullet" and written.strip() != ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """A `w:num`: the counters that it shares with others of its kind, and what it changes."""

    kind: str  # id of the abstract list
    levels: Mapping[int, _Level]
    starts: Mapping[int, int]  # level -> where this list begins anew

    def begins_anew(self, level: int) -> bool:
        """Whether all programs begin it anew alike: at the top, and below as it always begins."""
        below = (at for at in self.starts if at > 0)
        usual = all(at in self.levels and self.levels[at].start == self.starts[at] for at in below)
        return level == 0 and 0 in self.starts and usual


@dataclass(slots=True)
class _Counters:
    """Where the lists of one kind stand."""

    counts: dict[int, int] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)  # lists of this kind

    def next(self, number: str, one: _List, level: int) -> Sequence[int] | None:
        """The counts of all levels down to this one; `None` where it is not sure."""
        if number not in self.begun and one.starts:
            if not one.begins_anew(level):
                return None
            self.counts = {level: one.starts[level] - 1}
        self.begun.add(number)
        if any(above not in self.counts for above in range(level)):
            return None  # some count what was never there as its start, some as one less
        start = one.levels[level].start
        if start is None:
            return None
        self.counts[level] = self.counts[level] + 1 if level in self.counts else start
        for below in range(level + 1, _LEVELS):
            restart = one.levels[below].restart if below in one.levels else None
            if restart is None or level < restart:
                self.counts.pop(below, None)
        return [self.counts[each] for each in range(level + 1)]


@dataclass(frozen=True, slots=True)
class Numbering:
    """The lists of a document."""

    lists: Mapping[str, _List] = field(default_factory=dict)

    @classmethod
    def of(cls, numbering: Element | None, styles: Mapping[str, Element]) -> Self:
        """Those of the part that describes them."""
        return cls({} if numbering is None else dict(_lists(numbering, styles)))

    def level_of(self, number: str, style: str, written: str) -> int:
        """The level of a paragraph: the one of its style, where a style names the list."""
        one = self.lists.get(number)
        for level, said in one.levels.items() if one is not None and style else ():
            if said.style == style:
                return level
        return _whole(written) or 0

    def shows(self, number: str, level: int) -> bool:
        """Whether paragraphs of this level show a number; a list that is not described does."""
        one = self.lists.get(number)
        return one is None or level not in one.levels or one.levels[level].shows

    def labels(self, numbered: Sequence[tuple[int, str, int, bool]]) -> dict[int, str]:
        """(paragraph, list, level, sure) in order -> what stands before each, with its blank.

        Lists of which a number is not sure have none.
        """
        counters: dict[str, _Counters] = {}
        unsure: set[str] = set()
        found: list[tuple[int, str, str]] = []
        for paragraph, number, level, sure in numbered:
            one = self.lists.get(number)
            if one is None or level not in one.levels:
                continue
            counts = counters.setdefault(one.kind, _Counters()).next(number, one, level)
            label = None if counts is None else _label(one.levels, level, counts)
            if label is None or not sure:
                unsure.add(one.kind)
            else:
                found.append((paragraph, one.kind, label))
        return {paragraph: label for paragraph, kind, label in found if kind not in unsure}


def _label(levels: Mapping[int, _Level], level: int, counts: Sequence[int]) -> str | None:
    """`第%1章` with its numbers; `None` where one cannot be written."""
    here = levels[level]
    if not here.shows:
        return ""
    written = here.text
    for place in dict.fromkeys(_PLACE.findall(here.text)):
        at = int(place) - 1
        if at > level or at not in levels or levels[at].kind == "none":
            return None  # in the last case, some leave out the sign behind it too
        writing = decimal if here.all_decimal else WORD.get(levels[at].kind)
        number = None if writing is None else writing(counts[at])
        if number is None:
            return None
        written = written.replace(f"%{place}", number)
    return f"{written} " if here.blank else written


def _lists(numbering: Element, styles: Mapping[str, Element]) -> Iterator[tuple[str, _List]]:
    kinds = {one.get("abstractNumId"): one for one in numbering.all("abstractNum")}
    numbers = {one.get("numId"): one for one in numbering.all("num")}
    for name, one in numbers.items():
        kind = _kind_of(one, kinds, numbers, styles)
        if kind is None:
            continue
        levels = {
            level: _Level.of(said)
            for said in kinds[kind].elements()
            if said.name == "lvl" and (level := _whole(said.get("ilvl"))) is not None
        }
        starts: dict[int, int] = {}
        for change in one.elements():
            level = _whole(change.get("ilvl")) if change.name == "lvlOverride" else None
            if level is None:
                continue
            start = _whole(value(change, "startOverride"))
            if start is not None:
                starts[level] = start
            if (said := child(change, "lvl")) is not None:
                levels[level] = replace(_Level.of(said), start=None)  # programs differ
        yield name, _List(kind=kind, levels=levels, starts=starts)


def _kind_of(
    number: Element,
    kinds: Mapping[str, Element],
    numbers: Mapping[str, Element],
    styles: Mapping[str, Element],
) -> str | None:
    """The abstract list that counts; one may lead to a style, and the style to another list."""
    for _ in range(_MAX_LINKS):
        kind = value(number, "abstractNumId")
        if kind not in kinds:
            return None
        link = value(kinds[kind], "numStyleLink")
        if not link:
            return kind
        properties = child(child(styles.get(link), "pPr"), "numPr")
        following = numbers.get(value(properties, "numId"))
        if following is None:
            return None
        number = following
    return None


def child(element: Element | None, name: str) -> Element | None:
    """The first element of that name directly inside."""
    inside = () if element is None else element.elements()
    return next((one for one in inside if one.name == name), None)


def value(element: Element | None, name: str) -> str:
    """What an element of that name directly inside says; "" where there is none."""
    found = child(element, name)
    return "" if found is None else found.get("val")


def _whole(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 6 else None
