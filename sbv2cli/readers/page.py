"""A page of HTML or XHTML -> headings, paragraphs and breaks of scenes, in order.

What is no text of the book (navigation, scripts, hidden things, numbers of pages, marks of notes)
is left out here; notes and front matter are left out or kept by choice. All other text is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.aozora.characters import UNKNOWN
from sbv2cli.readers.markup import Element
from sbv2cli.readers.page_hidden import HIDDEN, StyleRule, is_hidden, is_struck, tell_hidden
from sbv2cli.readers.page_ruby import (
    base_text,
    glyph,
    is_mark,
    kana_reading,
    ruby_runs,
)
from sbv2cli.readers.page_text import BREAK, TextRun, paragraphs_of, passage_of
from sbv2cli.readers.prose import Passage, is_scene_break

_SILENT = frozenset(  # elements without text of the book
    "head script style template nav audio video iframe canvas select noscript noframes textarea"
    " svg switch trigger button pagenum noteref annoref linenum annotation-xml".split()
)
_NOTE_TYPES = frozenset(
    "footnote footnotes endnote endnotes rearnote rearnotes note annotation"
    " doc-footnote doc-endnote doc-endnotes doc-footnotes".split()
)
_PAGE_TYPES = frozenset({"pagebreak", "doc-pagebreak"})
FRONT_TYPES = frozenset(
    "titlepage halftitlepage halftitle imprint imprimatur colophon copyright-page toc toc-brief"
    " landmarks loi loa lot lov page-list index cover frontispiece other-credits"
    " revision-history doc-colophon doc-toc doc-index doc-pagelist doc-cover".split()
)
_NOTE_CLASSES = lazy_pattern(
    # _idFootnote: InDesign's
    r"(?:^|\s)(?:_id)?(?:foot|end|rear)-?notes?(?:-(?:text|body|list|item))?(?:$|\s)",
    re.IGNORECASE,
)
# A heading over nothing but notes, which goes with them.
_TITLE_OF_NOTES = lazy_pattern(
    r"[【［\[（(]?(?:[原訳脚補編傍]|巻末|本文|章末)?[注註](?:釈|記|解)?(?:一覧)?[】］\])）]?"
    r"|(?:foot|end)?\s?notes?|notes to the text",
    re.IGNORECASE,
)
_PAGE_CLASSES = lazy_pattern(
    r"(?:^|\s)(?:page-?_?(?:num(?:ber)?|no)|nombre|folio)(?:$|\s)", re.IGNORECASE
)
_PAGE_NUMBER = lazy_pattern(
    r"[\W_]{0,5}(?:p\.?\s?)?(?:\d{1,5}|[ivxlcdm]{1,8})[\W_]{0,5}", re.IGNORECASE
)
# What Project Gutenberg and Aozora Bunko put around a text.
_BOILERPLATE = lazy_pattern(
    r"(?:^|\s)(?:pg-?boilerplate|trans-?notes?|transcribers?-?notes?|bibliographical_information"
    r"|notation_notes|after_text)(?:$|\s)"
    r"|^pg-(?:header|footer)$"
)
_CONTENTS_OF_WRITER = re.compile(
    r"(?:Table of Contents|Alphabetical Index|Illustration Index|Index of Tables|Bibliography)\d+"
)
# The text of a page of Aozora Bunko, Narou (of today and before) and Kakuyomi.
_TEXTS_OF_SITES = frozenset("main_text p-novel novel_color contentmain".split())
# What authors say before and behind an episode: of Narou, and of Hameln.
_PREFACES = frozenset(
    "p-novel__text--preface p-novel__text--afterword novel_p novel_a maegaki atogaki".split()
)
_COUNTERS = frozenset("p-novel__number novel_no".split())  # 3/20
# What pages of the web put around a text, by id or class.
_AROUND = frozenset(
    "footer footer-wrap global-footer globalfooter site-footer menu menubar sidemenu side-menu"
    " gnav gnavi globalnav global-nav nav navi navbar navigation sidebar side-bar breadcrumb"
    " breadcrumbs pankuzu topicpath pager pagination pagenavi page-nav copyright ad ads".split()
)
_HEADS = frozenset("header global-header globalheader site-header".split())
_MOST_AROUND = 0.5  # of the letters of a page; what holds more is the text, whatever it is called
# Links that lead through a site: << 前へ, 目次, TOP.
_WAY = lazy_pattern(
    r"[\W_]{0,6}(?:[前次]の?(?:話|章|回|頁|ページ|作品)?へ?|目次へ?|もくじへ?|(?:小説)?(?:一覧|トップ|top)"
    r"(?:ページ)?(?:へ|に?戻る|へ戻る)?|戻る|もどる|ホームへ?|home|index|back|next|prev(?:ious)?"
    r"|(?:previous|next) (?:chapter|page)|contents|table of contents)[\W_]{0,6}",
    re.IGNORECASE,
)
_SCENE_CLASSES = lazy_pattern(
    r"scene|section-?break|asterism|separator|divider|transition|ornament"
)
_STANZA = lazy_pattern(r"(?:^|[\s:])(?:line-?group|lg|stanza|verse|poem)(?:$|\s)", re.IGNORECASE)
_ROWS = frozenset("blockquote div line linegroup p".split())  # what stanzas are made of
_HEADING_CLASSES: Mapping[str, int] = {
    "chaptertitle": 1,  # Kakuyomi's
    "widget-episodetitle": 2,
    "novel_subtitle": 2,  # Narou's of before
    **dict.fromkeys(("o-midashi", "oo-midashi", "dai-midashi", "tobira-midashi"), 1),
    **dict.fromkeys(("naka-midashi", "chu-midashi"), 2),
    **dict.fromkeys(("ko-midashi", "sho-midashi"), 3),
}
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main menu ol p"
    " pre section summary table tbody tfoot thead tr ul"
    # DAISY's books, which EPUB 2 allows.
    " book bodymatter frontmatter rearmatter level level1 level2 level3 level4 level5 level6"
    " list lic linegroup line poem sidebar prodnote imggroup hd doctitle docauthor".split()
)
_CELLS = frozenset({"td", "th"})
_STRUCK = frozenset({"del", "s", "strike"})
# Elements that hold paragraphs; in them a break ends one where the text is Japanese.
_CONTAINERS = frozenset("article aside blockquote body center div header html main section".split())
_PARTS_OF_PAGES = frozenset("article body html main section".split())
_EDGES = frozenset({"footer", "header"})  # of a page of the web
_NEAR = 4  # elements inside each other at the beginning of a note
_PARTS = frozenset({"article", "div", "main", "nav"})
HEADINGS: Mapping[str, int] = {**{f"h{level}": level for level in range(1, 7)}, "hd": 2}
_KANA = lazy_pattern(r"[\u3041-\u3096\u30a1-\u30fa]")
_JAPANESE_SHARE = 0.1  # of the letters of a page that is Japanese are kana, at least
_PROSE = 0.3  # and of those of prose in `pre`


NOTHING = Passage(text="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A heading, a paragraph, a blank row or a break of scenes."""

    passage: Passage = NOTHING
    row: int = 1
    level: int | None = None  # of a heading
    language: str | None = None  # as the page names it: "en", "de"
    anchors: tuple[str, ...] = ()  # that stand before its text
    scene: bool = False

    @property
    def blank(self) -> bool:
        """Whether there is no text."""
        return not self.passage.text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """What of a page is kept."""

    notes: bool = False
    front_matter: bool = False
    code: bool = True
    main_part: bool = False  # of a page of the web, which holds other things too
    anchors: frozenset[str] = frozenset()  # ids that the table of contents points to
    note_ids: frozenset[str] = frozenset()  # ids that marks of notes point to
    styles: Sequence[StyleRule] = ()  # of the style sheets


@dataclass(slots=True)
class Page:
    """What was found on a page."""

    japanese: bool = False
    blocks: list[Block] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)  # characters, by what they are
    counts: Counter[str] = field(default_factory=Counter)  # pictures, sounds that were not followed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What the elements around say."""

    language: str | None = None
    alphabet: str = ""
    level: int | None = None  # inside a heading
    container: bool = True  # a break may end a paragraph
    preformatted: bool = False


def read_page(root: Element, options: PageOptions) -> Page:
    """What is to be spoken of a page."""
    tell_hidden(root, options.styles)
    body = _main_part(root) if options.main_part else root
    reader = _Reader(options, Page(japanese=is_japanese(body.text())))
    if options.main_part:
        reader.around = _around(body)
    if body is not root:
        reader.page.left_out["around"] += _letters_around(body, root)
    outermost = [one for child in root.elements() for one in (child, *child.elements())]
    language = next(
        (one.get("lang") for one in outermost if one.name in {"html", "body"} and one.get("lang")),
        None,
    )
    alphabet = next((one.get("alphabet") for one in outermost if one.get("alphabet")), "")
    reader.children(body, _Context(language=language, alphabet=alphabet))
    reader.flush(_Context(language=language))
    return reader.page


def _around(body: Element) -> frozenset[int]:
    """The elements, by identity, with which a page of the web surrounds its text."""
    most = _MOST_AROUND * len(body.text())
    found: dict[int, bool] = {}  # element -> whether it is a header
    headings = 0  # outside headers
    stack: list[tuple[Element, bool]] = [(body, False)]
    while stack:
        element, in_header = stack.pop()
        named = {word.casefold() for word in element.words("class") | element.words("id")}
        header = element.name == "header" or bool(named & _HEADS)
        part = element.name in BLOCKS and element is not body and element.name != "article"
        if part and (header or element.name == "footer" or named & _AROUND):
            if len(element.text()) <= most:
                found[id(element)] = header
            in_header = in_header or header
        headings += heading_level(element) is not None and not in_header
        stack += [(child, in_header) for child in element.elements()]
    # A header may hold the only title.
    return frozenset(one for one, header in found.items() if headings or not header)


def _letters_around(part: Element, page: Element) -> int:
    """Characters of a page beside a part of it, without blanks, its header and its footer."""
    count = 0
    stack: list[Element | str] = [page]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            count += len("".join(node.split()))
        elif node is not part and node.name not in _SILENT and node.name not in _EDGES:
            stack += node.children
    return count


def is_japanese(text: str) -> bool:
    """Whether a page is Japanese, going by its kana."""
    letters = sum(1 for character in text[:20_000] if character.isalpha())
    return bool(letters) and len(_KANA.findall(text[:20_000])) >= _JAPANESE_SHARE * letters


def _main_part(root: Element) -> Element:
    """The part of a page of the web that holds its text."""
    found: dict[str, list[Element]] = {}
    for element in root.walk():
        if element.name in _PARTS:
            found.setdefault(element.name, []).append(element)
            if (element.words("class") | element.words("id")) & _TEXTS_OF_SITES:
                return element
    articles = found.get("article", [])
    if len(found.get("main", ())) == 1:
        main = found["main"][0]
        return _only_article(main, articles) or main
    return articles[0] if "nav" in found and len(articles) == 1 else root


def _only_article(main: Element, articles: Sequence[Element]) -> Element | None:
    """The only article of a main part: beside it stand buttons and announcements of a site.

    Not where a heading stands beside it, which is its title.
    """
    if len(articles) != 1 or not any(one is articles[0] for one in main.all("article")):
        return None
    headings = [sum(1 for _ in part.all(*HEADINGS)) for part in (main, articles[0])]
    return articles[0] if headings[0] == headings[1] else None


class _Reader:
    """Walks through a page and gathers the text of the block under way."""

    def __init__(self, options: PageOptions, page: Page) -> None:
        self.options = options
        self.page = page
        self.japanese = page.japanese
        self.runs: list[TextRun] = []
        self.row = 0
        self.anchors: list[str] = []  # of the block under way
        self.later: list[str] = []  # of the one after it
        self.around: frozenset[int] = frozenset()  # elements that surround the text
        self.ways: list[tuple[int, int]] = []  # runs of links that lead through a site
        self.joins = False  # blocks inside are rows of one text: a title, a stanza
        self.special: Mapping[str, Callable[[Element, _Context], None]] = {
            "br": lambda _, context: self._break(context),
            "hr": lambda _, context: self._scene(context),
            "img": lambda element, _: self._picture(element),
            "ruby": lambda element, _: self.runs.extend(ruby_runs(element)),
            "q": self._quotation,
            **dict.fromkeys(_CELLS, self._cell),
        }

    # ---- elements --------------------------------------------------------------------------------

    def children(self, element: Element, context: _Context) -> None:
        before = element
        for child in element.children:
            if isinstance(child, Element):
                self.element(child, context)
                before = child
            else:
                self.text(child, before, context)

    def element(self, element: Element, context: _Context) -> None:
        around = id(element) in self.around
        left_out = "around" if around else what_is_left_out(element, self.options)
        if left_out is not None:
            if left_out:
                self.page.left_out[left_out] += len("".join(element.text().split()))
            if left_out == "notes" and element.name in BLOCKS:
                self._take_title_of_notes()
            if left_out == HIDDEN:
                # A table of contents may point to a title that is hidden, and names it.
                for one in element.walk():
                    self._anchor(one)
            return
        name, outer = element.name, context
        context = self._context(element, outer)
        if (name in _STRUCK or is_struck(element)) and element.text():
            self.page.counts["struck"] += 1
        if name in BLOCKS and not self.joins:
            self.flush(outer)
        self._anchor(element)
        if name in self.special:
            self.special[name](element, context)
        elif name in BLOCKS:
            self._block(element, context)
        else:
            self._inline(element, context)

    def _take_title_of_notes(self) -> None:
        """Leave out 注 over notes that are left out."""
        if any(run.text.strip() for run in self.runs):
            return
        blocks = self.page.blocks
        at = next((at for at in reversed(range(len(blocks))) if not blocks[at].blank), None)
        title = "" if at is None else "".join(blocks[at].passage.text.split())
        if at is not None and _TITLE_OF_NOTES.fullmatch(title):
            del blocks[at:]
            self.page.left_out["notes"] += len(title)

    def text(self, text: str, before: Element, context: _Context) -> None:
        if not self.row and text.strip():
            self.row = before.row + text[: -len(text.lstrip())].count("\n")
        if context.preformatted:
            for index, row in enumerate(text.split("\n")):
                if index:
                    self._break(context)
                self.runs.append(TextRun(row))
        else:
            self.runs.append(TextRun(text))

    def _context(self, element: Element, outer: _Context) -> _Context:
        name = element.name
        return _Context(
            language=element.get("lang") or outer.language,
            alphabet=element.get("alphabet") or outer.alphabet,
            level=outer.level or heading_level(element),
            container=name in _CONTAINERS if name in BLOCKS else outer.container,
            preformatted=outer.preformatted or name == "pre",
        )

    def _block(self, element: Element, context: _Context) -> None:
        if self.joins:
            self._row_ends(title=context.level is not None)
            self.children(element, context)
            return
        found = len(self.page.blocks)
        self.joins = context.level is not None or _is_stanza(element)
        self.children(element, context)
        self.joins = False
        self.flush(context)
        if len(self.page.blocks) == found:
            self._empty(element, context)

    def _row_ends(self, *, title: bool) -> None:
        while self.runs and not self.runs[-1].text.strip():
            self.runs.pop()
        if not self.runs:
            return
        if self.japanese or not title:
            self.runs.append(BREAK)
        else:
            written = self.runs[-1].text.rstrip()
            self.runs[-1] = replace(self.runs[-1], text=written)
            self.runs.append(TextRun(": " if written[-1].isalnum() else " "))

    def _empty(self, element: Element, context: _Context) -> None:
        """A block without text: between scenes, or a blank row."""
        if _SCENE_CLASSES.search(element.get("class")):
            self._scene(context)
        elif element.name == "p" and element.first("img") is None:
            self.page.blocks.append(Block())

    def _scene(self, context: _Context) -> None:
        self.flush(context)
        self.page.blocks.append(Block(scene=True, row=max(self.row, 1)))

    def _break(self, context: _Context) -> None:
        if not (self.japanese and context.container) or context.level or context.preformatted:
            self.runs.append(BREAK)
        elif not self.flush(context):
            self.page.blocks.append(Block())

    def _picture(self, element: Element) -> None:
        written = glyph(element)
        if written:
            self.runs.append(TextRun(written))
            self.page.counts["glyphs"] += written == UNKNOWN
        elif element.get("alt").strip():
            self.page.counts["pictures"] += 1

    def _inline(self, element: Element, context: _Context) -> None:
        sounds = element.get("ph")
        if not sounds:
            begin = len(self.runs)
            self.children(element, context)
            if self.options.main_part and element.name == "a" and _WAY.fullmatch(element.text()):
                self.ways.append((begin, len(self.runs)))
            return
        reading = kana_reading(sounds, context.alphabet)
        if reading is None:
            self.page.counts["pronunciations"] += 1
            self.children(element, context)
        else:
            self.runs.append(TextRun(base_text(element), reading))

    def _quotation(self, element: Element, context: _Context) -> None:
        opening, closing = "「」" if self.japanese else "“”"
        self.runs.append(TextRun(opening))
        self.children(element, context)
        self.runs.append(TextRun(closing))

    def _cell(self, element: Element, context: _Context) -> None:
        if not element.text() and element.first("img") is None:
            return  # Calc puts a break into empty cells
        self.runs.append(TextRun("\u3000" if self.japanese else " "))
        alone = _only_paragraph(element)
        if alone is None or what_is_left_out(alone, self.options) is not None:
            self.children(element, context)
        else:
            self._anchor(alone)
            self.children(alone, context)

    def _anchor(self, element: Element) -> None:
        for name in (element.get("id"), element.get("name") if element.name == "a" else ""):
            if name and name in self.options.anchors:
                begun = any(run.text.strip() for run in self.runs)
                (self.later if begun else self.anchors).append(name)

    # ---- blocks ----------------------------------------------------------------------------------

    def flush(self, context: _Context) -> bool:
        """End the block under way; whether there was text in it."""
        if self.ways and self._only_ways():
            self.page.left_out["around"] += sum(len("".join(one.text.split())) for one in self.runs)
            self.runs = []
        self.ways = []
        title = context.level is not None
        paragraphs = [self.runs]
        if not title:
            paragraphs = paragraphs_of(self.runs, cut_rows=self.japanese)
        found = False
        for runs in paragraphs:
            passage = passage_of(runs)
            if passage.text.strip():
                found = True
                self._put(passage, context)
        self.runs, self.row = [], 0
        if found:
            self.anchors, self.later = self.later, []
        return found

    def _only_ways(self) -> bool:
        """Whether the block under way has no words but links that lead through a site."""
        linked = {at for begin, end in self.ways for at in range(begin, end)}
        others = (run.text for at, run in enumerate(self.runs) if at not in linked)
        return not any(character.isalnum() for text in others for character in text)

    def _put(self, passage: Passage, context: _Context) -> None:
        if context.level is None and not passage.ruby and is_scene_break(passage.text):
            block = Block(scene=True, row=max(self.row, 1), anchors=tuple(self.anchors))
        else:
            block = Block(
                passage=passage,
                row=max(self.row, 1),
                level=context.level,
                language=context.language,
                anchors=tuple(self.anchors),
            )
        self.page.blocks.append(block)
        self.anchors = []


# ---- what elements are ---------------------------------------------------------------------------


def heading_level(element: Element) -> int | None:
    """The level of a heading, by name, role or class."""
    name = element.name
    if name in HEADINGS:
        return HEADINGS[name]
    if "heading" in element.words("role"):
        said = element.get("aria-level")
        return int(said) if said in set("123456") else 2
    if name in {"p", "div"}:
        return next(filter(None, map(_HEADING_CLASSES.get, element.words("class"))), None)
    if name == "hgroup":
        return min((HEADINGS[one.name] for one in element.all(*HEADINGS)), default=None)
    return None


def what_is_left_out(element: Element, options: PageOptions) -> str | None:
    """What an element is that is not spoken: "" where that is not worth a word; else None."""
    types = element.words("epub:type") | element.words("role")
    note = (
        bool(types & _NOTE_TYPES)
        or element.name in {"note", "annotation"}
        or _NOTE_CLASSES.search(element.get("class")) is not None
        or (element.name in BLOCKS and _is_linked_note(element, options.note_ids))
    )
    if note and not options.notes:
        return "notes"
    front_matter = None if options.front_matter else _front_matter(element, types)
    if front_matter is not None:
        return front_matter
    if element.name == "div" and element.words("title") & _EDGES:
        return "around"  # the header and the footer of a page of paper, as Writer saves them
    if _is_silent(element, types):
        return ""
    # A note that a program shows at a touch is hidden until then.
    if is_hidden(element) and not note:
        return HIDDEN
    return "code" if element.name == "pre" and not options.code and _is_code(element) else None


def _front_matter(element: Element, types: frozenset[str]) -> str | None:
    """What of a book's own an element is; None where it is text."""
    if types & FRONT_TYPES:
        return min(types & FRONT_TYPES).removeprefix("doc-")
    if _BOILERPLATE.search(element.get("class")) or _BOILERPLATE.search(element.get("id")):
        return "imprint"
    if _CONTENTS_OF_WRITER.fullmatch(element.get("id")):
        return "toc"
    if (element.words("class") | element.words("id")) & _PREFACES:
        return "preface and afterword"
    return None


def _is_silent(element: Element, types: frozenset[str]) -> bool:
    return (
        element.name in _SILENT
        or bool(types & _PAGE_TYPES)
        or bool(element.words("class") & _COUNTERS)
        or _is_page_number(element)
        or is_mark(element)
    )


def _is_page_number(element: Element) -> bool:
    """Whether a block holds nothing but the number of a page of paper."""
    named = element.name in {"div", "p"} and _PAGE_CLASSES.search(element.get("class"))
    return bool(named) and _PAGE_NUMBER.fullmatch(element.text()) is not None


def _is_code(element: Element) -> bool:
    """Whether what is laid out with blanks is no prose: novels of the old web are, too."""
    text = element.text()
    letters = sum(1 for character in text if character.isalpha())
    return element.first("code") is not None or len(_KANA.findall(text)) < _PROSE * letters


def _is_linked_note(element: Element, note_ids: frozenset[str]) -> bool:
    """Whether a mark of a note points to the beginning of a block, and a link leads back."""
    if not note_ids or not any("#" in one.get("href") for one in element.all("a")):
        return False
    first: Element | str | None = element
    # What a page or a part of it holds is judged one by one: a note may stand before text.
    for _ in range(1 if element.name in _PARTS_OF_PAGES else _NEAR):
        if not isinstance(first, Element):
            return False
        if first.get("id") in note_ids or (first.name == "a" and first.get("name") in note_ids):
            return True
        inside = (one for one in first.children if not isinstance(one, str) or one.strip())
        first = next(inside, None)
    return False


def _only_paragraph(cell: Element) -> Element | None:
    """The paragraph that is all of a cell; the row that the cell is in is a paragraph itself."""
    inside = [one for one in cell.children if not isinstance(one, str) or one.strip()]
    alone = inside[0] if len(inside) == 1 else None
    if not isinstance(alone, Element) or alone.name != "p" or heading_level(alone) is not None:
        return None
    return None if any(one.name in BLOCKS for one in alone.walk() if one is not alone) else alone


def _is_stanza(element: Element) -> bool:
    """Whether the blocks inside are rows of verse."""
    if not _STANZA.search(f"{element.name} {element.get('class')} {element.get('epub:type')}"):
        return False
    return all(one.name in _ROWS for one in element.walk() if one.name in BLOCKS)
