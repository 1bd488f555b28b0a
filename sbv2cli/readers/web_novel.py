"""Manuscripts of web novels: 小説家になろう, カクヨム and pixiv.

They are prose with the site's own ruby, a paragraph a row. Kakuyomi's authors write headings as
Markdown has them; a text downloaded from Narou has an episode's title first, and rows of asterisks
behind the preface and before the afterword; pixiv has tags, [chapter:第一章] and [newpage].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import BinaryIO

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.blocks import remark
from sbv2cli.readers.decode import damaged_rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.lines import prefaces_finding, read_as
from sbv2cli.readers.numbered_titles import number_of, numbered_rows, titles_finding
from sbv2cli.readers.prose import Passage, Prose, is_scene_break, passage_of
from sbv2cli.records import Finding, ScriptLine, Source

NumberedRow = tuple[int, str]

_HEADING = lazy_pattern(r"(#{1,6})[ \t\u3000]+(\S.*)")
_PREFACE_ENDS, _AFTERWORD_BEGINS = "*" * 44, "*" * 48
_DOWNLOADED = lazy_pattern(r"[nN]\d{4}[A-Za-z]{1,3}-\d{1,4}\.txt")  # N0000AA-1.txt
_PICTURE = lazy_pattern(r"<i\d{1,9}\|\d{1,9}>")
_NO_TITLE = lazy_pattern("^[ \t\u3000「『（]|[。、」』]$")
_LONGEST_TITLE = 100  # Narou's own limit
_DOTTED = lazy_pattern("《《[^《》\n]{1,200}》》")
_PAIR = lazy_pattern("[々〆ヶ一-鿿]《[^《》\n]{1,50}》")
_RUBY_OF_PIXIV = r"\[\[rb:[^\[\]\n]{1,200}\]\]"
_CHAPTER = lazy_pattern(rf"\[chapter:((?:[^\[\]\n]|{_RUBY_OF_PIXIV}){{1,200}})\]")
_PARTS = lazy_pattern(rf"(\[newpage\]|\[chapter:(?:[^\[\]\n]|{_RUBY_OF_PIXIV}){{1,200}}\])")
_SHOWN_THERE = lazy_pattern(r"\[(?:pixivimage|uploadedimage):[\d-]{1,40}\]")
_JUMP = lazy_pattern(r"\[jump:\d{1,4}\]")
_LINK = lazy_pattern(r"\[\[jumpuri:[ \u3000]*([^\[\]>\n]{1,200}?)[ \u3000]*>[^\[\]\n]{1,500}\]\]")
_OF_PIXIV = lazy_pattern(
    r"\[(?:chapter:[^\]\n]|newpage\]|pixivimage:\d|uploadedimage:\d|\[jumpuri:[^\]\n])"
)
_NEW_PAGE = "＊＊＊"
_MANY_PAIRS, _SOME_PAIRS = 10, 4  # in the head of a script; with chapters and episodes few do


def read_kakuyomi(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a manuscript for Kakuyomi."""
    rows, damage = damaged_rows(stream, source_name, options)
    findings = [
        read_as("a manuscript for Kakuyomi", damage.encoding, source_name),
        *damage.findings,
    ]
    yield from _lines(rows, source_name, replace(options, markup="kakuyomi"), findings, _markdown)


def read_narou(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a text from or for Narou."""
    rows, damage = damaged_rows(stream, source_name, options)
    rows, pictures = _without_pictures(rows)
    body, title = episode(rows)
    note = read_as("a manuscript for Narou", damage.encoding, source_name)
    findings = [note, *damage.findings]
    if pictures:
        findings.append(remark("pictures", pictures))
    left_out = sum(1 for _, row in rows if row.strip()) - sum(1 for _, row in body if row.strip())
    if left_out and options.front_matter == "skip":
        findings.append(prefaces_finding(left_out, source_name))
    elif options.front_matter == "speak":
        body = [row for row in rows if row[1].strip() not in (_PREFACE_ENDS, _AFTERWORD_BEGINS)]

    def heading(row: int, written: str) -> tuple[int, str] | None:
        return (1, written.strip()) if row == title else None

    yield from _lines(body, source_name, replace(options, markup="narou"), findings, heading)


def read_pixiv(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a novel for pixiv."""
    rows, damage = damaged_rows(stream, source_name, options)
    pictures = sum(len(_SHOWN_THERE.findall(written)) for _, written in rows)
    findings = [read_as("a novel for pixiv", damage.encoding, source_name), *damage.findings]
    if pictures:
        findings.append(remark("pictures", pictures))
    parts = [(row, part) for row, written in rows for part in _parts_of(written)]
    yield from _lines(parts, source_name, options, findings, _tagged)


def _parts_of(written: str) -> list[str]:
    """A row without what is not spoken; titles and new pages in it are rows of their own."""
    plain = _LINK.sub(r"\1", _JUMP.sub("", _SHOWN_THERE.sub("", written)))
    parts = [part for part in _PARTS.split(plain) if part.strip()]
    return [_NEW_PAGE if part == "[newpage]" else part for part in parts] or [""]


def _tagged(row: int, written: str) -> tuple[int, str] | None:
    del row
    found = _CHAPTER.fullmatch(written)
    return None if found is None else (1, found[1].strip())


def episode(rows: Sequence[NumberedRow]) -> tuple[Sequence[NumberedRow], int | None]:
    """(rows between preface and afterword, the row of the title) of a downloaded episode."""
    marks = {row.strip(): at for at, (_, row) in reversed(list(enumerate(rows)))}
    begin, end = marks.get(_PREFACE_ENDS, -1), marks.get(_AFTERWORD_BEGINS, len(rows))
    body = rows[begin + 1 : end] if begin < end else rows
    title = _first_title(body)
    if title is None and 0 <= begin < end:
        # 第1話　朝 may stand above the preface.
        above = _first_title(rows[:begin])
        if above is not None and number_of(above[1].strip()) is not None:
            return [above, (above[0], ""), *body], above[0]
    return body, None if title is None else title[0]


def _first_title(rows: Sequence[NumberedRow]) -> NumberedRow | None:
    """The first row, if a blank one is behind it and it looks like a title."""
    first = next((at for at, (_, row) in enumerate(rows) if row.strip()), None)
    if first is None or first + 1 >= len(rows) or rows[first + 1][1].strip():
        return None
    written = rows[first][1]
    titled = len(written) <= _LONGEST_TITLE and not _NO_TITLE.search(written)
    return rows[first] if titled else None


def _without_pictures(rows: Sequence[NumberedRow]) -> tuple[list[NumberedRow], int]:
    """Rows without the pictures that authors put in, and how many there were."""
    found = [(number, _PICTURE.subn("", row)) for number, row in rows]
    kept = [(number, row) for number, (row, count) in found if row.strip() or not count]
    return kept, sum(count for _, (_, count) in found)


def _markdown(row: int, written: str) -> tuple[int, str] | None:
    del row
    found = _HEADING.fullmatch(written.strip())
    return None if found is None else (len(found[1]), found[2].strip())


def _lines(
    rows: Sequence[NumberedRow],
    source_name: str,
    options: ReaderOptions,
    findings: Sequence[Finding],
    heading_of: Callable[[int, str], tuple[int, str] | None],
) -> Iterator[ScriptLine]:
    prose = Prose(source_name, options)
    headed = {
        at: found for at, (row, written) in enumerate(rows) if (found := heading_of(row, written))
    }
    # One heading above them is the title of the episode.
    others = ((at, written) for at, (_, written) in enumerate(rows) if at not in headed)
    numbered = numbered_rows(others) if len(headed) < 2 else {}
    if numbered and min(headed, default=-1) < min(numbered):
        below = max((level for level, _ in headed.values()), default=0)
        findings = [*findings, titles_finding(len(numbered), source_name)]
        headed |= {at: (below + level, rows[at][1].strip()) for at, level in numbered.items()}
    for at_row, (row, written) in enumerate(rows):
        if not written.strip():
            prose.blank_row()
        elif is_scene_break(written):
            prose.scene_break()
        else:
            heading = headed.get(at_row)
            shown = written.strip() if heading is None else heading[1]
            at = Source(path=source_name, row=row, column=written.index(shown) + 1)
            passage = _with(passage_of(shown, options), findings)
            findings = ()
            if heading is None:
                yield from prose.paragraph(passage, at)
            else:
                yield from prose.heading(passage, at, level=heading[0])
    yield from prose.finished()


def _with(passage: Passage, findings: Sequence[Finding]) -> Passage:
    return replace(passage, findings=(*findings, *passage.findings)) if findings else passage


def recognise_narou(head: Head) -> Evidence:
    """Whether it is called as Narou's downloads are, or has their rows of asterisks."""
    if _DOWNLOADED.fullmatch(PurePath(head.name).name):
        return Evidence.LIKELY
    rows = {*head.text.split("\n"), *head.end.split("\n")}
    found = _PREFACE_ENDS in rows or _AFTERWORD_BEGINS in rows
    return Evidence.LIKELY if found else Evidence.NONE


def recognise_kakuyomi(head: Head) -> Evidence:
    """Whether Kakuyomi's emphasis is there, or headings over a text with much ruby."""
    levels = map(_HEADING.fullmatch, map(str.strip, head.rows))
    headings = {len(level[1]) for level in levels if level is not None}
    pairs = sum(1 for _ in _PAIR.finditer(head.text))
    dotted = sum(1 for _ in _DOTTED.finditer(head.text))
    enough = _SOME_PAIRS if {1, 2} <= headings else _MANY_PAIRS
    found = dotted > 1 or (dotted and (headings or pairs)) or (headings and pairs >= enough)
    return Evidence.LIKELY if found else Evidence.NONE


def recognise_pixiv(head: Head) -> Evidence:
    """Whether one of pixiv's tags is there."""
    return Evidence.LIKELY if _OF_PIXIV.search(head.text) else Evidence.NONE


KAKUYOMI = Format(read=read_kakuyomi, recognise=recognise_kakuyomi)
NAROU = Format(read=read_narou, recognise=recognise_narou)
PIXIV = Format(read=read_pixiv, recognise=recognise_pixiv)
