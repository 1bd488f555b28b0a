"""What a page hides: by attribute, by its own style, and by simple rules of its style sheets.

A rule counts where its selector names one element: by name, class and id. Rules for print, for one
kind of device or with a condition are passed over, and so is what only a longer selector hides; a
longer selector that shows an element keeps it, for no text may be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sbv2cli.readers.markup import Element

HIDDEN = "hidden"
"""The attribute that hides an element, in HTML and as `tell_hidden` sets it."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_FOR_ALL = re.compile(r"@media\s+(?:only\s+)?(?:all|screen)\s*", re.IGNORECASE)
_DECLARATION = re.compile(
    r"(?:^|;)\s*(?P<name>display|visibility)\s*:\s*(?P<value>[\w-]+)\s*(?P<important>!\s*important)?",
    re.IGNORECASE,
)
_SIMPLE = re.compile(r"(?P<tag>[\w-]+|\*)?(?P<rest>(?:[.#][\w-]+)*)")
_PART = re.compile(r"[.#][\w-]+")
_LAST = re.compile(r"[\s>+~]+(?=[^\s>+~]*\Z)")
_HIDING = {("display", "none"), ("visibility", "hidden"), ("visibility", "collapse")}
_LONGEST_SELECTOR = 1_000
_LONGEST_SHEET = 1024 * 1024

_OWN = 1_000  # the weight of what an element says of itself, in ids
_SHEET_BEGINS = re.compile(r"<style\b([^<>]{0,500})>", re.IGNORECASE)
_SHEET_ENDS = re.compile(r"</style\b", re.IGNORECASE)
_FOR_OTHERS = re.compile(r"\bmedia\s*=\s*[\"']?\s*(?!all\b|screen\b)\w", re.IGNORECASE)

Weight = tuple[bool, int, int, int]  # important, ids, classes, names: what style sheets go by


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRule:
    """Whether one kind of element is hidden."""

    tag: str = ""
    classes: frozenset[str] = frozenset()
    identity: str = ""
    name: str  # display, visibility
    hides: bool
    weight: Weight

    def is_of(self, element: Element) -> bool:
        """Whether an element is of that kind."""
        return (
            (not self.tag or element.name == self.tag)
            and (not self.identity or element.get("id").casefold() == self.identity)
            and self.classes <= element.words("class")
        )


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
        or ("style" in element.attributes and not all(_shown(element, {}).values()))
    )


def tell_hidden(root: Element, rules: Iterable[StyleRule]) -> None:
    """Say of the elements of a page which its style sheets hide, in an attribute of theirs."""
    rules = list(rules)
    by_key: dict[str, list[_Numbered]] = {}
    if any(rule.hides for rule in rules):
        for number, rule in enumerate(rules):
            by_key.setdefault(_key(rule), []).append((number, rule))
    for element in root.walk() if by_key else ():
        if not all(_shown(element, by_key).values()):
            element.attributes = {**element.attributes, HIDDEN: ""}


def _shown(element: Element, by_key: Mapping[str, list[_Numbered]]) -> dict[str, bool]:
    """Property -> whether it shows an element; the weightiest rule decides, then the last."""
    said: list[tuple[Weight, int, str, bool]] = []
    keys = ("", element.name, *(f".{one}" for one in element.words("class")))
    for key in (*keys, f"#{element.get('id').casefold()}") if by_key else ():
        said += [
            (rule.weight, number, rule.name, not rule.hides)
            for number, rule in by_key.get(key, ())
            if rule.is_of(element)
        ]
    for own in _DECLARATION.finditer(element.get("style")):
        name = own["name"].lower()
        weight = (own["important"] is not None, _OWN, 0, 0)
        said.append((weight, own.start(), name, (name, own["value"].lower()) not in _HIDING))
    return {name: shows for _, _, name, shows in sorted(said)}


def _key(rule: StyleRule) -> str:
    """What an element has of the rules that may be about it."""
    if rule.identity:
        return f"#{rule.identity}"
    return f".{min(rule.classes)}" if rule.classes else rule.tag


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
    hides = (name, value) in _HIDING
    last = _LAST.split(selector)[-1]
    simple = _SIMPLE.fullmatch(last)
    if not last or simple is None or (hides and last != selector):
        return None
    parts = [part.casefold() for part in _PART.findall(simple["rest"])]
    ids = [part[1:] for part in parts if part[0] == "#"]
    classes = [part[1:] for part in parts if part[0] == "."]
    tag = (simple["tag"] or "").lower().replace("*", "")
    others = selector.count(".") + selector.count("#") - len(parts)  # of elements around
    return StyleRule(
        tag=tag,
        classes=frozenset(classes),
        identity=ids[0] if ids else "",
        name=name,
        hides=hides,
        weight=(said["important"] is not None, len(ids), len(classes) + others, int(bool(tag))),
    )
