"""The table of contents over the text: which paragraphs are titles, and where one is missing.

Headings in the pages are titles by themselves. An entry that points to none is looked for in the
first rows behind its place; where the title stands in the table alone (or in a picture), it is put
in, for a listener has no page to look at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sbv2cli import normal_form
from sbv2cli.readers.numbered_titles import number_of
from sbv2cli.readers.page import Block
from sbv2cli.readers.page_text import is_wide
from sbv2cli.readers.prose import Passage

_LONGEST_ROW = 60  # characters; a longer paragraph is text and no part of a title
_ROWS = 5  # of a title, or before its heading
_SEARCHED = 40  # paragraphs before a heading that is the title: a motto


def with_titles(
    blocks: Sequence[Block], entries: Mapping[str, Sequence[tuple[str, int]]]
) -> tuple[list[Block], int]:
    """(blocks with a heading for each entry, titles that were put in).

    `entries` are (label, level) by the anchor they point to; "" is the beginning of the page.
    """
    result: list[Block] = []
    wanted = list(entries.get("", ()))
    index = added = 0
    while index < len(blocks):
        block = blocks[index]
        wanted += [entry for anchor in block.anchors for entry in entries.get(anchor, ())]
        if block.blank or not wanted:
            result.append(block)
            index += 1
            continue
        above = _rows_above_heading(blocks, index, wanted[-1][0])
        if above:
            result.append(_joined(blocks[index : index + above + 1], blocks[index + above].level))
            index += above + 1
        elif not _has_heading(blocks, index, wanted[-1][0]):
            rows = _rows_of(blocks, index, wanted[-1][0])
            for label, level in wanted if not rows else wanted[:-1]:
                if letters(label):
                    result.append(_title(label, level, block))
                    added += 1
            if rows:
                result.append(_joined(blocks[index : index + rows], wanted[-1][1]))
                index += rows
        wanted = []
        if index < len(blocks) and blocks[index] is block:
            result.append(block)
            index += 1
    return result, added


_OF_PICTURES = re.compile(
    r"(?:カラー|巻頭|モノクロ)?(?:口絵|挿絵|挿画|イラスト|ピンナップ)(?:ページ|カラー|\d{1,3})?"
)


def titles_alone(entries: Mapping[str, Sequence[tuple[str, int]]]) -> list[Block]:
    """The titles of a page that has no text, such as a part whose name is a picture.

    A row that says that there is a picture, 口絵, is no title.
    """
    return [
        _title(label, level, Block())
        for labels in entries.values()
        for label, level in labels
        if letters(label) and not _OF_PICTURES.fullmatch("".join(label.split()))
    ]


def _title(label: str, level: int, block: Block) -> Block:
    return Block(passage=Passage(text=label), level=level, row=block.row, language=block.language)


def _has_heading(blocks: Sequence[Block], index: int, label: str) -> bool:
    """Whether a heading follows before the text begins; behind a motto it has to be the title."""
    title, text_begins = letters(label), False
    for place in range(index, min(index + _SEARCHED, len(blocks))):
        block = blocks[place]
        if block.anchors and place > index:
            return False
        if block.level is not None:
            found = letters(block.passage.text)
            return not text_begins or (bool(found) and (found in title or title in found))
        text_begins |= len(block.passage.text) > _LONGEST_ROW or place >= index + _ROWS
    return False


def _rows_above_heading(blocks: Sequence[Block], index: int, label: str) -> int:
    """How many paragraphs before a heading belong to it: its number, or rows of the label."""
    found = ""
    for place in range(index, min(index + _ROWS, len(blocks))):
        block = blocks[place]
        if block.scene or (block.anchors and place > index):
            return 0
        text = block.passage.text.strip()
        if block.level is not None:
            whole = letters(found + text) == letters(label)
            return place - index if whole or number_of(found) is not None else 0
        found += text
    return 0


def _rows_of(blocks: Sequence[Block], index: int, label: str) -> int:
    """How many paragraphs make up a title as the table has it; 0 if they do not."""
    title, found = letters(label), ""
    for place in range(index, min(index + _ROWS, len(blocks))):
        block = blocks[place]
        if block.scene or (block.anchors and place > index):
            return 0
        found += letters(block.passage.text)
        if not title.startswith(found):
            return 0
        if found == title:
            return place + 1 - index if title else 0
    return 0


def letters(text: str) -> str:
    """What two ways to write a title have in common."""
    return "".join(
        character
        for character in normal_form.normalize("NFKC", text).casefold()
        if character.isalnum()
    )


def _joined(rows: Sequence[Block], level: int | None) -> Block:
    """Several rows as one heading."""
    text, ruby = "", []
    for row in rows:
        if row.blank:
            continue
        after = row.passage.text.strip()
        if text:
            text += "\u3000" if is_wide(text[-1]) or is_wide(after[0]) else " "
        ruby += [
            replace(one, span=(one.span[0] + len(text), one.span[1] + len(text)))
            for one in row.passage.ruby
        ]
        text += row.passage.text.strip("\n")
    return replace(rows[0], passage=Passage(text=text, ruby=tuple(ruby)), level=level)
