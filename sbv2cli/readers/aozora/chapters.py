"""Headings of a text relative to the book, chapters where no note marks any, and scene breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from sbv2cli.readers.prose import Passage, is_scene_break

Kind = Literal["heading", "paragraph", "break", "blank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A heading, a paragraph, or what stands between them."""

    kind: Kind
    row: int
    passage: Passage = field(default_factory=lambda: Passage(text=""))
    column: int = 1  # of the first character of the passage
    level: int = 0  # of a heading; 1 is the largest of the book

    @property
    def spoken(self) -> bool:
        """Whether a line comes of it."""
        return self.kind in ("heading", "paragraph")


def in_chapters(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with the levels of the book; bare numbers are headings if no note names one."""
    headed = [block for block in blocks if block.kind == "heading"]
    if headed:
        ranks = {size: rank for rank, size in enumerate(sorted({b.level for b in headed}), 1)}
        return without_idle_breaks(
            replace(block, level=ranks[block.level]) if block.kind == "heading" else block
            for block in blocks
        )
    numbered = numbered_rows(
        [(at, block.passage.text) for at, block in enumerate(blocks) if block.kind == "paragraph"]
    )
    return without_idle_breaks(
        replace(block, kind="heading", level=1) if at in numbered else block
        for at, block in enumerate(blocks)
    )


def without_idle_breaks(blocks: Iterable[Block]) -> list[Block]:
    """The blocks without breaks at the ends, before a heading, or one after another."""
    kept: list[Block] = []
    waiting: Block | None = None
    begun = False
    for block in blocks:
        marks = block.kind == "paragraph" and is_scene_break(block.passage.text)
        if marks or block.kind == "break":
            waiting = replace(block, kind="break")
            continue
        if block.spoken:
            if waiting is not None and block.kind == "paragraph" and begun:
                kept.append(waiting)
            waiting, begun = None, True
        kept.append(block)
    return kept


# ---- bare numbers --------------------------------------------------------------------------------

_DIGITS = {
    **{digit: value for value, digit in enumerate("〇一二三四五六七八九")},
    **{digit: value for value, digit in enumerate("０１２３４５６７８９")},
    **{str(value): value for value in range(10)},
    **{digit: value for value, digit in enumerate("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ", 1)},
}
_NUMBER = re.compile(
    "[（(〔［【]?(?P<ordinal>第)?(?P<number>[〇一二三四五六七八九十百０-９0-9Ⅰ-Ⅻ]{1,5})"
    "(?P<unit>[章節回話編篇部幕場]?)[）)〕］】.．、]?"
)
_TITLED = re.compile(
    "第(?P<number>[〇一二三四五六七八九十百０-９0-9]{1,5})[章回話編篇部][ \u3000].{1,40}"
)
_FEWEST = 2


def numbered_rows(rows: Iterable[tuple[int, str]]) -> set[int]:
    """Those of the rows that number chapters: 一, 第三章, （二）, from one and in order."""
    numbered = [(at, value) for at, text in rows if (value := number_of(text.strip())) is not None]
    following = sum(second == first + 1 for (_, first), (_, second) in pairwise(numbered))
    begun = bool(numbered) and numbered[0][1] == 1
    # Numbers that do not follow each other are verses, prices or dates.
    if not begun or len(numbered) < _FEWEST or following * 2 < len(numbered) - 1:
        return set()
    return {at for at, _ in numbered}


def number_of(text: str) -> int | None:
    """The number that a row consists of."""
    found = _NUMBER.fullmatch(text) or _TITLED.fullmatch(text)
    return None if found is None else _value(found["number"])


def _value(digits: str) -> int:
    if "十" not in digits and "百" not in digits:
        value = 0
        for digit in digits:
            value = value * 10 + _DIGITS[digit]
        return value
    hundreds, _, rest = digits.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    value = _value(hundreds or "一") * 100 if "百" in digits else 0
    return value + (_value(tens or "一") * 10 if ten else 0) + (_value(ones) if ones else 0)
