"""What a page hides or strikes through: by attribute, by style, and by rules of its style sheets.

A rule counts where its selector names elements by name, class and id, also inside others
(`.aside p`, `div > p`). Rules for print, for one kind of device or with a condition are passed
over, and so is what only another kind of selector hides (`h1 + p`, `p:first-child`); such a
selector that shows an element keeps it, for no text may be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sbv2cli.readers.markup import Element

HIDDEN = "hidden"
"""The attribute that hides an element, in HTML and as `tell_hidden` sets it."""
STRUCK = "sbv2-struck"
"""The attribute that `tell_hidden` sets where something is struck through."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_FOR_ALL = re.compile(r"@media\s+(?:only\s+)?(?:all|screen)\s*", re.IGNORECASE)
_DECLARATION = re.compile(
    r"(?:^|;)\s*(?P<name>display|visibility|text-decoration)(?:-line)?\s*:"
    r"\s*(?P<value>[\w-]+(?:[ \t]+[\w-]+){0,4})\s*(?P<important>!\s*important)?",
    re.IGNORECASE,
)
_SIMPLE = re.compile(r"(?P<tag>[\w-]+|\*)?(?P<rest>(?:[.#][\w-]+)*)")
_PART = re.compile(r"[.#][\w-]+")
_COMBINATOR = re.compile(r"\s*([>+~])\s*|\s+")
_MOST_PARTS = 8  # of a selector
_IMPORT = re.compile(
    r"@import\s+(?:url\(\s*)?[\"']?([^\"'()\s;]{1,500})[\"']?\s*\)?\s*(?:all|screen)?\s*;",
    re.IGNORECASE,
)
_HIDING = {("display", "none"), ("visibility", "hidden"), ("visibility", "collapse")}
_DECORATION = "text-decoration"
_LONGEST_SELECTOR = 1_000
_LONGEST_SHEET = 1024 * 1024

_OWN = 1_000  # the weight of what an element says of itself, in ids
_SHEET_BEGINS = re.compile(r"<style\b([^<>]{0,500})>", re.IGNORECASE)
_SHEET_ENDS = re.compile(r"</style\b", re.IGNORECASE)
_FOR_OTHERS = re.compile(r"\bmedia\s*=\s*[\"']?\s*(?!all\b|screen\b)\w", re.IGNORECASE)

Weight = tuple[bool, int, int, int]  # important, ids, classes, names: what style sheets go by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Elements of one name, with some classes and an id."""

    tag: str = ""
    classes: frozenset[str] = frozenset()
    identity: str = ""

    def is_of(self, element: Element) -> bool:
        return (
            (not self.tag or element.name == self.tag)
            and (not self.identity or element.get("id").casefold() == self.identity)
            and self.classes <= element.words("class")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRule:
    """Whether one kind of element is hidden, or struck through."""

    kind: _Kind
    around: tuple[tuple[bool, _Kind], ...] = ()  # from inside: whether directly in it, in what
    name: str  # display, visibility, text-decoration
    hides: bool
    weight: Weight

    def is_of(self, element: Element, parents: Mapping[int, Element]) -> bool:
        """Whether an element is of that kind; `parents` are by the identity of what they hold."""
        if not self.kind.is_of(element):
            return False
        places = {0}  # of what was found, counted from the element outwards
        outer = list(_outwards(element, parents)) if self.around else []
        for directly, kind in self.around:
            nearest = min(places)
            places = {
                place
                for place, one in enumerate(outer, start=1)
                if (place - 1 in places if directly else place > nearest) and kind.is_of(one)
            }
            if not places:
                return False
        return True


def _outwards(element: Element, parents: Mapping[int, Element]) -> Iterator[Element]:
    """What an element stands in, the innermost first."""
    outer = parents.get(id(element))
    while outer is not None:
        yield outer
        outer = parents.get(id(outer))


_Numbered = tuple[int, StyleRule]


def own_sheets(page: str) -> Iterator[str]:
    """The style sheets that stand in a page, which its tree does not keep."""
    at = 0
    while (begin := _SHEET_BEGINS.search(page, at)) is not None:
        end = _SHEET_ENDS.search(page, begin.end())
        if end is None:
            return
        if _FOR_OTHERS.search(begin[1]) is None:
            yield page[begin.end() : end.start()]
        at = end.end()


def linked_sheets(root: Element) -> Iterator[str]:
    """Where the style sheets are that a page links to, for the screen."""
    for link in root.all("link"):
        kinds, media = link.words("rel"), link.get("media").strip().casefold()
        if "stylesheet" in kinds and "alternate" not in kinds and media in {"", "all", "screen"}:
            yield link.get("href")


def imported_sheets(sheet: str) -> Iterator[str]:
    """Where the style sheets are that another one begins with, for the screen."""
    for found in _IMPORT.finditer(_COMMENT.sub(" ", sheet[:_LONGEST_SHEET])):
        yield found[1]


def style_rules(sheet: str) -> tuple[StyleRule, ...]:
    """The rules of a style sheet about what is shown."""
    return tuple(
        rule
        for selectors, body in _blocks(_COMMENT.sub(" ", sheet[:_LONGEST_SHEET]))
        for found in _DECLARATION.finditer(body)
        for selector in selectors[:_LONGEST_SELECTOR].split(",")
        if (rule := _rule(selector.strip(), found)) is not None
    )


def is_hidden(element: Element) -> bool:
    """Whether an element is hidden; of style sheets only where `tell_hidden` has been asked."""
    return (
        HIDDEN in element.attributes
        or element.get("aria-hidden") == "true"
        or ("style" in element.attributes and _is_said(_shown(element, {}, {}), struck=False))
    )


def is_struck(element: Element) -> bool:
    """Whether an element is struck through; of style sheets as `is_hidden` is."""
    return STRUCK in element.attributes or (
        "style" in element.attributes and _is_said(_shown(element, {}, {}), struck=True)
    )


def tell_hidden(root: Element, rules: Iterable[StyleRule]) -> None:
    """Say of the elements of a page which its style sheets hide or strike, in attributes."""
    rules = list(dict.fromkeys(reversed(list(rules))))[::-1]  # of equal ones the last counts
    by_key: dict[str, list[_Numbered]] = {}
    if any(rule.hides for rule in rules):
        for number, rule in enumerate(rules):
            by_key.setdefault(_key(rule), []).append((number, rule))
    parents: dict[int, Element] = {}
    if any(rule.around for rule in rules):
        parents = {id(child): one for one in root.walk() for child in one.elements()}
    for element in root.walk() if by_key else ():
        shown = _shown(element, by_key, parents)
        for struck, attribute in ((False, HIDDEN), (True, STRUCK)):
            if _is_said(shown, struck=struck):
                element.attributes = {**element.attributes, attribute: ""}


def _is_said(shown: Mapping[str, bool], *, struck: bool) -> bool:
    """Whether a property strikes an element through, or one hides it."""
    return any(not shows for name, shows in shown.items() if (name == _DECORATION) == struck)


def _acts(name: str, value: str) -> bool:
    """Whether a value hides, or strikes through."""
    if name == _DECORATION:
        return "line-through" in value.split()
    return (name, value) in _HIDING


def _shown(
    element: Element,
    by_key: Mapping[str, list[_Numbered]],
    parents: Mapping[int, Element],
) -> dict[str, bool]:
    """Property -> whether it leaves an element be; the weightiest rule decides, then the last."""
    said: list[tuple[Weight, int, str, bool]] = []
    keys = ("", element.name, *(f".{one}" for one in element.words("class")))
    for key in (*keys, f"#{element.get('id').casefold()}") if by_key else ():
        said += [
            (rule.weight, number, rule.name, not rule.hides)
            for number, rule in by_key.get(key, ())
            if rule.is_of(element, parents)
        ]
    for own in _DECLARATION.finditer(element.get("style")):
        name = own["name"].lower()
        weight = (own["important"] is not None, _OWN, 0, 0)
        said.append((weight, own.start(), name, not _acts(name, own["value"].lower())))
    return {name: shows for _, _, name, shows in sorted(said)}


def _key(rule: StyleRule) -> str:
    """What an element has of the rules that may be about it."""
    kind = rule.kind
    if kind.identity:
        return f"#{kind.identity}"
    return f".{min(kind.classes)}" if kind.classes else kind.tag


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """(selectors, declarations) of the rules that hold on every screen."""
    around: list[bool] = []  # whether what is open holds everywhere
    at, selectors = 0, ""
    for brace in _BRACE.finditer(sheet):
        written = sheet[at : brace.start()]
        at = brace.end()
        if brace[0] == "{":
            selectors = written.rpartition(";")[2].strip()
            around.append(
                not selectors.startswith("@") or _FOR_ALL.fullmatch(selectors) is not None
            )
        elif around:
            if all(around) and selectors and not selectors.startswith("@"):
                yield selectors, written
            around.pop()
            selectors = ""


def _rule(selector: str, said: re.Match[str]) -> StyleRule | None:
    name, value = said["name"].lower(), said["value"].lower()
    hides = _acts(name, value)
    parts = _COMBINATOR.split(selector)  # kinds, and between them what combines them
    kinds = [_kind(part) for part in parts[::2]]
    last, outer = kinds[-1], kinds[-2::-1]
    known = all(outer) and not {"+", "~"} & set(parts[1::2]) and len(kinds) <= _MOST_PARTS
    if last is None or (hides and not known):
        return None
    around = [(how == ">", one) for how, one in zip(parts[-2::-2], outer, strict=True) if one]
    counted = [last, *(one for one in outer if one)]
    return StyleRule(
        kind=last,
        around=tuple(around) if known else (),
        name=name,
        hides=hides,
        weight=(
            said["important"] is not None,
            sum(bool(one.identity) for one in counted),
            sum(len(one.classes) for one in counted),
            sum(bool(one.tag) for one in counted),
        ),
    )


def _kind(written: str) -> _Kind | None:
    """The elements that a part of a selector names; None where it is of another kind."""
    simple = _SIMPLE.fullmatch(written) if written else None
    if simple is None:
        return None
    parts = [part.casefold() for part in _PART.findall(simple["rest"])]
    ids = [part[1:] for part in parts if part[0] == "#"]
    return _Kind(
        tag=(simple["tag"] or "").lower().replace("*", ""),
        classes=frozenset(part[1:] for part in parts if part[0] == "."),
        identity=ids[0] if ids else "",
    )
