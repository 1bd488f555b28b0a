"""Blocks of pages -> the lines of a book, each in its language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sbv2cli.readers.format import DEFAULTS, ReaderOptions
from sbv2cli.readers.interpolation import settle, values_in_book
from sbv2cli.readers.numbered_titles import (
    number_of,
    numbered_rows,
    plain_titles_finding,
    titles_finding,
)
from sbv2cli.readers.page import Block
from sbv2cli.readers.page_hidden import HIDDEN
from sbv2cli.readers.page_text import is_mostly_wide
from sbv2cli.readers.prose import Prose
from sbv2cli.records import Finding, ScriptLine, Source

LANGUAGES = frozenset({"ja", "en", "zh"})
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_LATIN = re.compile(r"[A-Za-z]")
_MOSTLY = 0.25  # of the letters of a paragraph in Japanese are kana, at least


@dataclass(slots=True)
class BookLines:
    """Gathers the lines of a book; what is to be said of the whole goes with the first one."""

    source_name: str
    options: ReaderOptions = DEFAULTS
    language: str | None = None  # of the book, as it names it
    findings: list[Finding] = field(default_factory=list)
    lines: list[ScriptLine] = field(default_factory=list)
    prose: Prose = field(init=False)
    foreign: Counter[str] = field(default_factory=Counter)
    ideographs: int = 0  # paragraphs of them in a book that calls itself English

    def __post_init__(self) -> None:
        self.prose = Prose(self.source_name, self.options)
        self.language = primary(self.language)

    def add(self, block: Block, member: str | None = None) -> None:
        """Put a block behind the others; `member` is the file inside the book."""
        if block.scene:
            self.prose.scene_break()
            return
        if block.blank:
            self.prose.blank_row()
            return
        self.prose.language = language = self._language(block)
        passage = block.passage
        if (language or self.options.language) not in {"ja", "zh"} or self.options.ruby == "base":
            # What stands over English words is an editor's remark.
            passage = replace(passage, ruby=())
        at = Source(path=self.source_name, row=block.row, member=member)
        if block.level is None:
            self.lines += self.prose.paragraph(passage, at)
        else:
            self.lines += self.prose.heading(passage, at, level=block.level)

    def add_all(self, blocks: Iterable[tuple[Block, str | None]]) -> None:
        """Put blocks of a whole book behind the others, each with its file inside the book."""
        found = list(blocks)
        numbered = _numbered(block for block, _ in found)
        if numbered:
            self.findings.append(titles_finding(len(numbered), self.source_name))
        elif any(block.level is not None for block, _ in found):
            self.findings += self._plain_titles(found)
        for at, (block, member) in enumerate(found):
            self.add(replace(block, level=numbered.get(at, block.level)), member)

    def _plain_titles(self, found: Iterable[tuple[Block, str | None]]) -> Iterator[Finding]:
        """The note about 第二章 that is no heading in a book where others are."""
        for block, member in found:
            number = number_of(block.passage.text.strip()) if block.level is None else None
            if number is not None and number.unit:
                yield plain_titles_finding(
                    Source(path=self.source_name, row=block.row, member=member),
                    "make headings of them where they are titles",
                )
                return

    def _language(self, block: Block) -> str | None:
        """The language of a block; kana say more than what a page declares."""
        text, declared = block.passage.text, primary(block.language)
        letters = sum(1 for character in text if character.isalpha())
        if len(_KANA.findall(text)) >= max(_MOSTLY * letters, 1):
            return "ja"
        if declared == "en" and not _LATIN.search(text):
            declared = None
        if declared in LANGUAGES:
            return declared
        named = declared or self.language
        if named is not None and named not in LANGUAGES:
            self.foreign[named] += 1
        if self.language == "en" and self.options.language != "en" and is_mostly_wide(text):
            self.ideographs += 1
            return self.options.language
        return self.language if self.language in LANGUAGES else None

    def finished(self) -> Iterator[ScriptLine]:
        """All lines."""
        self.lines += self.prose.finished()
        found = list(self.findings)
        if self.foreign:
            found.append(_foreign(self.foreign, self.language or self.options.language))
        if self.ideographs:
            found.append(_ideographs(self.ideographs, self.options.language))
        for read in self.lines:
            values = values_in_book(read.text)
            line = settle(read, values, self.options) if values else read
            yield replace(line, findings=(*found, *line.findings)) if found else line
            found = []


def _numbered(blocks: Iterable[Block]) -> dict[int, int]:
    """Place -> level of rows that are titles by their number, in a book without other headings.

    One heading, above the first of them, is the title of the book.
    """
    found = list(blocks)
    levels = [(at, one.level) for at, one in enumerate(found) if one.level is not None]
    if len(levels) > 1:
        return {}
    rows = [(at, one.passage.text) for at, one in enumerate(found) if one.level is None]
    numbered = numbered_rows(rows)
    if levels and numbered and levels[0][0] > min(numbered):
        return {}
    below = levels[0][1] if levels else 0
    return {at: below + level for at, level in numbered.items()}


def primary(language: str | None) -> str | None:
    """`ja` of `ja-JP`; None where nothing is said."""
    name = re.split(r"[-_]", (language or "").strip().casefold())[0]
    long = {"jpn": "ja", "eng": "en", "zho": "zh", "chi": "zh", "und": "", "mul": "", "zxx": ""}
    return long.get(name, name) or None


def _foreign(foreign: Mapping[str, int], language: str) -> Finding:
    names = ", ".join(sorted(foreign))
    known = language if language in LANGUAGES else "the job's language"
    return Finding(
        code="book.language",
        severity="warning",
        message=f"paragraphs in {names} that are read as {known}: {sum(foreign.values()):,}",
        hint="leave them out, or write how they sound",
    )


def _ideographs(count: int, language: str) -> Finding:
    return Finding(
        code="book.language",
        severity="warning",
        message=f"paragraphs in kanji of a book that is called English, read as {language}:"
        f" {count:,}",
        hint="--lang zh or --lang ja says what they are",
    )


# What there is to say of a whole book -> (code, message with its count, hint).
REMARKS: Mapping[str, tuple[str, Callable[[str], str], str]] = {
    "pictures": (
        "book.pictures",
        lambda count: f"descriptions of pictures that are not spoken: {count}",
        "",
    ),
    "embedded": (
        "book.embedded",
        lambda count: f"embedded notes that are not in the text and not read: {count}",
        "give the files that they are in, too",
    ),
    "numbered": (
        "book.numbers",
        lambda count: (
            f"headings whose numbers are made by Word or Writer, which are not spoken: {count}"
        ),
        "write the numbers into the titles where they are to be heard",
    ),
    "objects": (
        "book.objects",
        lambda count: f"embedded tables, charts and other objects that are not spoken: {count}",
        "write into the text what is to be heard of them",
    ),
    "struck": (
        "book.struck",
        lambda count: f"texts that are struck through, and are spoken: {count}",
        "take them out of the text where they are deleted",
    ),
    "tags": (
        "book.tags",
        lambda count: f"tags such as #name among the text, which are spoken: {count}",
        "take them out of the text; those above and below it are left out",
    ),
    "titles": (
        "book.titles",
        lambda count: f"spoken titles that stand in the table of contents alone: {count}",
        "",
    ),
    "glyphs": (
        "script.unknown-character",
        lambda count: f"pictures of characters that nothing names, which are not spoken: {count}",
        "put the character into alt of the picture, or ruby over it",
    ),
    "pronunciations": (
        "book.pronunciation",
        lambda count: f"pronunciations that are not in kana and not followed: {count}",
        "put the words into a user dictionary: --dict FILE",
    ),
    "characters": (
        "book.characters",
        lambda count: f"lost characters, which do not fit the encoding: {count}",
        "save the page as UTF-8",
    ),
}


_SEVERE = frozenset(
    {
        "book.characters",
        "book.embedded",
        "book.numbers",
        "book.objects",
        "book.pronunciation",
        "book.struck",
        "book.tags",
        "script.unknown-character",
    }
)


def remark(what: str, count: int) -> Finding:
    """A finding about the whole book, with a count."""
    code, message, hint = REMARKS[what]
    return Finding(
        code=code,
        severity="warning" if code in _SEVERE else "note",
        message=message(f"{count:,}"),
        hint=hint or None,
    )


def left_out_findings(left_out: Mapping[str, int]) -> list[Finding]:
    """What of a book is not spoken, by kind with characters."""
    notes = left_out.get("notes", 0)
    others = {"notes", "code", "around", HIDDEN}
    front = {kind: count for kind, count in left_out.items() if count and kind not in others}
    found = []
    if front:
        kinds, count = ", ".join(sorted(front)), sum(front.values())
        found.append(
            Finding(
                code="book.front-matter",
                severity="note",
                message=f"left out: {kinds} ({count:,} characters)",
                hint="--front-matter speak reads them",
            )
        )
    if notes:
        found.append(
            Finding(
                code="book.notes",
                severity="note",
                message=f"notes are left out ({notes:,} characters)",
                hint="--notes speak reads them",
            )
        )
    if left_out.get("code"):
        found.append(
            Finding(
                code="book.code",
                severity="note",
                message=f"code is left out ({left_out['code']:,} characters)",
            )
        )
    if left_out.get(HIDDEN):
        found.append(
            Finding(
                code="book.hidden",
                severity="note",
                message=f"what the pages hide is not spoken ({left_out[HIDDEN]:,} characters)",
                hint="is it text? take display: none, visibility: hidden or hidden away; in a"
                " document, show it",
            )
        )
    if left_out.get("around"):
        count = left_out["around"]
        found.append(
            Finding(
                code="book.around",
                severity="note",
                message=f"what stands around the text is left out ({count:,} characters)",
            )
        )
    return found
