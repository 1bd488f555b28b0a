"""Texts of OpenDocument, as LibreOffice Writer saves them: a book of one file.

What stands in the document is made a page (`open_document_page`) and read as one. `.odt` is a zip,
`.fodt` the same in one file of XML.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.archive import Archive, damaged
from sbv2cli.readers.book_facts import BookFacts, Person
from sbv2cli.readers.decode import MAX_DOCUMENT
from sbv2cli.readers.format import DEFAULTS, Format, ReaderOptions
from sbv2cli.readers.html import lines_of_page
from sbv2cli.readers.markup import Element, decoded, parse_xml
from sbv2cli.readers.open_document_page import page_of
from sbv2cli.readers.open_document_styles import Styles
from sbv2cli.readers.page import PageOptions, is_japanese, read_page
from sbv2cli.readers.page_text import is_mostly_wide
from sbv2cli.records import ScriptLine

_ZIP = b"PK\x03\x04"


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a document."""
    if stream.seek(0, io.SEEK_END) == 0:
        return
    parts = _parts(stream, source_name)
    root, counts = _page(parts, source_name)
    page = read_page(
        root,
        PageOptions(notes=options.notes == "speak", front_matter=options.front_matter == "speak"),
    )
    page.counts += counts
    yield from lines_of_page(page, parts.language(root), source_name, options)


def read_facts(stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS) -> BookFacts:
    """What a document says of itself."""
    del options
    parts = _parts(stream, source_name)
    said: dict[str, str] = {}
    for part in parts.found:
        for meta in part.all("meta"):
            for one in meta.elements():
                said.setdefault(one.name, one.text())
    author = said.get("initial-creator") or said.get("creator")
    return BookFacts(
        title=said.get("title") or None,
        people=(Person(name=author),) if author else (),
        language=parts.language(_page(parts, source_name)[0]),
        description=said.get("description") or None,
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """The content of a document, then its styles and what it says of itself."""

    found: list[Element]
    archive: Archive | None = None

    @property
    def text(self) -> Element | None:
        """The element that holds the text."""
        texts = (one for part in self.found for one in part.all("text"))
        return next((one for one in texts if next(one.all("p", "h"), None) is not None), None)

    def language(self, page: Element) -> str | None:
        """That of the script in which the page is: a document names one for each.

        Where nobody has set them, Writer names Chinese beside English.
        """
        written = page.text()
        if is_japanese(written):
            return "ja"
        asian = is_mostly_wide(written)
        names = ("language-asian", "language") if asian else ("language",)
        for part in self.found:
            for default in part.all("default-style"):
                text = default.first("text-properties")
                said = [] if text is None else [text.get(name) for name in names]
                named = next((one for one in said if one not in {"", "none", "zxx"}), None)
                if named is not None:
                    return named
        return None

    def object(self, place: str) -> Element | None:
        """The content of an object that is embedded in the file."""
        if self.archive is None:
            return None
        data = self.archive.read(f"{place}/content.xml")
        return None if data is None else parse_xml(decoded(data)[0])


def _page(parts: _Parts, source_name: str) -> tuple[Element, Counter[str]]:
    text = parts.text
    if text is None:
        raise damaged(source_name, "this is no text of OpenDocument, or an empty one")
    return page_of(text, Styles.of(parts.found), parts.object)


def _parts(stream: BinaryIO, source_name: str) -> _Parts:
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
        return _Parts([parse_xml(decoded(data)[0])])
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
    return _Parts([parse_xml(decoded(data)[0]) for data in found if data is not None], archive)


# A document is known by its suffix alone.
FORMAT = Format(read=read, facts=read_facts)
