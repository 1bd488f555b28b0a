"""Characters that Shift_JIS has not: by number, by accent, and marks that repeat what is before."""

from __future__ import annotations

import re
import unicodedata

UNKNOWN = "※"
"""Stands for a character that no number names."""

# Plane, row and cell of JIS X 0213; 317-12-3 is a page of the printed book, with its line.
_CELL = re.compile(r"(?<![-\d])([12])-(\d{1,2})-(\d{1,2})(?![-\d])")
_CODE = re.compile(r"U\+([0-9A-Fa-f]{4,6})")
# Characters that mark notes and ruby, which tools other than Aozora Bunko's own name alone.
_NAMED = {
    "始め二重山括弧": "《", "終わり二重山括弧": "》", "始め角括弧": "［", "終わり角括弧": "］",
    "始めきっこう（亀甲）括弧": "〔", "終わりきっこう（亀甲）括弧": "〕", "縦線": "｜",
    "井げた": "＃", "米印": "※",
}  # fmt: skip
_READING = re.compile("読みは「([^「」]+)」")
_NOT_JIS = "非0213外字"
_ROWS_AND_CELLS = range(1, 95)
_WITH_BREATHING = {"82": "ヷ", "83": "ヸ", "84": "ヹ", "85": "ヺ"}

# What the official table of Aozora Bunko combines, and nothing else: l'existence keeps its mark.
_MARKS = {
    "`": ("\u0300", "AEIOUaeiou"),
    "'": ("\u0301", "AEIOUYaeiouy"),
    "^": ("\u0302", "AEIOUaeiou"),
    ":": ("\u0308", "AEIOUaeiouy"),
    "_": ("\u0304", "AEIOUaeiou"),
    "~": ("\u0303", "ANOano"),
    "&": ("\u030a", "Aa"),
    ",": ("\u0327", "Cc"),
}
ACCENTS = {
    letter + mark: unicodedata.normalize("NFC", letter + combining)
    for mark, (combining, letters) in _MARKS.items()
    for letter in letters
} | {
    "ae&": "æ", "AE&": "Æ", "oe&": "œ", "OE&": "Œ", "s&": "ß", "O/": "Ø", "o/": "ø",
    "!@": "¡", "?@": "¿",
}  # fmt: skip
ACCENT = re.compile("|".join(map(re.escape, sorted(ACCENTS, key=len, reverse=True))))

_LONGEST = 1000  # characters of a reading; the longest of all texts has 119
_REPEATED = re.compile("([^／＼″\\s]+)／(″?)＼")
_VOICED = str.maketrans(
    "かきくけこさしすせそたちつてとはひふへほカキクケコサシスセソタチツテトハヒフヘホ",
    "がぎぐげござじずぜぞだぢづでどばびぶべぼガギグゲゴザジズゼゾダヂヅデドバビブベボ",
)


def character_of(description: str) -> str | None:
    """The character that a note such as ※［＃「口＋喬」、第3水準1-15-26］ names by a number."""
    # Old files name the mark in it: ※［＃「※」は「手偏＋黨」、第3水準1-85-7］.
    named = description.replace("「※」は", "").replace("「※」の", "")
    if _NOT_JIS not in named and named.count(UNKNOWN) < 2:  # two marks, and one number
        for plane, row, cell in _CELL.findall(named):
            found = _from_cell(int(plane), int(row), int(cell))
            if found is not None:
                return found
    coded = _CODE.search(named)
    if coded is None:
        return _NAMED.get(named.strip("＃、"))
    code = int(coded[1], 16)
    assigned = code <= 0x10FFFF and unicodedata.category(chr(code)) not in ("Cs", "Cc", "Cn")
    return chr(code) if assigned else None


def reading_of(description: str) -> str | None:
    """The reading that a note gives to a character without a number: 読みは「タン」."""
    found = _READING.search(description)
    return None if found is None else found[1]


def breathing(cell: str) -> str:
    """ヷ for the cell 82, and so on: what older files write as ワ゛ and a note."""
    return _WITH_BREATHING[cell]


def repeated(reading: str) -> str:
    """A reading without the marks ／＼ and ／″＼: they repeat what stands before."""
    marked = "＼" in reading and len(reading) <= _LONGEST
    return _REPEATED.sub(_twice, reading) if marked else reading


def _twice(found: re.Match[str]) -> str:
    word = found[1]
    again = word[0].translate(_VOICED) + word[1:] if found[2] else word
    return word + again


def _from_cell(plane: int, row: int, cell: int) -> str | None:
    if row not in _ROWS_AND_CELLS or cell not in _ROWS_AND_CELLS:
        return None
    data = (b"\x8f" if plane == 2 else b"") + bytes([0xA0 + row, 0xA0 + cell])
    try:
        return data.decode("euc_jis_2004")
    except UnicodeDecodeError:
        return None
