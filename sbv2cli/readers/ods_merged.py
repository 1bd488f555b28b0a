"""Merged cells of a spreadsheet of OpenDocument, which the reader of its values does not tell."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from html import unescape

from sbv2cli.readers.markup import decoded

Range = tuple[tuple[int, int], tuple[int, int]]
"""(row, column) of the first and of the last cell, from 0."""

_TAG = re.compile(
    r"<(?P<end>/?)table:(?P<name>table|table-row|table-cell|covered-table-cell)"
    r"(?=[\s/>])(?P<said>[^<>]*?)(?P<empty>/?)>"
)
_COUNT = re.compile(r"\btable:(number-[a-z]+-(?:repeated|spanned))\s*=\s*[\"'](\d{1,7})[\"']")
_NAME = re.compile(r"\btable:name\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def merged_of(data: bytes) -> Mapping[str, list[Range]]:
    """The merged cells of each sheet, by its name; nothing of what is no .ods or damaged."""
    found: dict[str, list[Range]] = {}
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        if b"opendocument.spreadsheet" not in archive.read("mimetype"):
            return {}
        for name, merged in _ranges(decoded(archive.read("content.xml"))[0]):
            found.setdefault(name, []).append(merged)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, RuntimeError, EOFError):
        return {}  # what cannot be read is for those to say who read the values
    return found


def tags_of(content: str) -> Iterator[re.Match[str]]:
    """The tags of sheets, rows and cells, in order."""
    return _TAG.finditer(content)


def counts_of(tag: re.Match[str]) -> Mapping[str, int]:
    """How many rows or columns an element stands for, or spans."""
    return {name: int(count) for name, count in _COUNT.findall(tag["said"])}


def sheet_of(tag: re.Match[str]) -> str:
    """The name of a sheet."""
    named = _NAME.search(tag["said"])
    return "" if named is None else unescape(named[1] or named[2] or "")


def _ranges(content: str) -> Iterator[tuple[str, Range]]:
    sheet, row, column, repeated = "", 0, 0, 1
    for tag in tags_of(content):
        counts = counts_of(tag)
        if tag["name"] == "table":
            sheet, row = sheet_of(tag), 0
        elif tag["name"] == "table-row":
            if not tag["end"]:
                repeated, column = counts.get("number-rows-repeated", 1), 0
            if tag["end"] or tag["empty"]:
                row += repeated
        elif not tag["end"]:
            down = counts.get("number-rows-spanned", 1)
            across = counts.get("number-columns-spanned", 1)
            if down > 1:
                yield sheet, ((row, column), (row + down - 1, column + across - 1))
            column += counts.get("number-columns-repeated", 1)
