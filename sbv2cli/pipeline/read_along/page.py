"""A file of XML as a tree in which every character and every tag knows its place in the bytes.

Only what is well formed is read. New bytes are put between the old ones, and none of those is
written anew, so what nobody asked to change stays as it is.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.entities import html5
from xml.parsers import expat

from sbv2cli.readers.markup import Element, parse_html
from sbv2cli.readers.page_ruby import glyph

Edit = tuple[int, int, bytes]
"""First byte and the one after the last, and what stands there instead."""


@dataclass(frozen=True, slots=True)
class Character:
    """A character and its bytes, which may be a reference such as `&amp;`."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Node:
    """An element with the places of its tags, and of its characters among all."""

    element: Element  # as the readers see it: their rules say what is spoken
    written: str  # its name with its prefix
    start: int  # of its start tag
    first: int  # of its characters
    last: int = 0  # of its end tag, or behind it where there is none
    end: int = 0
    until: int = 0  # behind the last of its characters
    children: list[Node | range] = field(default_factory=list)  # a range: characters

    @property
    def here(self) -> range:
        """Its characters, as numbers of the tree's."""
        return range(self.first, self.until)

    def walk(self) -> Iterator[Node]:
        """This element and all inside it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def sibling(self, name: str) -> str:
        """How an element of that name in the same namespace is written."""
        before, colon, _ = self.written.rpartition(":")
        return f"{before}{colon}{name}"

    def all(self, name: str) -> Iterator[Node]:
        """All elements inside with this name, in order."""
        return (node for node in self.walk() if node.element.name == name)


@dataclass(slots=True)
class Tree:
    """A file of XML."""

    data: bytes  # in UTF-8
    root: Node
    characters: list[Character]
    encoding: str  # of the file

    def free_prefix(self) -> str:
        """What no id begins with."""
        prefix = "sbv2-"
        while any(one.element.get("id").startswith(prefix) for one in self.root.walk()):
            prefix += "x-"
        return prefix

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """The file with new bytes in it; of several at one place the first stands first."""
        pieces: list[bytes] = []
        position = 0
        for start, end, new in sorted(edits, key=lambda edit: edit[:1]):
            pieces += (self.data[position:start], new)
            position = end
        made = b"".join((*pieces, self.data[position:]))
        return made if self.encoding == "utf-8" else made.decode().encode(self.encoding)


def read_tree(data: bytes) -> Tree | None:
    """The tree of a file; None if it is not well formed."""
    encoding = "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        little = data.startswith(codecs.BOM_UTF16_LE)
        encoding = "utf-16-le" if little else "utf-16-be"
    try:
        if encoding != "utf-8":
            data = data.decode(encoding).encode()
        return _Builder(data, encoding).tree()
    except (expat.ExpatError, UnicodeError, RecursionError):
        return None


class _Builder:
    """One pass of expat."""

    def __init__(self, data: bytes, encoding: str) -> None:
        self.data = data
        self.encoding = encoding
        self.characters: list[Character] = []
        self.root = Node(Element("", {}, 1), "", 0, 0)
        self.open = [self.root]
        self.cdata = False
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.UseForeignDTD()  # so that &nbsp; and its like are told of and no error
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = self._entity
        parser.StartCdataSectionHandler = lambda: self._in_cdata(inside=True)
        parser.EndCdataSectionHandler = lambda: self._in_cdata(inside=False)

    def tree(self) -> Tree:
        self.parser.Parse(self.data, True)  # noqa: FBT003  (that this is all)
        self.root.last = self.root.end = len(self.data)
        self.root.until = len(self.characters)
        return Tree(self.data, self.root, self.characters, self.encoding)

    def _start(self, name: str, attributes: object) -> None:
        del attributes  # the readers' own parser reads the tag, so that both see the same
        start = self.parser.CurrentByteIndex
        end = _tag_end(self.data, start)
        tag = self.data[start:end].decode()
        element = next(parse_html(tag).elements(), None) or Element(name.lower(), {}, 1)
        node = Node(element, name, start, len(self.characters))
        if element.name == "img":  # it may stand for a character
            self.characters += [Character(one, start, end) for one in glyph(element)]
            node.children.append(range(node.first, len(self.characters)))
        self.open[-1].children.append(node)
        self.open[-1].element.children.append(element)
        self.open.append(node)

    def _end(self, name: str) -> None:
        del name
        node = self.open.pop()
        node.last = self.parser.CurrentByteIndex
        # Of <br/> expat says that it ends where it begins, or behind its only tag.
        end = _tag_end(self.data, node.start)
        empty = self.data[end - 2 : end] == b"/>"
        node.last = end if empty else node.last
        node.end = end if empty else _tag_end(self.data, node.last)
        node.until = len(self.characters)

    def _text(self, text: str) -> None:
        if self.cdata:
            return
        start = self.parser.CurrentByteIndex
        first = len(self.characters)
        if self.data[start : start + 1] == b"&":
            end = self.data.index(b";", start) + 1
            self.characters += [Character(one, start, end) for one in text]
        else:
            for one in text:
                end = start + len(one.encode())
                self.characters.append(Character(one, start, end))
                start = end
        self._put(text, first)

    def _entity(self, name: str, parameter: bool) -> None:  # noqa: FBT001  (expat calls it so)
        text = html5.get(f"{name};", "")
        if parameter or len(text) != 1:
            return
        start = self.parser.CurrentByteIndex
        end = self.data.index(b";", start) + 1
        self.characters.append(Character(text, start, end))
        self._put(text, len(self.characters) - 1)

    def _put(self, text: str, first: int) -> None:
        node, until = self.open[-1], len(self.characters)
        node.element.children.append(text)
        before = node.children[-1] if node.children else None
        if isinstance(before, range):
            node.children[-1] = range(before.start, until)
        else:
            node.children.append(range(first, until))

    def _in_cdata(self, *, inside: bool) -> None:
        self.cdata = inside


def _tag_end(data: bytes, start: int) -> int:
    """The place behind a tag; a > inside quotes does not end it."""
    position = start
    while True:
        ends = {mark: at for mark in (b">", b'"', b"'") if (at := data.find(mark, position)) >= 0}
        mark = min(ends, key=lambda one: ends[one])
        if mark == b">":
            return ends[mark] + 1
        position = data.index(mark, ends[mark] + 1) + 1
