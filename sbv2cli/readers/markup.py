"""HTML, XHTML and XML -> a tree of elements; any text gives one, and none of its words is lost.

Books hold XHTML that no XML parser takes: open tags, undeclared entities, a bare `&`. So one
tokenizer reads all three, and closes what is left open as HTML does. Nothing outside the file is
asked for, and an entity that the file declares stands for a few characters at most.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

MAX_DEPTH = 150  # elements that are nested deeper stand beside each other
_MAX_ATTRIBUTES = 200
_MAX_ENTITY = 64  # characters
_SNIFFED = 4096  # bytes in which an encoding is declared

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]{1,40})"
    rb"|<meta\s[^>]{0,300}?\bcharset\s*=\s*[\"']?([\w.:-]{1,40})",
    re.IGNORECASE,
)
_REPLACEMENT = "\ufffd".encode()
_BROKEN = 0.5  # of the characters beyond ASCII, at most
_TEXT_ENCODINGS = re.compile(
    r"utf|us-ascii|iso|latin|cp|windows|shift|sjis|ms_kanji|euc|gb|big5|koi8|mac", re.IGNORECASE
)
# Names as the web means them: a page that says the first is written in the second.
_MEANT = {
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}


def decoded(data: bytes, wanted: str = "auto") -> tuple[str, int]:
    """(text with line ends LF, characters that could not be decoded) of a page."""
    text, lost = _decoded(data, wanted)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""), lost


def _decoded(data: bytes, wanted: str) -> tuple[str, int]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = data.decode(encoding, "replace")
            return text, text.count("\ufffd")
    declared = None if wanted == "auto" else wanted
    if declared is None and (found := _DECLARED.search(data[:_SNIFFED])) is not None:
        declared = _meant((found[1] or found[2]).decode("ascii"))
    best: tuple[str, int] | None = None
    for encoding in dict.fromkeys(name for name in (declared, "utf-8", "cp932") if name):
        text = data.decode(encoding, "replace")
        lost = text.count("\ufffd") - data.count(_REPLACEMENT)
        if lost <= 0:
            return text, 0
        beyond = sum(1 for character in text if character > "\x7f")
        # A few broken bytes do not make a page one of another encoding.
        if lost <= beyond * _BROKEN:
            return text, lost
        if best is None or lost < best[1]:
            best = text, lost
    assert best is not None
    return best


def _meant(name: str) -> str | None:
    """A declared encoding, if it is one of texts; UTF-16 without its mark is not believed."""
    if _TEXT_ENCODINGS.match(name) is None or name.casefold().startswith("utf-16"):
        return None
    if name.casefold() in _MEANT:
        return _MEANT[name.casefold()]
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return None
    return _MEANT.get(known, known)


_SPACES = re.compile(r"[ \t\n\r\f]+")  # what pages squeeze; an ideographic space is a character
_NO_WORDS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Element:
    """An element and what is in it.

    Names are without their prefix. Of two attributes that differ by prefix alone the one without
    it is kept; but in a page `epub:type` is another thing than `type`.
    """

    name: str
    attributes: Mapping[str, str]
    row: int
    children: list[Element | str] = field(default_factory=list, repr=False)

    def get(self, name: str) -> str:
        """The value of an attribute, "" where there is none."""
        return self.attributes.get(name, "")

    def words(self, name: str) -> frozenset[str]:
        """The words of an attribute, in lower case."""
        value = self.attributes.get(name)
        return frozenset(value.casefold().split()) if value else _NO_WORDS

    def elements(self) -> Iterator[Element]:
        """The elements directly inside."""
        return (child for child in self.children if isinstance(child, Element))

    def walk(self) -> Iterator[Element]:
        """This element and all inside it, in order."""
        stack = [self]
        while stack:
            element = stack.pop()
            yield element
            stack += [child for child in reversed(element.children) if isinstance(child, Element)]

    def all(self, *names: str) -> Iterator[Element]:
        """All elements inside with one of these names, in order."""
        return (element for element in self.walk() if element.name in names)

    def first(self, name: str) -> Element | None:
        """The first element inside with that name."""
        return next(self.all(name), None)

    def text(self) -> str:
        """All text inside, white space squeezed."""
        pieces: list[str] = []
        stack: list[Element | str] = [self]
        while stack:
            node = stack.pop()
            if isinstance(node, str):
                pieces.append(node)
            else:
                stack += reversed(node.children)
        return _SPACES.sub(" ", "".join(pieces)).strip()


# ---- the tokenizer -------------------------------------------------------------------------------

_MARK = re.compile(
    r"<(?:(?P<comment>!--)|(?P<cdata>!\[CDATA\[)|(?P<other>[!?])"
    r"|(?P<end>/?)(?P<name>[A-Za-z_][^\s/<>\"'=]*))"
)
_ATTRIBUTE = re.compile(r"[\s/]*(?P<name>[^\s\"'<>/=]+)(?:\s*=\s*(?P<quote>[\"'])?)?")
_BARE = re.compile(r"[^\s\"'<>=`]*")
_TAG_END = re.compile(r"\s*(?P<empty>/?)[\s/]*>")
_REST_OF_END = re.compile(r"[^<>]{0,200}>")
_DOCTYPE = re.compile(
    r"<!DOCTYPE\b[^\[<>]{0,1000}(?:\[(?P<inside>[^\]]{0,20000})\]\s*)?>", re.IGNORECASE
)
_ENTITY = re.compile(r"<!ENTITY\s+([A-Za-z][\w.-]{0,40})\s+(?:\"([^\"<]*)\"|'([^'<]*)')\s*>")
_REFERENCE = re.compile(r"&([A-Za-z][\w.-]{0,40});")

_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr basefont keygen".split()
)
_RAW = {
    name: re.compile(rf"</(?:\w+:)?{name}[\s/>]", re.IGNORECASE) for name in ("script", "style")
}
_PHRASE_ENDS = frozenset(  # what ends a paragraph that was left open
    "address article aside blockquote body center details dir div dl dd dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre section"
    " summary table tbody td tfoot th thead tr ul".split()
)
_RUBY = frozenset({"rb", "rt", "rp"})
# Element -> (what it ends, what it does not look beyond), where end tags may be left out.
_ENDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    **dict.fromkeys(_PHRASE_ENDS, (frozenset({"p"}), frozenset("table button object".split()))),
    "li": (frozenset({"li", "p"}), frozenset("ul ol menu dir".split())),
    **dict.fromkeys(("dt", "dd"), (frozenset("dt dd p".split()), frozenset({"dl"}))),
    **dict.fromkeys(("td", "th"), (frozenset("td th p".split()), frozenset({"tr", "table"}))),
    "tr": (frozenset("tr td th p".split()), frozenset({"table"})),
    **dict.fromkeys(("rt", "rp"), (_RUBY, frozenset({"ruby", "rtc"}))),
    **dict.fromkeys(("rb", "rtc"), (_RUBY | {"rtc"}, frozenset({"ruby"}))),
    "a": (frozenset({"a"}), frozenset({"table"})),
    "option": (frozenset({"option"}), frozenset({"select"})),
}


def parse_html(text: str) -> Element:
    """The tree of a page in HTML or XHTML."""
    return _Parser(text, html=True).tree()


def parse_xml(text: str) -> Element:
    """The tree of an XML document."""
    return _Parser(text, html=False).tree()


class _Parser:
    """One pass over a text; every step is bounded, so time grows with the text."""

    def __init__(self, text: str, *, html: bool) -> None:
        self.text = text
        self.html = html
        self.root = Element("", {}, 1)
        self.open = [self.root]
        self.entities = dict(_declared_entities(text))
        self.missing: set[str] = set()  # closing marks that do not come any more
        self.row = 1
        self.counted = 0  # characters of which the rows are counted

    def tree(self) -> Element:
        """The whole, as an element without a name."""
        text, at = self.text, 0
        while (found := _MARK.search(text, at)) is not None:
            self._characters(text[at : found.start()])
            self._count_rows(found.start())
            after = self._after(found)
            if after is None:
                self._characters("<")
                after = found.start() + 1
            at = after
        self._characters(text[at:])
        return self.root

    def _after(self, found: re.Match[str]) -> int | None:
        """The place behind a mark; None where it is no markup but a `<`."""
        if found["comment"]:
            return self._behind("-->", found.end()) or found.end()
        if found["cdata"]:
            end = self._behind("]]>", found.end())
            if end is not None:
                self._put(self.text[found.end() : end - 3])
            return end or found.end()
        if found["other"]:
            doctype = _DOCTYPE.match(self.text, found.start())
            return doctype.end() if doctype else self._behind(">", found.end()) or found.end()
        name = found["name"].rpartition(":")[2]
        name = name.lower() if self.html else name
        if found["end"]:
            rest = _REST_OF_END.match(self.text, found.end())
            if rest is None:
                return None
            self._end(name)
            return rest.end()
        return self._start_tag(name, found.end())

    def _start_tag(self, name: str, at: int) -> int | None:
        attributes: dict[str, str] = {}
        for _ in range(_MAX_ATTRIBUTES):
            end = _TAG_END.match(self.text, at)
            if end is not None:
                return self._start(name, attributes, end)
            found = _ATTRIBUTE.match(self.text, at)
            if found is None:
                return None
            at, value = found.end(), ""
            if found["quote"]:
                behind = self._behind(found["quote"], at)
                if behind is None:
                    return None
                value, at = self.text[at : behind - 1], behind
            elif found[0].rstrip().endswith("="):
                bare = _BARE.match(self.text, at)
                assert bare is not None
                value, at = bare[0], bare.end()
            self._attribute(attributes, found["name"], value)
        return None

    def _attribute(self, attributes: dict[str, str], written: str, value: str) -> None:
        prefix, _, name = written.rpartition(":")
        name = name.lower() if self.html else name
        if prefix in {"xmlns", "xlink", "xsi"} and name != "href":
            return
        if prefix and name == "type" and self.html:
            name = "epub:type"
        if not prefix or name not in attributes:
            attributes[name] = self._unescaped(value)

    def _start(self, name: str, attributes: dict[str, str], end: re.Match[str]) -> int:
        if self.html:
            self._end_what_it_ends(name)
        element = Element(name, attributes, self.row)
        self.open[-1].children.append(element)
        if end["empty"] or (self.html and name in _VOID):
            return end.end()
        if self.html and name in _RAW:
            close = _RAW[name].search(self.text, end.end())
            return len(self.text) if close is None else close.start()
        if len(self.open) < MAX_DEPTH:
            self.open.append(element)
        return end.end()

    def _end_what_it_ends(self, name: str) -> None:
        ended, boundaries = _ENDS.get(name, (frozenset(), frozenset()))
        for index in range(len(self.open) - 1, 0, -1):
            opened = self.open[index].name
            if opened in ended:
                del self.open[index:]
            elif opened in boundaries or opened in _PHRASE_ENDS:
                return

    def _end(self, name: str) -> None:
        for index in range(len(self.open) - 1, 0, -1):
            if self.open[index].name == name:
                del self.open[index:]
                return

    def _characters(self, text: str) -> None:
        if text:
            self._put(self._unescaped(text))

    def _put(self, text: str) -> None:
        self.open[-1].children.append(text)

    def _unescaped(self, text: str) -> str:
        if "&" not in text:
            return text
        if self.entities:
            text = _REFERENCE.sub(lambda found: self.entities.get(found[1], found[0]), text)
        return unescape(text)

    def _behind(self, mark: str, at: int) -> int | None:
        """The place behind the next such mark."""
        if mark in self.missing:
            return None
        found = self.text.find(mark, at)
        if found < 0:
            self.missing.add(mark)
            return None
        return found + len(mark)

    def _count_rows(self, at: int) -> None:
        self.row += self.text.count("\n", self.counted, at)
        self.counted = at


def _declared_entities(text: str) -> Iterator[tuple[str, str]]:
    """Entities of a document's own that stand for a few characters."""
    doctype = _DOCTYPE.search(text, 0, 64 * 1024)
    for name, double, single in _ENTITY.findall((doctype and doctype["inside"]) or ""):
        value = double or single
        if len(value) <= _MAX_ENTITY:
            yield name, value
