"""The lines of an EPUB, page by page in reading order."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.archive import Archive, resolve
from sbv2cli.readers.blocks import BookLines, left_out_findings, remark
from sbv2cli.readers.book_facts import BookFacts
from sbv2cli.readers.epub.contents import Contents, Entry, read_contents
from sbv2cli.readers.epub.lexicon import Lexicon, read_lexicon, with_readings
from sbv2cli.readers.epub.package import Package, SpineItem, facts_of, read_package, read_xml
from sbv2cli.readers.epub.titles import letters, titles_alone, with_titles
from sbv2cli.readers.format import DEFAULTS, Format, ReaderOptions
from sbv2cli.readers.markup import Element, decoded, parse_html
from sbv2cli.readers.page import FRONT_TYPES, Block, Page, PageOptions, read_page
from sbv2cli.readers.page_hidden import (
    StyleRule,
    imported_sheets,
    linked_sheets,
    own_sheets,
    style_rules,
)
from sbv2cli.readers.page_marks import references, tell_marks
from sbv2cli.readers.page_ruby import note_links
from sbv2cli.records import Finding, ScriptLine

_LONGEST_FRONT = 4_000  # characters of a page that only its name makes front matter
_LINKED = 0.6  # of the text of a table of contents is links, at least
_ONLY_LINKS = 0.85  # of one that nothing calls so
_LINKS = 3
_TITLES = 0.6  # of the letters of one without links are titles of chapters, at least
_NAMES = re.compile(
    # title: of AozoraEpub3; one with a number may be of a part.
    r"(?:p-)?(?:(?P<cover>(?:back)?cover|hyoushi)"
    r"|(?P<titlepage>(?:half)?[-_]?title[-_]?page|title(?![-_]?\d))"
    r"|(?P<toc>toc|nav|contents|mokuji)|(?P<colophon>(?:un)?copyright|colophon|oku[dz]uke"
    r"|imprint|caution|ad))(?:[-_]?\d{1,3}|[-_]?page)?"
)
_LABELS = {
    **dict.fromkeys(("表紙", "カバー", "cover", "cover page", "coverpage"), "cover"),
    **dict.fromkeys(
        ("扉", "本扉", "表題", "タイトルページ", "title page", "titlepage"), "titlepage"
    ),
    **dict.fromkeys(("奥付", "コピーライト", "著作権", "colophon", "imprint"), "colophon"),
    **dict.fromkeys(("copyright", "copyright page", "uncopyright"), "copyright-page"),
    **dict.fromkeys(("目次", "もくじ", "contents", "table of contents"), "toc"),
}


_CALLED_CONTENTS = re.compile(r"\s*(?:目\s*次|もくじ|(?:table of )?contents)\s*", re.IGNORECASE)


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a book."""
    if stream.seek(0, io.SEEK_END) == 0:
        return
    archive = Archive.of(stream, source_name)
    book = _Book(archive, read_package(archive), options)
    pages = list(book.pages())
    lines = BookLines(source_name, options, language=book.language)
    if not any(not block.blank for _, blocks in pages for block in blocks):
        raise _without_text(book)
    lines.findings += book.findings()
    lines.add_all((block, member) for member, blocks in pages for block in blocks)
    yield from lines.finished()


def read_facts(stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS) -> BookFacts:
    """What the book says of itself."""
    del options
    archive = Archive.of(stream, source_name)
    return facts_of(read_package(archive), archive)


@dataclass(slots=True)
class _Book:
    """A book under way: what was left out of it is counted."""

    archive: Archive
    package: Package
    options: ReaderOptions
    contents: Contents = field(init=False)
    kinds: dict[str, str] = field(init=False)  # file -> what kind of page it is
    entries: dict[str, dict[str, list[tuple[str, int]]]] = field(default_factory=dict)
    note_ids: dict[str, set[str]] = field(default_factory=dict)  # by file
    linked: dict[str, set[str]] = field(default_factory=dict)  # places in files that links lead to
    lexicons: dict[str, Lexicon] = field(default_factory=dict)
    sheets: dict[str, tuple[StyleRule, ...]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)  # what there is a remark about
    facts: Counter[str] = field(default_factory=Counter)  # pages, and those in Japanese
    missing: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.contents = read_contents(self.archive, self.package)
        self.kinds = dict(self.contents.kinds)
        for entry in self.contents.entries:
            self._note(entry)

    def _note(self, entry: Entry) -> None:
        kind = _LABELS.get(entry.label.casefold())
        if kind and not entry.fragment:
            self.kinds.setdefault(entry.path, kind)
        labels = self.entries.setdefault(entry.path, {})
        labels.setdefault(entry.fragment, []).append((entry.label, entry.level))

    @property
    def language(self) -> str | None:
        """Japanese if most pages are; else what the package says, which tools often make up."""
        if self.facts["japanese"] * 2 > self.facts["pages"]:
            return "ja"
        return self.package.language

    def pages(self) -> Iterator[tuple[str, list[Block]]]:
        """(file, its blocks) in reading order."""
        spine = self.package.spine
        if all(item.fixed for item in spine):
            raise _fixed_layout(self.archive.path)
        self._find_links()
        for item in spine:
            path = self.archive.find(item.item.path)
            if path is None:
                self.missing.append(item.item.path)
                continue
            blocks = self._page(item, path)
            if blocks:
                yield path, blocks

    def _find_links(self) -> None:
        """Note which places of which files links lead to: those of notes lead back to their mark.

        A mark is read before its note, so this takes a look at all pages first.
        """
        for item in self.package.spine:
            path = self.archive.find(item.item.path)
            data = None if path is None else self.archive.read(path)
            for link in references(decoded(data or b"")[0]):
                target, fragment = resolve(path or "", link)
                found = self.archive.find(target) or target
                self.linked.setdefault(found, set()).add(fragment)

    def _page(self, item: SpineItem, path: str) -> list[Block]:
        if item.item.media_type.startswith(("image/", "font/", "audio/", "video/")):
            self.counts["pictures"] += 1
            return []
        data = self.archive.read(path)
        assert data is not None
        text, lost = decoded(data)
        self.counts["characters"] += lost
        root = parse_html(text)
        kind = self._kind(root, item, path)
        if kind is not None:
            self.left_out[kind] += len("".join(_shown(root).split()))
            return []
        entries = self.entries.get(path, {})
        tell_marks(root, frozenset(self.linked.get(path, ())))
        for link in note_links(root):
            target, fragment = resolve(path, link)
            self.note_ids.setdefault(self.archive.find(target) or target, set()).add(fragment)
        page = read_page(
            root,
            PageOptions(
                notes=self.options.notes == "speak",
                front_matter=self.options.front_matter == "speak",
                anchors=frozenset(entries),
                note_ids=frozenset(self.note_ids.get(path, ())),
                styles=self._style_rules(root, text, path),
            ),
        )
        self.facts.update(pages=1, japanese=int(page.japanese))
        self.left_out += page.left_out
        self.counts += page.counts
        blocks = self._pronounced(root, path, page)
        if any(not block.blank for block in blocks):
            blocks, added = with_titles(blocks, entries)
        else:
            # A part whose name is a picture; of what is left out no title is spoken either.
            blocks = [] if _shown(root) else titles_alone(entries)
            added = len(blocks)
        self.counts["titles"] += added
        return blocks

    def _kind(self, root: Element, item: SpineItem, path: str) -> str | None:
        """What makes a page one that is left out whole."""
        kind = self.kinds.get(path)
        if kind in {"endnotes", "footnotes"}:
            return None if self.options.notes == "speak" else "notes"
        if self.options.front_matter == "speak":
            return None
        if not item.linear:
            return "pages outside the reading order"
        named = _NAMES.fullmatch(PurePosixPath(path).stem.casefold())
        kind = kind or (named and named.lastgroup)
        if len(self.package.spine) == 1:
            return None
        if kind in {None, "toc"}:
            return "toc" if self._lists_chapters(root, named=kind == "toc") else None
        return kind if kind in FRONT_TYPES and len(_shown(root)) <= _LONGEST_FRONT else None

    def _lists_chapters(self, root: Element, *, named: bool) -> bool:
        """Whether a page is a table of contents and nothing more."""
        shown = _shown(root)
        called = _CALLED_CONTENTS.match(shown)
        named = named or called is not None
        rest = shown if called is None else shown[called.end() :]
        links = [len(one.text()) for one in root.all("a") if one.get("href")]
        least, fewest = (_LINKED, 2) if named else (_ONLY_LINKS, _LINKS)
        if len(links) >= fewest and sum(links) >= least * len(rest):
            return True
        return named and self._are_titles(rest)

    def _are_titles(self, text: str) -> bool:
        """Whether a text is mostly titles of chapters, and at least two of them."""
        written = rest = letters(text)
        titles = {letters(entry.label) for entry in self.contents.entries} - {""}
        found = 0
        for title in sorted(titles, key=lambda one: (-len(one), one)):
            found += title in rest
            rest = rest.replace(title, "")
        others = sum(1 for character in rest if not character.isdigit())  # numbers of pages
        return found > 1 and others <= (1 - _TITLES) * len(written)

    def _pronounced(self, root: Element, path: str, page: Page) -> list[Block]:
        """The blocks with readings of the lexicons that a page links to."""
        lexicon = Lexicon(readings={})
        for link in root.all("link"):
            if "pronunciation" in link.words("rel") or link.get("type") == "application/pls+xml":
                lexicon += self._lexicon(resolve(path, link.get("href"))[0])
        pattern = lexicon.pattern()
        if pattern is None:
            return page.blocks
        return [
            replace(block, passage=with_readings(block.passage, lexicon, pattern))
            for block in page.blocks
        ]

    def _style_rules(self, root: Element, text: str, path: str) -> list[StyleRule]:
        """The rules of the style sheets of a page, in their order."""
        found: list[StyleRule] = []
        for link in linked_sheets(root):
            found += self._sheet(resolve(path, link)[0])
        for own in own_sheets(text):
            found += self._rules_of(own, path)
        return found

    def _sheet(self, path: str) -> tuple[StyleRule, ...]:
        """The rules of a style sheet, behind those of the sheets that it imports."""
        if path not in self.sheets:
            self.sheets[path] = ()  # of one that imports itself
            data = self.archive.read(path)
            self.sheets[path] = self._rules_of(decoded(data or b"")[0], path)
        return self.sheets[path]

    def _rules_of(self, sheet: str, path: str) -> tuple[StyleRule, ...]:
        imported = [
            rule for link in imported_sheets(sheet) for rule in self._sheet(resolve(path, link)[0])
        ]
        return (*imported, *style_rules(sheet))

    def _lexicon(self, path: str) -> Lexicon:
        if path not in self.lexicons:
            root = read_xml(self.archive, path)
            self.lexicons[path] = Lexicon(readings={}) if root is None else read_lexicon(root)
        return self.lexicons[path]

    def findings(self) -> list[Finding]:
        """What a person should know of the whole book."""
        found = left_out_findings(self.left_out)
        unread = self.counts["pronunciations"] + sum(one.ignored for one in self.lexicons.values())
        counts = {**self.counts, "pronunciations": unread}
        found += [remark(what, count) for what, count in sorted(counts.items()) if count]
        found += [
            Finding(
                code="book.file-missing",
                severity="warning",
                message=f"{path} is part of the book, but not in the file",
                hint="is the book whole?",
            )
            for path in self.missing
        ]
        return found


def _shown(root: Element) -> str:
    """The text of a page, without its head."""
    return (root.first("body") or root).text()


def _fixed_layout(path: str) -> ScriptError:
    return ScriptError(
        "book.fixed-layout",
        "the pages are laid out as pictures (fixed layout), which have no text to read in order",
        at=path,
        hint="use an edition with flowing text",
    )


def _without_text(book: _Book) -> ScriptError:
    reason = "its pages are pictures" if book.counts["pictures"] else "its pages are empty"
    if book.missing:
        reason = f"{book.missing[0]} is missing"
    elif book.left_out:
        reason = f"all of it is {', '.join(sorted(book.left_out))}"
    way_out = "use an edition with text"
    if book.left_out:
        way_out = "--front-matter speak and --notes speak read what is left out"
    elif book.missing:
        way_out = "is the book whole?"
    return ScriptError(
        "book.no-text",
        f"there is no text in this book: {reason}",
        at=book.archive.path,
        hint=way_out,
    )


FORMAT = Format(read=read, facts=read_facts)
