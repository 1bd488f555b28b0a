"""What a sheet of OpenDocument says of cells beside their values, as `excel_marks` of Excel's."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from html import unescape
from itertools import pairwise

from sbv2cli.readers.excel_marks import NEVER_COMPUTED, SheetMarks
from sbv2cli.readers.markup import decoded
from sbv2cli.readers.ods_merged import counts_of, sheet_of, tags_of

_STYLE_NAME = re.compile(r"\bstyle:name\s*=\s*[\"']([^\"']*)[\"']")
_LINE = re.compile(r"\btext-line-through-style\s*=\s*[\"'](?!none)\w")
_USED = re.compile(r"\b(?:table|text):style-name\s*=\s*[\"']([^\"']*)[\"']")
_ERROR = re.compile(r"\bcalcext:value-type\s*=\s*[\"']error[\"']")
_FORMULA = re.compile(r"\btable:formula\s*=")
_VALUE = re.compile(r"\boffice:value-type\s*=")
_SHOWN = re.compile(r"<text:p[^<>]*>(#[^<>]*|Err:\d+)</text:p>")
_HIDDEN = re.compile(r"\btable:visibility\s*=\s*[\"'](?:collapse|filter)[\"']")
_MOST = 10_000  # rows or cells that one element stands for


def marks_of(data: bytes) -> Mapping[str, SheetMarks]:
    """The marks of each sheet, by its name; nothing of what is no .ods or damaged."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        if b"opendocument.spreadsheet" not in archive.read("mimetype"):
            return {}
        return _marks(decoded(archive.read("content.xml"))[0])
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, RuntimeError, EOFError):
        return {}  # what cannot be read is for those to say who read the values


def _marks(content: str) -> Mapping[str, SheetMarks]:
    struck = _struck_styles(content)
    found: dict[str, SheetMarks] = {}
    marks, row, column, repeated = SheetMarks(), 0, 0, 1
    for tag, after in pairwise((*tags_of(content), None)):
        assert tag is not None
        counts = counts_of(tag)
        if tag["name"] == "table":
            if not tag["end"]:
                marks, row = found.setdefault(sheet_of(tag), SheetMarks()), 0
        elif tag["name"] == "table-row":
            if not tag["end"]:
                repeated, column = counts.get("number-rows-repeated", 1), 0
                if _HIDDEN.search(tag["said"]) and repeated < _MOST:
                    marks.hidden_rows |= set(range(row + 1, row + 1 + repeated))
            if tag["end"] or tag["empty"]:
                row += repeated
        elif not tag["end"]:
            count = counts.get("number-columns-repeated", 1)
            inside = _inside(content, tag, after)
            for place in range(column + 1, column + 1 + min(count, _MOST)) if inside else ():
                _look_at((row + 1, place), tag["said"], inside, struck, marks)
            column += count
    return found


def _struck_styles(content: str) -> frozenset[str]:
    """The names of the styles of cells and texts that strike through."""
    styles = (one.partition("</style:style>")[0] for one in content.split("<style:style ")[1:])
    names = (_STYLE_NAME.search(f" {one}") for one in styles if _LINE.search(one))
    return frozenset(name[1] for name in names if name is not None)


def _inside(content: str, tag: re.Match[str], after: re.Match[str] | None) -> str:
    """What is in a cell, without remarks; a blank where that is only a formula."""
    if tag["empty"] or after is None:
        return " " if _FORMULA.search(tag["said"]) else ""
    first, *others = content[tag.end() : after.start()].split("<office:annotation ")
    return first + "".join(one.partition("</office:annotation>")[2] for one in others)


def _look_at(
    place: tuple[int, int], said: str, inside: str, struck: frozenset[str], marks: SheetMarks
) -> None:
    if struck and any(name in struck for name in _USED.findall(said + inside)):
        marks.struck.add(place)
    if _ERROR.search(said):
        shown = _SHOWN.search(inside)
        marks.failed[place] = unescape(shown[1]) if shown else "#VALUE!"
    elif _FORMULA.search(said) and not _VALUE.search(said):
        marks.failed[place] = NEVER_COMPUTED
