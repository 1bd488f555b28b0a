"""Numbers of pages in a plain text, as programs leave them that take it from pages.

A row of a number alone may as well be the title of a chapter. It is a page's where a run of them
rises and the pages show: each stands before a form feed, or they part sentences in the middle.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sbv2cli.records import Finding, Source

_LONGEST = 24  # characters of such a row
_FEWEST = 3  # numbers that are a run
_STEP = 2  # a page here and there has no number
_DASH = r"[-－‐−–—―─]"
_NUMBERS = re.compile(
    rf"(?P<dashes>{_DASH}{{1,2}}\s*(?P<a>\d{{1,4}})\s*{_DASH}{{1,2}})|(?P<bare>(?P<b>\d{{1,4}}))"
    r"|(?P<of>(?P<c>\d{1,4})\s*[/／]\s*\d{1,4})|(?P<page>[pP](?:age|\.)?\s*(?P<d>\d{1,4}))"
    r"|(?P<word>(?P<e>\d{1,4})\s*(?:ページ|頁))|(?P<bracket>[\[［(（〔〈<]\s*(?P<f>\d{1,4})\s*[\]］)）〕〉>])"
)
_ENDS = tuple("。．.！？!?」』）)］〕】…‥―─：:、")  # of a sentence, or of a part that may end a row
_INDENTS = ("\u3000", " ", "\t", "「", "『", "（", "(")
_MOST = 0.8  # of the rows of prose end as sentences do
_FULL = 0.9  # of the longest row, where rows are cut at one width
_WRAPPED = 0.7  # of the rows that end no sentence are as long
_WIDEST_VERSE = 30  # columns


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row that may be the number of a page."""

    row: int
    style: str
    number: int
    feed: bool  # a form feed follows
    open: bool  # the row above ends in the middle of a sentence, and the one below goes on
    width: int  # of the row above


@dataclass(slots=True)
class _Texts:
    """The rows of text between them."""

    ended: int = 0  # as a sentence ends
    open: Counter[int] = field(default_factory=Counter)  # width -> rows that do not

    def parts(self, one: _Row) -> bool:
        """Whether the number stands in the middle of a sentence, as far as the text can show it."""
        if not one.open:
            return False
        if self.ended >= _MOST * (self.ended + self.open.total()):
            return True
        full = _FULL * self.longest
        rows = sum(count for width, count in self.open.items() if width >= full)
        wrapped = self.longest >= _WIDEST_VERSE and rows >= _WRAPPED * self.open.total()
        return wrapped and one.width >= full

    @property
    def longest(self) -> int:
        """The width that one row in twenty reaches, of those that end no sentence."""
        left = self.open.total() / 20
        for width in sorted(self.open, reverse=True):
            left -= self.open[width]
            if left <= 0:
                return width
        return 0


def page_numbers(rows: Iterable[tuple[int, str]]) -> Sequence[tuple[int, int]]:
    """(row, number) of each, in order; none where it is not sure."""
    texts = _Texts()
    found = list(_looked_at(rows, texts))
    return [
        (one.row, one.number)
        for style in dict.fromkeys(one.style for one in found)
        for one in _run([one for one in found if one.style == style], texts)
    ]


def _run(rows: Sequence[_Row], texts: _Texts) -> Sequence[_Row]:
    """The rows, if they are numbers of pages."""
    steps = [after.number - before.number for before, after in pairwise(rows)]
    if len(rows) < _FEWEST or not all(0 < step <= _STEP for step in steps):
        return ()
    if all(one.feed for one in rows[:-1]):
        return rows
    parting = sum(map(texts.parts, rows))
    return rows if parting >= _FEWEST and parting * 2 >= len(rows) else ()


def _looked_at(rows: Iterable[tuple[int, str]], texts: _Texts) -> Iterator[_Row]:
    """The rows that may be numbers; the others are counted in `texts`."""
    above = ""  # the last row of text
    waiting: _Row | None = None  # for what stands below it
    for row, written in rows:
        spoken = written.strip()
        if waiting is not None:
            waiting = replace(waiting, feed=waiting.feed or written.startswith("\f"))
            if spoken:
                below = written.lstrip("\f")
                yield replace(waiting, open=waiting.open and not below.startswith(_INDENTS))
                waiting = None
        number = _number(spoken)
        if number is not None:
            style, count = number
            waiting = _Row(
                row=row,
                style=style,
                number=count,
                feed=written.rstrip(" \t\u3000").endswith("\f"),
                open=bool(above) and not above.endswith(_ENDS),
                width=_width(above),
            )
        elif spoken:
            above = spoken
            if spoken.endswith(_ENDS):
                texts.ended += 1
            else:
                texts.open[_width(spoken)] += 1
    if waiting is not None:
        yield replace(waiting, open=False)


def _number(spoken: str) -> tuple[str, int] | None:
    found = _NUMBERS.fullmatch(spoken) if len(spoken) <= _LONGEST else None
    if found is None:
        return None
    written = next(one for name, one in found.groupdict().items() if len(name) == 1 and one)
    style = next(name for name, one in found.groupdict().items() if len(name) > 1 and one)
    return style, int(written)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text[:200])


def left_out(numbers: Sequence[tuple[int, int]], source_name: str) -> Finding:
    """What is said of them."""
    (row, first), last = numbers[0], numbers[-1][1]
    return Finding(
        code="script.page-numbers",
        severity="note",
        message=f"numbers of pages that are not spoken: {len(numbers):,}, from {first} to {last}",
        at=Source(path=source_name, row=row, column=1),
        hint="are they titles? write them as # 3",
    )
