"""The table of contents of an EPUB: the nav of EPUB 3, else the NCX of EPUB 2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from sbv2cli.readers.archive import Archive, resolve
from sbv2cli.readers.epub.package import Package, read_xml
from sbv2cli.readers.markup import Element, decoded, parse_html
from sbv2cli.readers.page import FRONT_TYPES
from sbv2cli.readers.page_ruby import base_text
from sbv2cli.readers.page_text import TextRun, passage_of

TEXT = "bodymatter"
_KINDS = FRONT_TYPES | {"endnotes", "footnotes", TEXT}
# LibreOffice names pages without a heading so.
_MAKES_UP = re.compile(r"\blibepubgen/")
_MADE_UP = re.compile(r"Section \d+")
_NCX_TYPE = "application/x-dtbncx+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A chapter that the table of contents names."""

    label: str
    path: str  # in the archive
    fragment: str  # "" is the beginning of the file
    level: int  # from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Chapters in the order of the table, and what it or the guide says of whole files."""

    entries: tuple[Entry, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)  # file -> cover, toc, bodymatter


def read_contents(archive: Archive, package: Package) -> Contents:
    """The table of contents; empty if there is none."""
    kinds = dict(_guide(archive, package))
    entries: list[Entry] = []
    nav = package.with_property("nav")
    data = None if nav is None else archive.read(nav.path)
    if nav is not None and data is not None:
        page = parse_html(decoded(data)[0])
        for one in page.all("nav"):
            if "toc" in one.words("epub:type") and not entries:
                entries += _in_list(archive, nav.path, one, 1)
            elif "landmarks" in one.words("epub:type"):
                for path, kind in _landmarks(archive, nav.path, one):
                    # That a file holds text counts where nothing else is said of it.
                    if kind != TEXT or path not in kinds:
                        kinds[path] = kind
        kinds[archive.find(nav.path) or nav.path] = "toc"
    if not entries:
        entries += _ncx(archive, package)
    if package.generator and _MAKES_UP.search(package.generator):
        entries = [one for one in entries if not _MADE_UP.fullmatch(one.label)]
    return Contents(entries=tuple(entries), kinds=kinds)


def _target(archive: Archive, base: str, reference: str) -> tuple[str, str] | None:
    path, fragment = resolve(base, reference)
    found = archive.find(path)
    return None if found is None else (found, unquote(fragment))


def _in_list(archive: Archive, base: str, element: Element, level: int) -> Iterator[Entry]:
    """The links in nested lists; a label without a link groups what is below it."""
    for child in element.elements():
        if child.name == "a" and child.get("href"):
            target = _target(archive, base, child.get("href"))
            # Ruby over a title is no part of it.
            label = passage_of([TextRun(base_text(child))]).text or child.get("title").strip()
            if target is not None and label:
                yield Entry(label=label, path=target[0], fragment=target[1], level=level)
        else:
            inner = level + (child.name == "ol" and element.name == "li")
            yield from _in_list(archive, base, child, inner)


def _ncx(archive: Archive, package: Package) -> Iterator[Entry]:
    item = package.items.get(package.toc)
    if item is None or item.media_type != _NCX_TYPE:
        items = package.items.values()
        item = next((one for one in items if one.media_type == _NCX_TYPE), item)
    root = None if item is None else read_xml(archive, item.path)
    if item is None or root is None:
        return
    for nav_map in root.all("navMap"):
        yield from _points(archive, item.path, nav_map, 1)


def _points(archive: Archive, base: str, element: Element, level: int) -> Iterator[Entry]:
    for point in element.elements():
        if point.name != "navPoint":
            continue
        label = next((one.text() for one in point.elements() if one.name == "navLabel"), "")
        source = next((one.get("src") for one in point.elements() if one.name == "content"), "")
        target = _target(archive, base, source) if source else None
        if target is not None and label:
            yield Entry(label=label, path=target[0], fragment=target[1], level=level)
        yield from _points(archive, base, point, level + 1)


def _landmarks(archive: Archive, base: str, nav: Element) -> Iterator[tuple[str, str]]:
    for link in nav.all("a"):
        target = _target(archive, base, link.get("href"))
        kinds = link.words("epub:type") & _KINDS
        if target is not None and not target[1] and kinds:
            yield target[0], min(kinds - {TEXT}, default=TEXT)


_GUIDE = {
    "title-page": "titlepage",
    "copyright-page": "copyright-page",
    "toc": "toc",
    "cover": "cover",
    "index": "index",
    "colophon": "colophon",
    "loi": "loi",
    "lot": "lot",
    "notes": "endnotes",
    "text": TEXT,
}


def _guide(archive: Archive, package: Package) -> Iterator[tuple[str, str]]:
    for reference in package.root.all("reference"):
        kind = _GUIDE.get(reference.get("type").strip().lower())
        target = _target(archive, package.path, reference.get("href"))
        if kind and target is not None and not target[1]:
            yield target[0], kind
