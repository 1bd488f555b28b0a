"""Documents of Word: headings by style, ruby, tables and text boxes, as a book of one file."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.archive import Archive, damaged, resolve
from sbv2cli.readers.blocks import BookLines, left_out_findings, remark
from sbv2cli.readers.book_facts import BookFacts, Person
from sbv2cli.readers.docx_field import Fields, equation
from sbv2cli.readers.docx_styles import Styles
from sbv2cli.readers.format import DEFAULTS, Format, ReaderOptions
from sbv2cli.readers.markup import Element, decoded, parse_xml
from sbv2cli.readers.page import Block, is_japanese
from sbv2cli.readers.page_hidden import HIDDEN
from sbv2cli.readers.page_text import BREAK, TextRun, is_mostly_wide, paragraphs_of, passage_of
from sbv2cli.readers.prose import is_scene_break
from sbv2cli.records import ScriptLine

_OLE = b"\xd0\xcf\x11\xe0"  # old Word files, and new ones with a password
# Elements whose text is gone, hidden, or stands elsewhere too.
_SILENT = frozenset(
    "del moveFrom delText delInstrText Fallback rPr pPr sectPr rt commentReference annotationRef"
    " footnoteRef endnoteRef sdtPr tblPr tcPr trPr".split()
)
_NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
_OBJECTS = frozenset({"OLEObject", "chart", "relIds"})  # the last: of SmartArt
_FACTS = frozenset({"title", "creator", "language", "description"})


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a document."""
    if stream.seek(0, io.SEEK_END) == 0:
        return
    stream.seek(0)
    if stream.read(4) == _OLE:
        raise ScriptError(
            "book.protected",
            "this is a document with a password, or of Word before 2007",
            at=source_name,
            hint="save it as .docx without a password",
        )
    document = _Document(Archive.of(stream, source_name), options)
    lines = BookLines(source_name, options, language=document.language)
    blocks = list(document.blocks())
    lines.findings += left_out_findings(document.left_out)
    lines.findings += [remark(what, count) for what, count in document.counts.items() if count]
    lines.add_all((block, None) for block in blocks)
    yield from lines.finished()


def read_facts(stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS) -> BookFacts:
    """What the properties of a document say of it."""
    del options
    data = Archive.of(stream, source_name).read("docProps/core.xml")
    root = parse_xml(decoded(data or b"")[0])
    said = {one.name: one.text() for one in root.walk() if one.name in _FACTS and one.text()}
    author = said.get("creator")
    return BookFacts(
        title=said.get("title"),
        people=(Person(name=author),) if author else (),
        language=said.get("language"),
        description=said.get("description"),
    )


@dataclass(slots=True)
class _Document:
    archive: Archive
    options: ReaderOptions
    path: str = field(init=False)
    body: Element = field(init=False)
    styles: Styles = field(init=False)
    notes: dict[tuple[str, str], Element] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)  # what there is a remark about
    fields: Fields = field(default_factory=Fields)  # of the paragraph under way
    japanese: bool = field(init=False)
    labels: dict[int, str] | None = None  # paragraph -> what Word puts before it
    paragraph: int = 0
    current: Element = field(init=False)  # the paragraph under way
    carry: list[TextRun] = field(default_factory=list)  # of a paragraph whose end was deleted

    def __post_init__(self) -> None:
        self.path = self._main_path()
        root = self._part(self.path)
        body = None if root is None else root.first("body")
        if body is None:
            raise damaged(self.archive.path, "this is no document of Word: it has no text")
        self.body = body
        self.japanese = is_japanese("".join(one.text() for one in body.all("t")))
        self.styles = Styles.of(
            *(self._part(resolve(self.path, f"{name}.xml")[0]) for name in ("styles", "numbering"))
        )
        for reference, part in _NOTES.items():
            notes = self._part(resolve(self.path, f"{part}.xml")[0])
            for note in () if notes is None else notes.elements():
                for one in note.elements():
                    if not one.get("type"):
                        self.notes[reference, one.get("id")] = one

    @property
    def language(self) -> str | None:
        """The language that its default style names for the script in which the text is."""
        if self.japanese:
            return "ja"
        styles = self._part(resolve(self.path, "styles.xml")[0])
        defaults = None if styles is None else styles.first("rPrDefault")
        named = None if defaults is None else defaults.first("lang")
        if named is None:
            return None
        written = "".join(one.text() for one in self.body.all("t"))
        asian = named.get("eastAsia") if is_mostly_wide(written) else ""
        return asian or named.get("val") or None

    def _main_path(self) -> str:
        relations = self._part("_rels/.rels")
        for one in () if relations is None else relations.all("Relationship"):
            if one.get("Type").endswith("/officeDocument"):
                return one.get("Target").lstrip("/")
        return "word/document.xml"

    def _part(self, name: str) -> Element | None:
        data = self.archive.read(name)
        return None if data is None else parse_xml(decoded(data)[0])

    # ---- blocks ----------------------------------------------------------------------------------

    def blocks(self) -> Iterator[Block]:
        """Headings, paragraphs and rows of tables, in order."""
        yield from self._inside(self.body)
        yield from self._carried()

    def _inside(self, element: Element) -> Iterator[Block]:
        for child in element.elements():
            if child.name == "p":
                yield from self._paragraph(child)
            elif child.name == "tr":
                yield from self._carried()
                yield from self._row(child)
            elif self.options.front_matter == "skip" and _is_contents(child):
                self.left_out["toc"] += sum(
                    len("".join(one.text().split())) for one in child.all("t")
                )
            elif child.name not in _SILENT:
                yield from self._inside(child)

    def _row(self, row: Element) -> Iterator[Block]:
        """A row of a table: its cells one after the other, if each is short."""
        cells = [
            [block for block in (*self._inside(cell), *self._carried()) if not block.blank]
            for cell in row.elements()
            if cell.name in {"tc", "sdt"}
        ]
        if all(len(cell) <= 1 and all(one.level is None for one in cell) for cell in cells):
            runs: list[TextRun] = []
            for cell in cells:
                for block in cell:
                    runs += [TextRun("\u3000" if self.japanese else " "), *_runs_of(block)]
            if runs:
                yield Block(passage=passage_of(runs), row=self.paragraph)
        else:
            yield from (block for cell in cells for block in cell)

    def _paragraph(self, paragraph: Element) -> Iterator[Block]:
        self.paragraph += 1
        self.current = paragraph
        level, contents = self.styles.kind(paragraph)
        if contents and self.options.front_matter == "skip":
            self.left_out["toc"] += len("".join(paragraph.text().split()))
            return
        runs: list[TextRun] = [] if level is None else self._number(paragraph)
        boxes: list[Element] = []
        notes: list[Element] = []
        self._runs(paragraph, runs, boxes, notes)
        runs += self.fields.rest()
        runs, self.carry = [*self.carry, *runs], []
        goes_on = _goes_on(paragraph)
        if not any(run.text.strip() for run in runs) and _is_rule(paragraph):
            yield Block(scene=True, row=self.paragraph)
        elif not goes_on:
            yield from self._blocks(runs, level, empty=not boxes)
        for element in (*boxes, *notes):
            yield from self._inside(element)
        self.carry = runs if goes_on else []

    def _number(self, paragraph: Element) -> list[TextRun]:
        """What Word puts before a heading, and counts where it is not sure."""
        numbered = self.styles.number_of(paragraph)
        if numbered is None or not self.styles.numbering.shows(*numbered):
            return []
        if self.labels is None:
            self.labels = self.styles.numbering.labels(list(self._numbered(self.body, sure=True)))
        label = self.labels.get(id(paragraph))
        if label is None:
            self.counts["numbered"] += 1
            return []
        blank = "\u3000" if self.japanese else " "
        return [TextRun(f"{label[:-1]}{blank}" if label.endswith(" ") else label)]

    def _numbered(self, element: Element, *, sure: bool) -> Iterator[tuple[int, str, int, bool]]:
        """(paragraph, list, level, whether Word counts it here) of all that have a number."""
        for one in element.elements():
            if one.name == "p" and not _goes_on(one):
                numbered = self.styles.number_of(one)
                if numbered is not None:
                    yield id(one), *numbered, sure and not _has_hidden_end(one)
            if one.name not in _SILENT:
                yield from self._numbered(one, sure=sure and one.name != "txbxContent")

    def _carried(self) -> Iterator[Block]:
        """What was to go on in a paragraph that is not there."""
        runs, self.carry = self.carry, []
        if runs:
            yield from self._blocks(runs, None, empty=False)

    def _blocks(self, runs: list[TextRun], level: int | None, *, empty: bool) -> Iterator[Block]:
        """The paragraphs that a reader sees; a blank row, if it is one, where there are none."""
        row, found = self.paragraph, False
        split = [runs] if level is not None else paragraphs_of(runs, cut_rows=self.japanese)
        for part in split:
            passage = passage_of(part)
            if not passage.text.strip():
                continue
            found = True
            if level is None and is_scene_break(passage.text) and not passage.ruby:
                yield Block(scene=True, row=row)
            else:
                yield Block(passage=passage, row=row, level=level)
        if not found and empty:
            yield Block(row=row)

    def _runs(
        self,
        element: Element,
        runs: list[TextRun],
        boxes: list[Element],
        notes: list[Element],
    ) -> None:
        """The runs of a paragraph; boxes of text in it stand behind it."""
        for child in element.elements():
            name = child.name
            if name in _SILENT:
                continue
            if name == "r" and self.styles.says(child, self.current, "vanish"):
                self.left_out[HIDDEN] += sum(
                    len("".join(one.text().split())) for one in child.all("t")
                )
                continue
            if name == "r" and self.styles.says(child, self.current, "strike", "dstrike"):
                self.counts["struck"] += child.first("t") is not None
            self.counts["objects"] += name in _OBJECTS
            shown = _SHOWN[name](child, self.fields) if name in _SHOWN else None
            if shown is not None:
                runs += shown
            elif name == "txbxContent":
                boxes.append(child)
            elif name in _NOTES:
                self._note(self.notes.get((name, child.get("id"))), notes)
            else:
                self._runs(child, runs, boxes, notes)

    def _note(self, note: Element | None, notes: list[Element]) -> None:
        if note is None:
            return
        if self.options.notes == "speak":
            notes.append(note)
        else:
            self.left_out["notes"] += len("".join(note.text().split()))


def _is_contents(element: Element) -> bool:
    """Whether a box holds a table of contents, which Google Docs writes without styles."""
    gallery = element.first("docPartGallery") if element.name == "sdt" else None
    return gallery is not None and gallery.get("val").casefold() == "table of contents"


def _goes_on(paragraph: Element) -> bool:
    """Whether the end of a paragraph was deleted, and the change is only tracked."""
    properties = next((one for one in paragraph.elements() if one.name == "pPr"), None)
    marks = () if properties is None else properties.elements()
    return any(
        inner.name in {"del", "moveFrom"}
        for one in marks
        if one.name == "rPr"
        for inner in one.elements()
    )


def _is_rule(paragraph: Element) -> bool:
    """Whether a paragraph holds a line across the page."""
    return any(one.get("hr") in {"t", "true", "1"} for one in paragraph.all("rect"))


def _has_hidden_end(paragraph: Element) -> bool:
    """Whether the end of a paragraph is hidden, with which its number may go."""
    properties = next((one for one in paragraph.elements() if one.name == "pPr"), None)
    marks = () if properties is None else properties.elements()
    return any(one.name == "rPr" and one.first("vanish") is not None for one in marks)


def _preserved(element: Element) -> str:
    return "".join(child for child in element.children if isinstance(child, str))


def _ruby(element: Element) -> list[TextRun]:
    base, reading = (
        "".join(_preserved(one) for part in element.all(name) for one in part.all("t"))
        for name in ("rubyBase", "rt")
    )
    return [TextRun(base, reading.strip() or None)]


def _runs_of(block: Block) -> list[TextRun]:
    """The runs of a block again."""
    text, at = block.passage.text, 0
    runs = []
    for one in block.passage.ruby:
        runs.append(TextRun(text[at : one.span[0]]))
        runs.append(TextRun(text[slice(*one.span)], one.reading))
        at = one.span[1]
    return [*runs, TextRun(text[at:])]


# What an element in a run shows; None where it only holds others.
_SHOWN: Mapping[str, Callable[[Element, Fields], list[TextRun] | None]] = {
    "t": lambda one, fields: fields.text(_preserved(one)),
    "tab": lambda *_: [TextRun(" ")],
    "cr": lambda *_: [BREAK],
    "noBreakHyphen": lambda *_: [TextRun("-")],
    "br": lambda one, _: [BREAK] if one.get("type") in {"", "textWrapping"} else [],
    "ruby": lambda one, _: _ruby(one),
    "fldChar": lambda one, fields: fields.mark(one.get("fldCharType")),
    "instrText": lambda one, fields: fields.instruction(_preserved(one)),
    "fldSimple": lambda one, _: equation(one.get("instr")),
}
FORMAT = Format(read=read, facts=read_facts)
