"""Text in lines of a width: cut at blanks and beside any character of double width."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from typing import TextIO

from sbv2cli.translations.templates import is_wide

USUAL = 80  # columns, where nobody says how many there are

# Characters that begin no line, and such that end none (JIS X 4051).
_NOT_FIRST = frozenset(
    "、。，．・：；？！」』）】〉》］｝…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}"
)
_NOT_LAST = frozenset("「『（【〈《［｛([{")


def wrapped(text: str, width: int, *, fold: bool = False) -> list[str]:
    """Lines of at most a width in columns; a longer word stays whole, or is folded too."""
    lines = [""]
    for unit in _folded(_units(text), width) if fold else _units(text):
        if lines[-1] and columns(lines[-1] + unit.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(unit.lstrip())
        else:
            lines[-1] += unit
    return [line.rstrip() for line in lines if line.strip()]


def columns(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        2 if is_wide(character) else unicodedata.category(character) not in {"Mn", "Me"}
        for character in text
    )


def width_of(stream: TextIO) -> int:
    """The columns of a terminal; `COLUMNS` is stronger than what it says itself."""
    written = os.environ.get("COLUMNS", "")
    if written.isdecimal() and int(written):
        return int(written)
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL
    except (OSError, ValueError):
        return USUAL


def _units(text: str) -> Iterator[str]:
    """What is never cut: a word, or a wide character with what may not begin or end a line."""
    unit = ""
    in_label = False  # `[既定:` is one word
    for character, previous in zip(text, " " + text, strict=False):
        in_label = previous == "[" or (in_label and previous not in " ]")
        may_cut = previous == " " or is_wide(character) or is_wide(previous)
        may_cut = may_cut and not in_label and _may_begin(character, previous)
        if unit and may_cut and previous not in _NOT_LAST:
            yield unit
            unit = ""
        unit += character
    if unit:
        yield unit


def _may_begin(character: str, previous: str) -> bool:
    """Whether a line may begin with a character; `.mp3` is a word, the mark in `ハ'シ` is none."""
    if character == "'":
        return not is_wide(previous)
    return character not in _NOT_FIRST or (character.isascii() and previous in " 、。")


def _folded(units: Iterator[str], width: int) -> Iterator[str]:
    """The same, and what no line can hold in pieces."""
    for unit in units:
        piece = ""
        for character in unit:
            if piece and columns(piece + character) > width:
                yield piece
                piece = ""
            piece += character
        yield piece
