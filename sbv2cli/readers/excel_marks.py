"""What a workbook of Excel says of cells beside their values, which is all that others hand over.

A struck text is one that somebody took out, a formula may have come to nothing, or its value was
never saved; and rows are hidden. Only .xlsx and .xlsm are looked into.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.markup import Element, decoded, parse_xml

Place = tuple[int, int]  # row and column, from 1

_ROW = lazy_pattern(r"<(?:\w+:)?row\b([^<>]*)>")
_CELL = lazy_pattern(r"<(?:\w+:)?c\b([^<>]*?)(/?)>")
_ATTRIBUTE = lazy_pattern(r"\b(r|s|t|hidden)\s*=\s*[\"']([^\"']*)[\"']")
_PLACE = lazy_pattern(r"([A-Z]{1,3})(\d{1,7})")
_VALUE = lazy_pattern(r"<(?:\w+:)?v>([^<]*)</")
_FORMULA = lazy_pattern(r"<(?:\w+:)?f\b")
_STRUCK = lazy_pattern(r"<(?:\w+:)?strike\b(?![^<>]*=\s*[\"'](?:0|false)[\"'])")
_TEXT_BEGINS = lazy_pattern(r"<(?:\w+:)?si\b")
_AFTER = lazy_pattern(r"<(?:\w+:)?c\b|</(?:\w+:)?row\b")
# A format of digits with zeros before them, and words around: 0000, "S"00.
_ZEROS = lazy_pattern(r'(?:"(?P<before>[^"]*)")?(?P<zeros>0+)(?:"(?P<behind>[^"]*)")?')
NEVER_COMPUTED = ""


@dataclass(slots=True)
class SheetMarks:
    """What is said of the cells of a sheet."""

    struck: set[Place] = field(default_factory=set)
    failed: dict[Place, str] = field(default_factory=dict)  # what a formula came to: #REF!
    hidden_rows: set[int] = field(default_factory=set)
    shown: dict[Place, str] = field(default_factory=dict)  # a number that is shown as 0012


def marks_of(data: bytes) -> Mapping[str, SheetMarks]:
    """The marks of each sheet, by its name; nothing of what is no .xlsx or damaged."""
    try:
        return dict(_Book(zipfile.ZipFile(io.BytesIO(data))).sheets())
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, RuntimeError, EOFError):
        return {}  # what cannot be read is for those to say who read the values


@dataclass(slots=True)
class _Book:
    archive: zipfile.ZipFile
    struck_styles: set[int] = field(default_factory=set)
    struck_texts: set[int] = field(default_factory=set)
    zeros: dict[int, re.Match[str]] = field(default_factory=dict)  # formats of styles

    def sheets(self) -> Iterator[tuple[str, SheetMarks]]:
        names = set(self.archive.namelist())
        if "xl/workbook.xml" not in names:
            return
        if "xl/styles.xml" in names:
            styles = self._text("xl/styles.xml")
            self.struck_styles, self.zeros = _struck_styles(styles), _zeros(styles)
        if "xl/sharedStrings.xml" in names:
            texts = _TEXT_BEGINS.split(self._text("xl/sharedStrings.xml"))[1:]
            self.struck_texts = {n for n, one in enumerate(texts) if _STRUCK.search(one)}
        relations = self._tree("xl/_rels/workbook.xml.rels").all("Relationship")
        targets = {one.get("Id"): one.get("Target") for one in relations}
        for sheet in self._tree("xl/workbook.xml").all("sheet"):
            target = targets.get(sheet.get("id"), "")
            path = target[1:] if target.startswith("/") else f"xl/{target}"
            if path in names:
                yield sheet.get("name"), self._marks(self._text(path))

    def _text(self, name: str) -> str:
        return decoded(self.archive.read(name))[0]

    def _tree(self, name: str) -> Element:
        return parse_xml(self._text(name))

    def _marks(self, sheet: str) -> SheetMarks:
        marks = SheetMarks()
        for row in _ROW.finditer(sheet):
            said = dict(_ATTRIBUTE.findall(row[1]))
            if said.get("hidden") in {"1", "true"} and said.get("r", "").isdecimal():
                marks.hidden_rows.add(int(said["r"]))
        looked_for = self.struck_styles or self.struck_texts or self.zeros or 't="e"' in sheet
        if looked_for or _FORMULA.search(sheet) or _STRUCK.search(sheet):
            for cell in _CELL.finditer(sheet):
                self._look_at(cell, sheet, marks)
        return marks

    def _look_at(self, cell: re.Match[str], sheet: str, marks: SheetMarks) -> None:
        said = dict(_ATTRIBUTE.findall(cell[1]))
        place = _place(said.get("r", ""))
        if place is None or cell[2]:
            return
        inside = sheet[cell.end() : _end(sheet, cell.end())]
        found = _VALUE.search(inside)
        value = None if found is None else found[1].strip()
        kind = said.get("t", "")
        if _STRUCK.search(inside) or self._is_struck(said.get("s", ""), value, kind):
            marks.struck.add(place)
        zeros = self.zeros.get(int(said.get("s") or 0))
        if zeros and kind in {"", "n"} and value and value.isdecimal():
            padded = value.zfill(len(zeros["zeros"]))
            marks.shown[place] = f"{zeros['before'] or ''}{padded}{zeros['behind'] or ''}"
        if kind == "e":
            marks.failed[place] = value or "#VALUE!"
        elif kind != "str" and not value and _FORMULA.search(inside):
            marks.failed[place] = NEVER_COMPUTED

    def _is_struck(self, style: str, value: str | None, kind: str) -> bool:
        if style.isdecimal() and int(style) in self.struck_styles:
            return True
        return kind == "s" and (value or "").isdecimal() and int(value or 0) in self.struck_texts


def _end(sheet: str, start: int) -> int:
    """Where a cell ends: where the next begins, or its row ends."""
    found = _AFTER.search(sheet, start)
    return len(sheet) if found is None else found.start()


def _struck_styles(written: str) -> set[int]:
    """The numbers of the styles of cells whose font is struck through."""
    if _STRUCK.search(written) is None:
        return set()
    styles = parse_xml(written)
    fonts = next(styles.all("fonts"), None)
    kinds = next(styles.all("cellXfs"), None)
    struck = {
        str(number)
        for number, font in enumerate(() if fonts is None else fonts.elements())
        if any(one.name == "strike" and one.get("val") not in {"0", "false"} for one in font.walk())
    }
    found = () if kinds is None else kinds.elements()
    return {number for number, one in enumerate(found) if one.get("fontId") in struck}


def _zeros(written: str) -> dict[int, re.Match[str]]:
    """The formats of styles of cells that show a number with zeros, or words, around it."""
    if "numFmt " not in written:
        return {}
    styles = parse_xml(written)
    formats = {one.get("numFmtId"): one.get("formatCode") for one in styles.all("numFmt")}
    kinds = next(styles.all("cellXfs"), None)
    found = () if kinds is None else kinds.elements()
    zeros = {
        number: _ZEROS.fullmatch(formats.get(one.get("numFmtId"), ""))
        for number, one in enumerate(found)
    }
    return {number: one for number, one in zeros.items() if one is not None and one[0] != "0"}


def _place(reference: str) -> Place | None:
    found = _PLACE.fullmatch(reference)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column
