"""The package of an EPUB: what it says of itself, its files, and the order of reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sbv2cli.errors import ScriptError
from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.archive import Archive, damaged, resolve
from sbv2cli.readers.book_facts import BookFacts, Cover, Person
from sbv2cli.readers.markup import Element, decoded, parse_xml

_CONTAINER = "META-INF/container.xml"
_PACKAGE_TYPE = "application/oebps-package+xml"
PAGE_TYPES = frozenset(
    {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"}
)
# Fonts may be changed so that nobody copies them out of a book; that hides no text.
_FONT_ALGORITHMS = frozenset(
    {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
)
_FONT = lazy_pattern(r"\.(?:ttf|otf|ttc|woff2?|pfb|dfont)$", re.IGNORECASE)
_KANA = lazy_pattern(r"[\u3041-\u309f\u30a0-\u30ff\uff66-\uff9f\s・，,、]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file of the manifest."""

    id: str
    path: str  # in the archive, as written
    media_type: str
    properties: frozenset[str] = frozenset()
    fallback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpineItem:
    """A file in reading order."""

    item: Item
    linear: bool = True
    fixed: bool = False  # laid out as a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The package document."""

    path: str
    root: Element
    items: Mapping[str, Item]
    spine: tuple[SpineItem, ...]
    toc: str  # the id that the spine names for its NCX

    def with_property(self, name: str) -> Item | None:
        """The first file with that property."""
        return next((item for item in self.items.values() if name in item.properties), None)

    @property
    def language(self) -> str | None:
        """The first language of the book."""
        return next((one.text() for one in _metadata(self.root, "language") if one.text()), None)

    @property
    def generator(self) -> str:
        """The program that made the book, as it says."""
        named = (one for one in self.root.all("meta") if one.get("name") == "generator")
        return next((one.get("content") for one in named), "")


def read_xml(archive: Archive, name: str) -> Element | None:
    """The tree of an XML file; None if there is none."""
    data = archive.read(name)
    return None if data is None else parse_xml(decoded(data)[0])


def read_package(archive: Archive) -> Package:
    """The first package of a book that is not protected.

    Raises:
        ScriptError: it is no EPUB, it is protected, or it has no spine.
    """
    path = _package_path(archive)
    _refuse_protected(archive)
    root = read_xml(archive, path)
    if root is None:
        raise damaged(archive.path, f"the package {path} is missing")
    items = {item.id: item for item in _items(root, path)}
    fixed = _is_fixed(root, archive)
    spine = tuple(_spine(root, items, fixed=fixed))
    if not spine:
        raise damaged(f"{archive.path}:{path}", "its spine names no file")
    toc = next((one.get("toc") for one in root.all("spine")), "")
    return Package(path=path, root=root, items=items, spine=spine, toc=toc)


def _package_path(archive: Archive) -> str:
    container = read_xml(archive, _CONTAINER)
    files = [] if container is None else list(container.all("rootfile"))
    paths = [
        one.get("full-path").strip()
        for one in files
        if one.get("media-type").strip() in {"", _PACKAGE_TYPE}
    ] or [one.get("full-path").strip() for one in files]
    found = next((path for path in paths if path and archive.find(path)), None)
    # A book without its container is still one where there is one package alone.
    packages = [name for name in archive.files if name.lower().endswith(".opf")]
    if found is None and len(packages) == 1:
        found = packages[0]
    if found is None:
        missing = f"the package {paths[0]} is missing" if paths else "it has no package"
        raise damaged(archive.path, f"this is no EPUB: {missing}")
    return found


def _items(root: Element, path: str) -> Iterator[Item]:
    for manifest in root.all("manifest"):
        for one in manifest.elements():
            if one.name == "item" and one.get("href"):
                yield Item(
                    id=one.get("id").strip(),
                    path=resolve(path, one.get("href"))[0],
                    media_type=one.get("media-type").strip().lower().partition(";")[0],
                    properties=one.words("properties"),
                    fallback=one.get("fallback").strip(),
                )


def _spine(root: Element, items: Mapping[str, Item], *, fixed: bool) -> Iterator[SpineItem]:
    for one in root.all("itemref"):
        item = _readable(items, one.get("idref").strip())
        if item is None:
            continue
        properties = one.words("properties")
        yield SpineItem(
            item=item,
            linear=one.get("linear").strip().lower() != "no",
            fixed=(fixed or "rendition:layout-pre-paginated" in properties)
            and "rendition:layout-reflowable" not in properties,
        )


def _readable(items: Mapping[str, Item], name: str) -> Item | None:
    """A file of the spine, or what stands in for it where it is no page."""
    first = item = items.get(name)
    for _ in range(len(items)):
        if item is None or item.media_type in PAGE_TYPES or not item.fallback:
            break
        item = items.get(item.fallback)
    return item if item is not None and item.media_type in PAGE_TYPES else first


def _is_fixed(root: Element, archive: Archive) -> bool:
    for meta in root.all("meta"):
        if meta.get("refines"):
            continue
        if meta.get("property") == "rendition:layout" and meta.text() == "pre-paginated":
            return True
        if meta.get("name") == "fixed-layout" and meta.get("content").strip().lower() == "true":
            return True
    display = read_xml(archive, "META-INF/com.apple.ibooks.display-options.xml")
    return display is not None and any(
        option.get("name") == "fixed-layout" and option.text().lower() == "true"
        for option in display.all("option")
    )


def _refuse_protected(archive: Archive) -> None:
    # A folder that was zipped whole has another folder around META-INF.
    inside = [name for name in archive.files if "META-INF" in name.split("/")]
    for name in inside:
        if PurePosixPath(name).name in {"rights.xml", "sinf.xml", "license.lcpl"}:
            raise _protected(archive, f"it comes with {name}")
    for name in inside:
        if PurePosixPath(name).name == "encryption.xml":
            _refuse_encrypted(archive, name)


def _refuse_encrypted(archive: Archive, name: str) -> None:
    encryption = read_xml(archive, name)
    for data in () if encryption is None else encryption.all("EncryptedData"):
        method = data.first("EncryptionMethod")
        algorithm = "" if method is None else method.get("Algorithm").strip()
        for reference in data.all("CipherReference"):
            path = reference.get("URI").strip()
            if algorithm not in _FONT_ALGORITHMS and not _FONT.search(path):
                raise _protected(archive, f"{path} is encrypted")


def _protected(archive: Archive, reason: str) -> ScriptError:
    return ScriptError(
        "book.protected",
        f"the book is protected against copying (DRM) and cannot be read: {reason}",
        at=archive.path,
        hint="use an edition without DRM",
    )


# ---- what the book says of itself ----------------------------------------------------------------


def facts_of(package: Package, archive: Archive) -> BookFacts:
    """Title, people, language and cover."""
    root = package.root
    titles = [one for one in _metadata(root, "title") if one.text()]
    kinds = {one.get("id"): _refined(root, one, "title-type") for one in titles}
    main = next((one for one in titles if kinds[one.get("id")] == "main"), None)
    main = main or next(iter(titles), None)
    subtitle = next((one for one in titles if kinds[one.get("id")] == "subtitle"), None)
    return BookFacts(
        title=None if main is None else main.text(),
        title_reading=None if main is None else _reading(root, main),
        subtitle=None if subtitle is None else subtitle.text(),
        people=tuple(_people(root)),
        language=package.language,
        identifiers=tuple(one.text() for one in _metadata(root, "identifier") if one.text()),
        publisher=_first_text(root, "publisher"),
        date=_first_text(root, "date"),
        description=_first_text(root, "description"),
        cover=_cover(package, archive),
    )


def _metadata(root: Element, name: str) -> Iterator[Element]:
    for metadata in root.all("metadata"):
        yield from (one for one in metadata.walk() if one.name.casefold() == name)


def _first_text(root: Element, name: str) -> str | None:
    found = (*_metadata(root, name), *_terms(root, name))
    return next((one.text() for one in found if one.text()), None)


def _refining(root: Element, element: Element, name: str) -> Iterator[Element]:
    own = element.get("id")
    for meta in root.all("meta"):
        if own and meta.get("refines").lstrip("#") == own and meta.get("property") == name:
            yield meta


def _refined(root: Element, element: Element, name: str) -> str:
    """What a `meta` says of an element, or an attribute of EPUB 2."""
    found = next(_refining(root, element, name), None)
    return element.get(name).strip() if found is None else found.text()


def _reading(root: Element, element: Element) -> str | None:
    """`file-as` and `alternate-script` in kana."""
    said = [one.text() for one in _refining(root, element, "file-as")]
    said += [one.text() for one in _refining(root, element, "alternate-script")]
    said.append(element.get("file-as").strip())
    return next((text for text in said if text and _KANA.fullmatch(text)), None)


def _people(root: Element) -> Iterator[Person]:
    for name, usual in (("creator", "aut"), ("contributor", "ctb")):
        for one in (*_metadata(root, name), *_terms(root, name)):
            if not one.text():
                continue
            roles = [meta.text() for meta in _refining(root, one, "role")]
            roles = roles or [one.get("role").strip() or usual]
            role = usual if usual in roles else roles[0]
            yield Person(name=one.text(), reading=_reading(root, one), role=role)


def _terms(root: Element, name: str) -> Iterator[Element]:
    """What stands in a `meta` of Dublin Core's terms instead of an element."""
    for meta in root.all("meta"):
        if meta.get("property") == f"dcterms:{name}" and not meta.get("refines"):
            yield meta


def _cover(package: Package, archive: Archive) -> Cover | None:
    item = package.with_property("cover-image")
    if item is None:
        named = (
            meta.get("content").strip()
            for meta in package.root.all("meta")
            if meta.get("name") == "cover"
        )
        item = next((package.items[name] for name in named if name in package.items), None)
    if item is None or not item.media_type.startswith("image/"):
        return None
    data = archive.read(item.path)
    return None if data is None else Cover(media_type=item.media_type, data=data)
