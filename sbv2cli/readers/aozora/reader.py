"""An Aozora text -> lines: its frame, its rows, its chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from sbv2cli.readers.aozora.chapters import Block, in_chapters
from sbv2cli.readers.aozora.facts import read_facts
from sbv2cli.readers.aozora.frame import COLOPHON, CREDITS, LEGEND, NumberedRow, framed
from sbv2cli.readers.aozora.markup import Row, has_open_note, read_row
from sbv2cli.readers.aozora.notes import Title, widened
from sbv2cli.readers.decode import Damage, damaged_rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.lines import prefaces_finding, read_as
from sbv2cli.readers.prose import Passage, Prose
from sbv2cli.records import Finding, Ruby, ScriptLine, Source

_ROWS_OF_A_NOTE = 4  # that a note may run over
_ROWS_OF_A_TITLE = 8
_PREFACE = re.compile("［＃ここから(前書き|後書き)］")
_ROWS_OF_A_TAIL = 150  # behind the text, beyond which it holds more than a colophon


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of an Aozora text."""
    rows, damage = damaged_rows(stream, source_name, options)
    yield from _lines(rows, damage, source_name, options)


def _lines(
    rows: Sequence[NumberedRow], damage: Damage, source_name: str, options: ReaderOptions
) -> Iterator[ScriptLine]:
    frame = framed(rows)
    body = frame.body
    if options.front_matter == "skip":
        body, prefaces = _without_prefaces(body)
        if prefaces:
            told = prefaces_finding(prefaces, source_name)
            damage = replace(damage, findings=(*damage.findings, told))
    blocks = in_chapters(_Blocks(source_name, options).of(body))
    if options.front_matter == "speak":
        blocks = [*_plainly(frame.header, options), *blocks, *_plainly(frame.tail, options)]
    elif (left_out := _left_out(frame.tail, source_name)) is not None:
        damage = replace(damage, findings=(*damage.findings, left_out))
    prose = Prose(source_name, options)
    findings = [read_as("an Aozora text", damage.encoding, source_name), *damage.findings]
    for block in blocks:
        at = Source(path=source_name, row=block.row, column=block.column)
        passage = block.passage
        if block.spoken and findings:
            passage = replace(passage, findings=(*findings, *passage.findings))
            findings = []
        if block.kind == "heading":
            yield from prose.heading(passage, at, level=block.level)
        elif block.kind == "paragraph":
            yield from prose.paragraph(passage, at)
        elif block.kind == "break":
            prose.scene_break()
        else:
            prose.blank_row()
    yield from prose.finished()


def _left_out(tail: Sequence[NumberedRow], source_name: str) -> Finding | None:
    """A warning where another work seems to stand behind the colophon."""
    if len(tail) <= _ROWS_OF_A_TAIL and not any(LEGEND.match(text) for _, text in tail):
        return None
    return Finding(
        code="script.left-out",
        severity="warning",
        message=f"{len(tail):,} rows stand behind the end of the text and are not spoken",
        at=Source(path=source_name, row=tail[0][0]),
        hint="is that another text? split the file there, or --front-matter speak",
    )


def _without_prefaces(body: Sequence[NumberedRow]) -> tuple[list[NumberedRow], int]:
    """A body without what an author of the web says before and behind, as narou.rb marks it.

    And how many rows that were. What nothing closes is kept.
    """
    kept: list[NumberedRow] = []
    left_out = 0
    begun: tuple[int, str] | None = None  # where in `kept` a preface begins, and what ends it
    for row in body:
        note = row[1].strip()
        opens = _PREFACE.fullmatch(note)
        if begun is None and opens is not None:
            begun = len(kept), f"［＃ここで{opens[1]}終わり］"
        kept.append(row)
        if begun is not None and note == begun[1]:
            left_out += sum(1 for _, text in kept[begun[0] + 1 : -1] if text.strip())
            del kept[begun[0] :]
            begun = None
    return kept, left_out


def _plainly(rows: Sequence[NumberedRow], options: ReaderOptions) -> Iterator[Block]:
    for number, written in rows:
        yield Block(
            kind="paragraph", row=number, passage=passage_of_row(read_row(written), options)
        )


def passage_of_row(row: Row, options: ReaderOptions) -> Passage:
    """A whole row as a passage."""
    ruby = row.ruby if options.ruby != "base" else ()
    return Passage(text=row.text, ruby=ruby, places=row.places)


@dataclass(slots=True)
class _Blocks:
    """Makes the blocks of a body."""

    source_name: str
    options: ReaderOptions
    blocks: list[Block] = field(default_factory=list)
    title: Title | None = None  # a heading of several rows that is open
    rows_of_title: list[tuple[int, Passage]] = field(default_factory=list)
    unknown: int = 0
    first_unknown: int | None = None  # index of the first block with such a character

    def of(self, body: Sequence[NumberedRow]) -> list[Block]:
        """The blocks of the rows."""
        at = 0
        while at < len(body):
            number, written = body[at][0], widened(body[at][1])
            at += 1
            if has_open_note(written):
                more = _rest_of_note(body, at)
                written += "".join(text for _, text in body[at : at + more])
                at += more
            if written.strip():
                self.add(number, read_row(written))
            else:
                self.blocks.append(Block(kind="blank", row=number))
        self.end_title(closed=False)
        self.tell_unknown()
        return self.blocks

    def add(self, number: int, row: Row) -> None:
        """What a row holds."""
        if row.opens is not None or (row.closes and not row.text.strip()):
            self.end_title(closed=row.closes)
        self.title = row.opens or self.title
        if self.title is not None and row.text.strip():
            self.rows_of_title.append((number, passage_of_row(row, self.options)))
            self.count_unknown(row)
        elif row.text.strip():
            self.count_unknown(row)
            self.add_parts(number, row)
        elif not row.noted:
            self.blocks.append(Block(kind="blank", row=number))
        ends = row.closes and row.text.strip() != ""
        if ends or len(self.rows_of_title) == _ROWS_OF_A_TITLE:
            self.end_title(closed=ends)
        if row.page_break:
            self.blocks.append(Block(kind="break", row=number))

    def add_parts(self, number: int, row: Row) -> None:
        """Headings of a row, and the text around them."""
        whole = passage_of_row(row, self.options)
        if row.open_note is not None:
            whole = replace(whole, findings=(self.open_note(number, row.open_note),))
        at = 0
        for start, end, title in row.titles:
            self.add_part(number, whole, at, start)
            self.add_part(number, whole, start, end, level=title.size)
            at = end
        self.add_part(number, whole, at, len(whole.text))

    def add_part(
        self, number: int, whole: Passage, start: int, end: int, level: int | None = None
    ) -> None:
        if not whole.text[start:end].strip():
            return
        column = whole.column(start)
        part = whole
        if (start, end) != (0, len(whole.text)):
            places = [(0, 0)] + [
                (shown - start, written - column)
                for shown, written in whole.places
                if start < shown < end
            ]
            part = replace(whole.part(start, end), places=tuple(places))
            part = replace(part, findings=() if start else whole.findings)
        self.blocks.append(
            Block(
                kind="paragraph" if level is None else "heading",
                row=number,
                passage=part,
                column=1 + (column if part is not whole else 0),
                level=level or 0,
            )
        )

    def end_title(self, *, closed: bool) -> None:
        """A heading of several rows is one title; of one that nothing closes, the first row is."""
        title, rows = self.title, self.rows_of_title
        self.title, self.rows_of_title = None, []
        if title is None or not rows:
            return
        rows, others = (rows, []) if closed else (rows[:1], rows[1:])
        text, ruby = "", []
        for _, passage in rows:
            joined = passage.text.strip()
            text += "\u3000" if text else ""
            before = len(text) - (len(passage.text) - len(passage.text.lstrip()))
            ruby += [
                Ruby(span=(one.span[0] + before, one.span[1] + before), reading=one.reading)
                for one in passage.ruby
            ]
            text += joined
        passage = Passage(text=text, ruby=tuple(ruby))
        self.blocks.append(Block(kind="heading", row=rows[0][0], passage=passage, level=title.size))
        for number, paragraph in others:
            self.blocks.append(Block(kind="paragraph", row=number, passage=paragraph))

    def count_unknown(self, row: Row) -> None:
        if row.unknown and self.first_unknown is None:
            self.first_unknown = len(self.blocks)
        self.unknown += row.unknown

    def tell_unknown(self) -> None:
        """One warning for all characters that no number names."""
        if self.first_unknown is None or self.first_unknown >= len(self.blocks):
            return
        block = self.blocks[self.first_unknown]
        finding = Finding(
            code="script.unknown-character",
            severity="warning",
            message=f"{self.unknown} characters have neither a number nor a reading;"
            " ※ stands for them and is not spoken",
            at=Source(path=self.source_name, row=block.row),
            hint="put the character, or ruby over the ※, into the text",
        )
        passage = replace(block.passage, findings=(*block.passage.findings, finding))
        self.blocks[self.first_unknown] = replace(block, passage=passage)

    def open_note(self, number: int, offset: int) -> Finding:
        return Finding(
            code="script.note-open",
            severity="warning",
            message="the note ［＃ has no ］, so it is spoken as it stands",
            at=Source(path=self.source_name, row=number, column=offset + 1),
            hint="end it with ］",
        )


def _rest_of_note(body: Sequence[NumberedRow], at: int) -> int:
    """How many rows from here on belong to a note that is open; 0 where it never ends."""
    for more in range(1, _ROWS_OF_A_NOTE):
        following = body[at + more - 1][1] if at + more <= len(body) else ""
        bracket = re.search("[［］]", following)
        if bracket is not None:
            return more if bracket[0] == "］" else 0
        if not following.strip():
            return 0
    return 0


# ---- recognition ---------------------------------------------------------------------------------

_MADE_FOR = re.compile("青空文庫(?:作成|収録)ファイル[：:]")
_SURE_NOTE = re.compile(
    "※［＃[^］\n]{1,80}(?:水準|U[+]|[0-9]-[0-9]{1,2}-[0-9]{1,2})"
    "|［＃(?:ここから|ここで|地から|[0-9０-９]{1,2}字下げ|地付き|改ページ|改丁|改段|改見開き"
    "|割り注|縦中横|(?:同行|窓)?[大中小]見出し|本文終わり|傍点"
    "|「[^\n］]{1,80}」(?:は|に|の左に)[^\n］]{0,12}(?:見出し|傍点|傍線|縦中横|底本|ママ|太字|注記|ルビ))"
)
_SURE_NOTES = 2


def recognise(head: Head) -> Evidence:
    """Whether a legend, a colophon or notes of Aozora Bunko are there."""
    if any(LEGEND.match(row) for row in head.text.split("\n", 60)[:60]):
        return Evidence.SURE
    end = head.end.split("\n")
    if any(COLOPHON.match(row) for row in end) and any(CREDITS.match(row) for row in end):
        return Evidence.SURE
    if any(_MADE_FOR.match(row) for row in end):
        return Evidence.SURE
    notes = sum(1 for _ in _SURE_NOTE.finditer(widened(head.text)))
    if notes >= _SURE_NOTES:
        return Evidence.SURE
    return Evidence.LIKELY if notes else Evidence.NONE


FORMAT = Format(read=read, recognise=recognise, facts=read_facts)
