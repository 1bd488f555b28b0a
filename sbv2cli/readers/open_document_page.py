"""The text of an OpenDocument -> a page, which is read as pages are.

Headings, paragraphs, ruby, notes, rows of tables. Tracked deletions, comments and forms are no
text: in an `.odt` Writer keeps deletions beside the text, in a `.fodt` in it, between two marks.
Notes and boxes of text stand behind their paragraph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sbv2cli.readers.markup import Element
from sbv2cli.readers.open_document_numbers import in_lists
from sbv2cli.readers.open_document_styles import Styles
from sbv2cli.readers.page import is_japanese
from sbv2cli.readers.page_hidden import HIDDEN

_MAX_BLANKS = 100  # that one element stands for
_LEVELS = frozenset("123456789")
_LOWEST = 6  # level of a heading of a page
_NO_TEXT = frozenset(
    "tracked-changes annotation annotation-end sequence-decls variable-decls user-field-decls"
    " dde-connection-decls forms note-citation covered-table-cell hidden-text hidden-paragraph"
    " event-listeners script page-number page-count binary-data".split()
)
# What is no text where it stands in one of these: descriptions of pictures, numbers of a list.
_NO_TEXT_OF: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("frame", "custom-shape", "g", "image"), frozenset({"title", "desc"})),
    **dict.fromkeys(("list-item", "list-header"), frozenset({"number"})),
}
_CONTENTS = frozenset(
    "table-of-content illustration-index table-index object-index user-index alphabetical-index"
    " bibliography".split()
)
_PAGE: Mapping[str, str] = {
    "p": "p", "ruby": "ruby", "ruby-base": "rb", "ruby-text": "rt", "line-break": "br",
    "list": "ul", "list-item": "li", "list-header": "li", "table": "table", "table-row": "tr",
    "section": "div", "text-box": "div",
}  # fmt: skip
_BEHIND = frozenset({"note-body", "text-box"})  # the paragraph in which they stand
_PARAGRAPHS = frozenset({"p", "h"})
# In these stand elements alone; a `.fodt` lays them out with blanks.
_NO_CHARACTERS = frozenset("frame image custom-shape g note table table-row list list-item".split())
_OBJECTS = frozenset({"object", "object-ole"})

Objects = Callable[[str], Element | None]
"""The place of an embedded object -> its content."""


def page_of(text: Element, styles: Styles, objects: Objects) -> tuple[Element, Counter[str]]:
    """(the page, what there is a remark about) of the element that holds the text."""
    deletions = frozenset(
        region.get("id")
        for region in text.all("changed-region")
        if region.get("id") and _is_in_text(region.first("deletion"))
    )
    document = _Document(
        styles=styles,
        objects=objects,
        deletions=deletions,
        labels=styles.outline.labels(text, styles, sure=not deletions),
        listed=in_lists(text, styles),
        blank="\u3000" if is_japanese(text.text()) else " ",
    )
    children = [*document.inside(text), *document.rest()]
    return Element("html", {}, 1, [Element("body", {}, 1, children)]), document.counts


@dataclass(slots=True)
class _Document:
    """Makes a page of a document; its rows are the numbers of paragraphs."""

    styles: Styles
    objects: Objects
    deletions: frozenset[str]  # changes between whose marks stands what was deleted
    labels: Mapping[int, str] = field(default_factory=dict)  # heading -> what stands before it
    listed: frozenset[int] = frozenset()  # headings in a list with numbers of its own
    blank: str = " "  # behind such a number
    counts: Counter[str] = field(default_factory=Counter)
    paragraphs: int = 0
    within: bool = False  # a paragraph
    behind: list[Element | str] = field(default_factory=list)  # the paragraph under way
    deleted: set[str] = field(default_factory=set)  # deletions that are open here
    carry: Element | None = None  # a paragraph whose end was deleted: the next one goes on with it

    def inside(self, element: Element) -> Iterator[Element | str]:
        """What is in an element, as elements of a page."""
        for child in element.children:
            if isinstance(child, str):
                if not self.deleted and element.name not in _NO_CHARACTERS:
                    yield child
            elif child.name in {"change-start", "change-end"}:
                self._change(child)
            elif child.name in _PARAGRAPHS:
                found = self._paragraph(child)
                if self.within:
                    self.behind += found  # of a shape
                else:
                    yield from found
            elif child.name in _BEHIND:
                yield from self._box(child)
            elif child.name in _OBJECTS:
                yield from self._object(child)
            elif child.name not in _NO_TEXT | _NO_TEXT_OF.get(element.name, frozenset()):
                yield self._element(child)

    def rest(self) -> Iterator[Element]:
        """What was to go on in a paragraph that is not there."""
        if self.carry is not None:
            yield self.carry

    def _change(self, mark: Element) -> None:
        change = mark.get("change-id")
        if mark.name == "change-end":
            self.deleted.discard(change)
        elif change in self.deletions:
            self.deleted.add(change)

    def _paragraph(self, element: Element) -> list[Element | str]:
        self.paragraphs += 1
        outer, self.behind = self.behind, []
        within, self.within = self.within, True
        before, self.carry = self.carry, None
        gone = bool(self.deleted)
        level = self._level(element)
        found = self._page("p" if level is None else f"h{min(level, _LOWEST)}", element)
        if self.styles.is_rule(element.get("style-name")) and not found.text():
            found = Element("hr", {}, found.row)
        if level is not None and not within and element.name == "h":
            self._number(element, level, found)
        if before is not None:
            children = [*before.children, *found.children]
            first = before if before.text() else found
            found = Element(first.name, first.attributes, before.row, children)
        self.within = within
        behind, self.behind = self.behind, outer
        if self.deleted and not within:
            self.carry = found
            return behind
        return behind if gone and not found.text() else [found, *behind]

    def _number(self, element: Element, level: int, heading: Element) -> None:
        """Put before a heading what Writer puts there, or count it where that is not sure."""
        label = self.labels.get(id(element))
        if label is None:
            free = element.get("is-list-header") == "true" or (
                self.styles.list_of(element.get("style-name")) == ""
            )
            told = id(element) in self.listed or level in self.styles.outline.numbered
            self.counts["numbered"] += told and not free
        elif label:
            written = f"{label[:-1]}{self.blank}" if label.endswith(" ") else label
            heading.children.insert(0, written)

    def _box(self, element: Element) -> Iterator[Element]:
        """A note, or a box of text; one that stands on a page is in no paragraph."""
        if self.deleted:
            return
        within, self.within = self.within, False
        found = self._page("aside" if element.name == "note-body" else "div", element)
        self.within = within
        if within:
            self.behind.append(found)
        else:
            yield found

    def _object(self, element: Element) -> Iterator[Element]:
        """A formula; of other objects, tables and charts, no text is read."""
        if self.deleted:
            return
        place = element.get("href")
        content = element if not place else self.objects(place)
        formula = None if content is None or content.first("body") else content.first("math")
        if formula is None:
            self.counts["objects"] += 1
        else:
            yield Element("span", {}, self.paragraphs or 1, list(_symbols(formula)))

    def _element(self, element: Element) -> Element:
        if element.name == "s":
            blanks = element.get("c")
            count = int(blanks) if blanks.isascii() and blanks.isdigit() and len(blanks) < 4 else 1
            blank = "" if self.deleted else "\u3000" * min(count, _MAX_BLANKS)
            return Element("span", {}, self.paragraphs, [blank])
        if element.name == "tab":
            return Element("span", {}, self.paragraphs, [" "])
        if element.name == "line-break" and self.deleted:
            return Element("span", {}, self.paragraphs)
        if element.name == "table-cell":
            return self._cell(element)
        if element.name in _CONTENTS:
            return self._page("section", element, {"epub:type": "toc"})
        return self._page(_PAGE.get(element.name, "span"), element)

    def _cell(self, element: Element) -> Element:
        """A cell; one paragraph alone in it is a part of the paragraph that its row is."""
        inside = [one for one in self.inside(element) if not isinstance(one, str)]
        if len(inside) == 1 and inside[0].name == "p":
            inside = [Element("span", inside[0].attributes, inside[0].row, inside[0].children)]
        return Element("td", {}, self.paragraphs or 1, list(inside))

    def _page(self, name: str, element: Element, said: Mapping[str, str] | None = None) -> Element:
        family = "paragraph" if element.name in _PARAGRAPHS else "text"
        style = element.get("style-name")
        attributes = dict(said or {})
        if name == "aside":
            attributes["epub:type"] = "footnote"
        if self.styles.hides(family, style) or _is_hidden(element):
            attributes[HIDDEN] = ""
        children = list(self.inside(element))
        if self.styles.strikes(family, style):
            children = [Element("s", {}, self.paragraphs or 1, children)]
        return Element(name, attributes, self.paragraphs or 1, children)

    def _level(self, element: Element) -> int | None:
        if element.name == "h":
            level = element.get("outline-level")
            return int(level) if level in _LEVELS else 1
        return self.styles.level(element.get("style-name"))


def _is_in_text(deletion: Element | None) -> bool:
    """Whether what was deleted stands in the text, and not with its description."""
    return deletion is not None and next(deletion.all("p", "h"), None) is None


def _symbols(element: Element) -> Iterator[str]:
    """What a formula is made of, without the blanks that lay it out and its source."""
    for child in element.children:
        if isinstance(child, str):
            yield child.strip()
        elif child.name != "annotation":
            yield from _symbols(child)


def _is_hidden(element: Element) -> bool:
    """Whether a section or a paragraph is hidden, for good or by a condition that holds."""
    if element.name == "section":
        return element.get("display") == "none" or element.get("is-hidden") == "true"
    return element.name in _PARAGRAPHS and any(
        one.name == "hidden-paragraph" and one.get("is-hidden") == "true"
        for one in element.elements()
    )
