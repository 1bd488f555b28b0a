"""Texts of OpenDocument, as LibreOffice Writer saves them: a book of one file.

What stands in the document is made a page and read as one: headings, paragraphs, ruby, notes, rows
of tables. Tracked deletions, comments and forms are no text. Notes and boxes of text stand behind
their paragraph. `.odt` is a zip, `.fodt` the same in one file of XML.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.archive import Archive, damaged
from sbv2cli.readers.book_facts import BookFacts, Person
from sbv2cli.readers.decode import MAX_DOCUMENT
from sbv2cli.readers.format import DEFAULTS, Format, ReaderOptions
from sbv2cli.readers.html import lines_of_page
from sbv2cli.readers.markup import Element, decoded, parse_xml
from sbv2cli.readers.page import PageOptions, read_page
from sbv2cli.readers.page_hidden import HIDDEN
from sbv2cli.records import ScriptLine

_ZIP = b"PK\x03\x04"
_MAX_STYLES = 20  # that a style is based on, one after the other
_MAX_BLANKS = 100  # that one element stands for
_NO_TEXT = frozenset(
    "tracked-changes annotation annotation-end sequence-decls variable-decls user-field-decls"
    " dde-connection-decls forms note-citation covered-table-cell hidden-text hidden-paragraph"
    " event-listeners script page-number page-count".split()
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


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a document."""
    if stream.seek(0, io.SEEK_END) == 0:
        return
    parts = _parts(stream, source_name)
    document = _Document(styles=_styles(parts))
    text = next((one for part in parts for one in part.all("text") if _holds_text(one)), None)
    if text is None:
        raise damaged(source_name, "this is no text of OpenDocument, or an empty one")
    page = read_page(
        Element("html", {}, 1, [Element("body", {}, 1, list(document.inside(text)))]),
        PageOptions(notes=options.notes == "speak", front_matter=options.front_matter == "speak"),
    )
    yield from lines_of_page(page, _language(parts), source_name, options)


def _holds_text(element: Element) -> bool:
    return next(element.all("p", "h"), None) is not None


def read_facts(stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS) -> BookFacts:
    """What a document says of itself."""
    del options
    parts = _parts(stream, source_name)
    said: dict[str, str] = {}
    for part in parts:
        for meta in part.all("meta"):
            for one in meta.elements():
                said.setdefault(one.name, one.text())
    author = said.get("initial-creator") or said.get("creator")
    return BookFacts(
        title=said.get("title") or None,
        people=(Person(name=author),) if author else (),
        language=_language(parts),
        description=said.get("description") or None,
    )


def _parts(stream: BinaryIO, source_name: str) -> list[Element]:
    """The content of a document, then its styles and what it says of itself."""
    stream.seek(0)
    beginning = stream.read(len(_ZIP))
    if beginning != _ZIP:
        stream.seek(0)
        data = stream.read(MAX_DOCUMENT + 1)
        if len(data) > MAX_DOCUMENT:
            raise ScriptError(
                "script.document-long",
                f"the document has more than {MAX_DOCUMENT:,} bytes",
                at=source_name,
                hint="split it into several files",
            )
        return [parse_xml(decoded(data)[0])]
    archive = Archive.of(stream, source_name)
    manifest = archive.read("META-INF/manifest.xml")
    if manifest is not None and b"encryption-data" in manifest:
        raise ScriptError(
            "book.protected",
            "the document needs a password",
            at=source_name,
            hint="save it without a password",
        )
    found = (archive.read(name) for name in ("content.xml", "styles.xml", "meta.xml"))
    return [parse_xml(decoded(data)[0]) for data in found if data is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """What a style says that is heard."""

    name: str
    based_on: str = ""
    level: int | None = None  # of a heading
    hidden: bool = False
    struck: bool = False


def _styles(parts: list[Element]) -> dict[str, _Style]:
    found = {}
    for part in parts:
        for one in part.all("style"):
            if one.get("family") not in {"paragraph", "text"}:
                continue
            text = one.first("text-properties")
            struck = "" if text is None else text.get("text-line-through-style")
            level = one.get("default-outline-level")
            found[one.get("name")] = _Style(
                name=one.get("display-name") or one.get("name").replace("_20_", " "),
                based_on=one.get("parent-style-name"),
                level=int(level) if level in set("123456789") else None,
                hidden=text is not None and text.get("display") == "none",
                struck=struck not in {"", "none"},
            )
    return found


def _language(parts: list[Element]) -> str | None:
    for part in parts:
        for one in part.all("default-style"):
            text = one.first("text-properties")
            if text is not None and text.get("language") not in {"", "none", "zxx"}:
                return text.get("language-asian") or text.get("language")
    return None


@dataclass(slots=True)
class _Document:
    """Makes a page of a document; its rows are the numbers of paragraphs."""

    styles: Mapping[str, _Style]
    paragraphs: int = 0
    within: bool = False  # a paragraph
    behind: list[Element] = field(default_factory=list)  # the paragraph under way

    def inside(self, element: Element) -> Iterator[Element | str]:
        """What is in an element, as elements of a page."""
        for child in element.children:
            if isinstance(child, str):
                yield child
            elif child.name in {"p", "h"} and self.within:
                self.behind += self._paragraph(child)  # of a shape
            elif child.name in {"p", "h"}:
                yield from self._paragraph(child)
            elif child.name in _BEHIND:
                within, self.within = self.within, False
                name = "aside" if child.name == "note-body" else "div"
                self.behind.append(self._page(name, child))
                self.within = within
            elif child.name not in _NO_TEXT | _NO_TEXT_OF.get(element.name, frozenset()):
                yield self._element(child)

    def _paragraph(self, element: Element) -> Iterator[Element]:
        self.paragraphs += 1
        outer, self.behind = self.behind, []
        within, self.within = self.within, True
        level = self._level(element)
        found = self._page("p" if level is None else f"h{min(level, 6)}", element)
        self.within = within
        behind, self.behind = self.behind, outer
        yield from (found, *behind)

    def _element(self, element: Element) -> Element:
        if element.name == "s":
            blanks = element.get("c")
            count = int(blanks) if blanks.isascii() and blanks.isdigit() and len(blanks) < 4 else 1
            return Element("span", {}, self.paragraphs, ["\u3000" * min(count, _MAX_BLANKS)])
        if element.name == "tab":
            return Element("span", {}, self.paragraphs, [" "])
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
        style = self.styles.get(element.get("style-name"))
        attributes = dict(said or {})
        if name == "aside":
            attributes["epub:type"] = "footnote"
        if style is not None and style.hidden:
            attributes[HIDDEN] = ""
        if style is not None and style.struck and name == "span":
            name = "s"
        return Element(name, attributes, self.paragraphs or 1, list(self.inside(element)))

    def _level(self, element: Element) -> int | None:
        if element.name == "h":
            level = element.get("outline-level")
            return int(level) if level in set("123456789") else 1
        named = element.get("style-name")
        for _ in range(_MAX_STYLES):
            style = self.styles.get(named)
            if style is not None and style.level is not None:
                return style.level
            name = named if style is None else style.name
            if name.casefold() in {"title", "表題"}:
                return 1
            if style is None:
                return None
            named = style.based_on
        return None


# A document is known by its suffix alone.
FORMAT = Format(read=read, facts=read_facts)
