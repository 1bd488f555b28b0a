"""Marks of notes that only what stands around them tells from text.

A bare number that links to a note, from which a link leads back, is a mark. A number that begins a
heading, that is all of a paragraph, or that 第 stands before, is text: books link their headings to
the table of contents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from sbv2cli.readers.markup import Element
from sbv2cli.readers.page import BLOCKS, heading_level
from sbv2cli.readers.page_ruby import GAIJI, MARK, NOTE_MARK, is_mark

_REFERENCE = re.compile(
    r"<a\b[^<>]{0,1000}?\shref\s*=\s*[\"']([^\"'<>#]{0,500}#[^\"'<>]{1,200})[\"']", re.IGNORECASE
)
_INLINE = frozenset("a b em i small span strong sub sup".split())
_LONGEST = 30  # characters of a mark, at most
_LOOKED_AT = 1000  # of a piece of text, with the blanks in it
_ALONE = frozenset({"div", "p"})  # blocks that a title may be all of
_ORDINAL = re.compile(r"(?:第|\b(?:chapter|part|book|section|no\.))\s*\Z", re.IGNORECASE)


def references(text: str) -> Iterator[str]:
    """Where the links of a page lead to that name a place in a page; without parsing it."""
    return (unescape(found[1]) for found in _REFERENCE.finditer(text))


def tell_marks(root: Element, pointed: frozenset[str] = frozenset()) -> None:
    """Say of the links of a page which are marks of notes, in an attribute of theirs.

    Args:
        root: the page.
        pointed: names of places in it that links of the book lead to.
    """
    _visit(root, _Around(block=root), pointed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What an element stands in."""

    block: Element
    names: frozenset[str] = frozenset()  # of elements that hold nothing else, or stand before
    gaiji: bool = False
    ordinal: bool = False  # 第 stands directly before


def _visit(element: Element, around: _Around, pointed: frozenset[str]) -> None:
    before: frozenset[str] = frozenset()  # names of empty elements directly before
    ordinal = around.ordinal
    for child in element.children:
        if isinstance(child, str):
            before = frozenset() if child.strip() else before
            ordinal = _ORDINAL.search(child[-_LONGEST:]) is not None or (
                ordinal and not child.strip()
            )
            continue
        own = frozenset({child.get("id"), child.get("name") if child.name == "a" else ""}) - {""}
        if child.name in BLOCKS or child.name not in _INLINE:
            inner = _Around(block=child if child.name in BLOCKS else around.block)
        else:
            alone = NOTE_MARK.fullmatch(_beginning(child)) is not None
            inner = _Around(
                block=around.block,
                names=around.names | before | own if alone else frozenset(),
                gaiji=GAIJI.search(child.get("class")) is not None,
                ordinal=ordinal,
            )
        if child.name in {"a", "sup"}:
            _judge(child, inner, pointed)
        elif child.name == "img" and around.gaiji:
            child.attributes = {**child.attributes, "class": "gaiji"}
        _visit(child, inner, pointed)
        empty = child.name in _INLINE and not _beginning(child)
        before = before | own if empty else frozenset()
        ordinal = ordinal and empty


def _judge(link: Element, around: _Around, pointed: frozenset[str]) -> None:
    text, block = _beginning(link), around.block
    letters = any(character.isalnum() for character in text)
    if is_mark(link):
        raised = link.name == "sup" or link.first("sup") is not None
        title = not raised and not link.words("epub:type") and _is_title(text, block)
        if letters and (title or around.ordinal):
            link.attributes = {**link.attributes, MARK: "no"}
    elif (
        letters
        and around.names & pointed
        and "#" in link.get("href")
        and not around.ordinal
        and heading_level(block) is None
        and NOTE_MARK.fullmatch(text)
        and not _is_title(text, block)
    ):
        link.attributes = {**link.attributes, MARK: "yes"}


def _is_title(text: str, block: Element) -> bool:
    """Whether a link begins a heading, or is all of a paragraph."""
    heading = heading_level(block) is not None
    if not heading and block.name not in _ALONE:
        return False
    shown = _beginning(block)
    return shown.startswith(text) if heading else shown == text


def _beginning(element: Element) -> str:
    """The first characters in an element without blanks; a few more than a mark can have."""
    found = ""
    stack = [iter(element.children)]  # a block may have many children, of which few are needed
    while stack and len(found) <= _LONGEST:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif isinstance(node, str):
            found += "".join(node[:_LOOKED_AT].split())
        else:
            stack.append(iter(node.children))
    return found
