"""Headings of a text relative to the book, chapters where no note marks any, and scene breaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sbv2cli.readers.numbered_titles import numbered_rows
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
        replace(block, kind="heading", level=numbered[at]) if at in numbered else block
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
