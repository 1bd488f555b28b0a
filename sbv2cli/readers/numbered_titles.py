"""Rows with the number of a chapter, which are its title where nothing else marks one.

一, （二）, 第三章, 第４話　夜, Chapter 5: The Key. They count where they begin with one and follow
each other; then プロローグ, 幕間 and their kin are titles too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sbv2cli.patterns import lazy_pattern
from sbv2cli.records import Finding, Source

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
    "[【［〔]?第(?P<number>[〇一二三四五六七八九十百０-９0-9]{1,5})(?P<unit>[章回話編篇部幕節])"
    "(?:[】］〕][ \u3000]?|[ \u3000：:・―—～〜-]|(?=[「『〈《（(【]))[^。]{1,40}"
)
_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
_ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split()
_ENGLISH = {word: value for names in (_WORDS, _ROMAN) for value, word in enumerate(names, 1)}
_CHAPTER = lazy_pattern(
    r"(?P<unit>chapter|part|book)\s+(?P<number>\d{1,3}|[a-z]{1,6})(?:\s?[.:—–-]\s?.{1,60}|\.)?",
    re.IGNORECASE,
)
_UNNUMBERED = lazy_pattern(
    "(?:プロローグ|エピローグ|序章?|終章|最終[章話]|間章|幕間|閑話|番外編?|断章|まえがき|あとがき"
    "|はじめに|おわりに|前書き|後書き)(?:[ \u3000：:・―—～〜-][^。]{1,40})?"
    r"|(?:prologue|epilogue|interlude|foreword|afterword)",
    re.IGNORECASE,
)
_SIZES = (
    frozenset(("編", "篇", "部", "book", "part")),
    frozenset(("章", "回", "話", "chapter")),
    frozenset(("節", "幕", "場")),
)
_FEWEST = 2
_LONGEST = 80  # characters of such a row


@dataclass(frozen=True, slots=True)
class Number:
    """Which chapter, part or scene a row is the title of."""

    value: int
    unit: str = ""  # 章, 部, "chapter"; "" for a bare number


def numbered_rows(rows: Iterable[tuple[int, str]]) -> dict[int, int]:
    """Place -> level of those of the rows that number chapters from one and in order."""
    stripped = [(at, text.strip()) for at, text in rows]
    numbered = [(at, one) for at, text in stripped if (one := number_of(text)) is not None]
    numbers = [one for _, one in numbered]
    # Numbers that do not follow each other are verses, prices or dates.
    if len(numbers) < _FEWEST or numbers[0].value != 1 or not _follow(numbers):
        return {}
    kinds = sorted({_size(one.unit) for one in numbers})
    titles = {at: kinds.index(_size(one.unit)) + 1 for at, one in numbered}
    return {**dict.fromkeys((at for at, text in stripped if is_unnumbered(text)), 1), **titles}


def _size(unit: str) -> int:
    """Parts before chapters before sections before bare numbers."""
    return next((size for size, units in enumerate(_SIZES) if unit in units), len(_SIZES))


def _follow(numbers: Sequence[Number]) -> bool:
    """Whether most numbers follow the one before of their kind, or begin again in a new part."""
    last: dict[str, int] = {}
    passed: set[str] = set()  # kinds that came since a kind had its last number
    following = 0
    for one in numbers:
        begins_again = one.value == 1 and (one.unit not in last or passed - {one.unit})
        following += bool(one.value == last.get(one.unit, 0) + 1 or begins_again)
        passed = {one.unit} if one.unit in passed else passed | {one.unit}
        last[one.unit] = one.value
    # The first always follows.
    return (following - 1) * 2 >= len(numbers) - 1


def number_of(text: str) -> Number | None:
    """The number that a row consists of, or begins its title with."""
    if not text or len(text) > _LONGEST:
        return None
    found = _NUMBER.fullmatch(text) or _TITLED.fullmatch(text)
    if found is not None:
        return Number(_value(found["number"]), found["unit"])
    found = _CHAPTER.fullmatch(text)
    if found is None:
        return None
    written = found["number"].casefold()
    value = int(written) if written.isdigit() else _ENGLISH.get(written)
    return None if value is None else Number(value, found["unit"].casefold())


def is_unnumbered(text: str) -> bool:
    """Whether a row is the title of a part that has no number: プロローグ."""
    return len(text) <= _LONGEST and _UNNUMBERED.fullmatch(text) is not None


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


def titles_finding(count: int, source_name: str) -> Finding:
    """The note about rows that were taken for titles."""
    return Finding(
        code="script.numbered-titles",
        severity="note",
        message=f"rows with the number of a chapter that are taken for its title: {count:,}",
        at=Source(path=source_name, row=1),
        hint="mark the headings of the text where these are none",
    )


def plain_titles_finding(at: Source, hint: str) -> Finding:
    """The note about rows that are no titles and look like some, at the first of them."""
    return Finding(
        code="script.plain-titles",
        severity="note",
        message="rows that look like titles of chapters are lines as any other",
        at=at,
        hint=hint,
    )


@dataclass(slots=True)
class PlainTitles:
    """Looks at one row of a plain text after another for titles that nothing marks; tells once."""

    path: str
    first: int = 0  # the row with the first chapter
    told: bool = False

    def row(self, row: int, written: str) -> tuple[Finding, ...]:
        """What there is to say when a row has come."""
        number = None if self.told else number_of(written)
        if number is None or not number.unit:
            return ()
        if number.value == 1:
            self.first = self.first or row
        if number.value != 2 or not self.first:
            return ()
        self.told = True
        hint = (
            "# before them makes them chapters; --from narou reads a novel, and takes them for"
            " titles"
        )
        return (plain_titles_finding(Source(path=self.path, row=self.first), hint),)
