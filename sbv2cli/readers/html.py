"""A page of HTML: what its main part says, as a book of one file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.blocks import BookLines, left_out_findings, remark
from sbv2cli.readers.book_facts import BookFacts, Person
from sbv2cli.readers.decode import MAX_DOCUMENT, named_encoding
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.markup import Element, decoded, parse_html
from sbv2cli.readers.page import Page, PageOptions, read_page
from sbv2cli.readers.page_hidden import own_sheets, style_rules
from sbv2cli.readers.page_marks import references, tell_marks
from sbv2cli.readers.page_ruby import note_links
from sbv2cli.readers.unsupported import refuse_page
from sbv2cli.records import ScriptLine

_PAGE = re.compile(
    r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?s:.*?)-->\s*)?<(?i:!doctype\s+html|html|head|body)\b"
)


def recognise(head: Head) -> Evidence:
    """Its doctype or outermost element."""
    return Evidence.SURE if _PAGE.match(head.text) else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a page."""
    text, lost = _text(stream, source_name, options)
    refuse_page(text, source_name)
    root = parse_html(text)
    tell_marks(root, frozenset(link.partition("#")[2] for link in references(text)))
    page = read_page(
        root,
        PageOptions(
            notes=options.notes == "speak",
            front_matter=options.front_matter == "speak",
            code=False,
            main_part=True,
            styles=[rule for sheet in own_sheets(text) for rule in style_rules(sheet)],
            note_ids=frozenset(link.partition("#")[2] for link in note_links(root)),
        ),
    )
    page.counts["characters"] += lost
    yield from lines_of_page(page, _language(root), source_name, options)


def read_facts(stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS) -> BookFacts:
    """What the head of a page says of it."""
    root = parse_html(_text(stream, source_name, options)[0])
    said: dict[str, str] = {}
    for meta in root.all("meta"):
        # DC.Title, og:title: the vocabulary is no matter.
        name = re.split("[.:]", (meta.get("name") or meta.get("property")).casefold())[-1]
        said.setdefault(name, meta.get("content").strip())
    title = root.first("title")
    named = said.get("title") or (title.text() if title else "")
    author = said.get("creator") or said.get("author")
    return BookFacts(
        title=named or None,
        people=(Person(name=author),) if author else (),
        language=_language(root),
    )


def _language(root: Element) -> str | None:
    return next((one.get("lang") for one in root.all("html") if one.get("lang")), None)


def _text(stream: BinaryIO, source_name: str, options: ReaderOptions) -> tuple[str, int]:
    wanted = options.encoding if options.encoding == "auto" else named_encoding(options.encoding)
    return decoded(_bytes(stream, source_name), wanted)


def lines_of_page(
    page: Page, language: str | None, source_name: str, options: ReaderOptions
) -> Iterator[ScriptLine]:
    """The lines of a page that stands alone, and names its language or not."""
    lines = BookLines(source_name, options, language="ja" if page.japanese else language)
    lines.findings += left_out_findings(page.left_out)
    lines.findings += [remark(what, count) for what, count in sorted(page.counts.items()) if count]
    lines.add_all((block, None) for block in page.blocks)
    yield from lines.finished()


def _bytes(stream: BinaryIO, source_name: str) -> bytes:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > MAX_DOCUMENT:
        raise ScriptError(
            "script.document-long",
            f"the page has {size:,} bytes, more than {MAX_DOCUMENT:,}",
            at=source_name,
            hint="split it into several files",
        )
    data = stream.read()
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ScriptError(
            "script.nul",
            "the page holds a NUL character",
            at=source_name,
            hint="is this a page? text in UTF-16 needs its byte-order mark",
        )
    return data


FORMAT = Format(read=read, recognise=recognise, facts=read_facts)
