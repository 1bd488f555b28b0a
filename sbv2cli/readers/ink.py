"""A JSON object of texts by their ids, as Ink-Localiser and other tools export strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import KEY_OF, Cell, LineCells, fold_header
from sbv2cli.readers.decode import document
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.json_lines import Walker
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.records import ScriptLine

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_PAIR = re.compile(rf"\s*({_STRING})\s*:\s*{_STRING}\s*(,|\}}\s*\Z)?")
_CUT_PAIR = re.compile(rf'\s*({_STRING})\s*:\s*"')
_VALUE = re.compile(r"\{[^{}]*\}")
# Keys of a line, under which no tool exports a text; `no`, `name` and `key` may be words of a menu.
_OF_A_LINE = frozenset(
    {"id", "lineid", "textid", "messageid", "voiceid", "character", "speaker", "schema"}
)
_ROWS = frozenset({".jsonl", ".ndjson"})  # an object of theirs is a line


def recognise(head: Head) -> Evidence:
    """An object of nothing but texts, whose keys are no keys of a line."""
    if head.suffix in _ROWS:
        return Evidence.NONE
    text = head.text.lstrip()
    position, pairs = (1, 0) if text.startswith("{") else (0, 0)
    while position and (pair := _PAIR.match(text, position)):
        if _is_of_a_line(pair[1]):
            return Evidence.NONE
        pairs, position = pairs + 1, pair.end()
        if not pair[2]:
            break
    # The last pair of a long object is cut.
    cut = not head.whole and '"' in text[position:]
    begun = _CUT_PAIR.match(text, position) if position else None
    if begun and _is_of_a_line(begun[1]):
        return Evidence.NONE
    return Evidence.SURE if pairs and (cut or position == len(text)) else Evidence.NONE


def _is_of_a_line(key: str) -> bool:
    """Whether it belongs to a line of a script, or is the schema in the head of a manifest."""
    name = fold_header(key.strip('"'))
    return KEY_OF.get(name) == "text" or name in _OF_A_LINE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The texts of an object, each with its key as id."""
    walker = Walker(document(stream, source_name, options), source_name)
    if not walker.peek():
        return
    walker.take("{")
    number = 0
    while number or walker.peek() != "}":
        number += 1
        yield _line(walker, number, options)
        if walker.peek() != ",":
            break
        walker.take(",")
    walker.take("}")
    if walker.peek():
        raise walker.error("something follows the end")


def _line(walker: Walker, number: int, options: ReaderOptions) -> ScriptLine:
    key = walker.value()
    walker.take(":")
    walker.peek()
    at, text = walker.place(), walker.value()
    if not isinstance(key, str) or not isinstance(text, str):
        raise ScriptError("script.json", "an id and its text are strings", at=str(at))
    cells = {"id": Cell(value=key, at=at), "text": Cell(value=text, at=at)}
    row = LineCells(number=number, source=at, cells=cells)
    row.holds(_VALUE.findall(text))
    return line_of(row, at.path, options)


FORMAT = Format(read=read, recognise=recognise)
