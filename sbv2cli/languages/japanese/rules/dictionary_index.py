"""Finding dictionary words in a text: the longest that begins at a place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sbv2cli.languages.japanese.rules.characters import fold, lower
from sbv2cli.languages.language import DictionaryEntry
from sbv2cli.records import Span

LONGEST_SURFACE = 100


class Index:
    """Entries by their written form, exactly and with width and case folded."""

    __slots__ = ("_exact", "_folded", "_lengths")

    def __init__(self, entries: Sequence[DictionaryEntry]) -> None:
        self._exact: dict[str, DictionaryEntry] = {}
        self._folded: dict[str, DictionaryEntry] = {}
        lengths: dict[str, set[int]] = {}
        for entry in entries:
            surface = entry.surface
            if not surface or len(surface) > LONGEST_SURFACE:
                continue
            folded = lower(fold(surface))
            self._exact[surface] = entry  # a later entry replaces an earlier one
            self._folded[folded] = entry
            lengths.setdefault(folded[0], set()).add(len(folded))
        self._lengths = {
            first: tuple(sorted(known, reverse=True)) for first, known in lengths.items()
        }

    def __bool__(self) -> bool:
        return bool(self._lengths)

    def longest(
        self, text: str, flat: str, small: str, at: int, stop: int
    ) -> tuple[DictionaryEntry, int] | None:
        """The longest entry at `at` that ends by `stop`, as (entry, end).

        `small` is the folded lower-case text from `at` on, at least as far as an entry can reach.
        An entry in the exact writing wins over one that differs in width or case.
        """
        for length in self._lengths.get(small[:1], ()):
            end = at + length
            if end > stop:
                continue
            entry = self._exact.get(text[at:end]) or self._folded.get(small[:length])
            if entry is not None and not _inside_a_word(flat, at, end):
                return entry, end
        return None

    def begins(self, text: str, flat: str, span: Span) -> bool:
        """Whether an entry that begins with a span covers all of it, and perhaps more."""
        found = self._at(text, flat, span[0])
        return found is not None and found[1] >= span[1]

    def accent(self, text: str, flat: str, span: Span, kana: str) -> int | None:
        """The accent of an entry for exactly this span with this reading."""
        found = self._at(text, flat, span[0])
        if found is None or found[1] != span[1] or found[0].kana != kana:
            return None
        return found[0].accent

    def _at(self, text: str, flat: str, at: int) -> tuple[DictionaryEntry, int] | None:
        small = lower(flat[at : at + LONGEST_SURFACE])
        return self.longest(text, flat, small, at, len(text))

    def matches(
        self, text: str, flat: str, start: int, stop: int
    ) -> list[tuple[int, int, DictionaryEntry]]:
        """All entries from left to right, the longest at each place, without overlaps."""
        found = []
        small = lower(flat[:stop])
        lengths = self._lengths
        at = start
        while at < stop:
            if small[at] in lengths:
                match = self.longest(text, flat, small[at : at + LONGEST_SURFACE], at, stop)
                if match:
                    found.append((at, match[1], match[0]))
                    at = match[1]
                    continue
            at += 1
        return found


def _inside_a_word(flat: str, at: int, end: int) -> bool:
    """Whether this cuts a Latin word or a number in two."""
    return _joined(flat[at - 1 : at], flat[at]) or _joined(flat[end - 1], flat[end : end + 1])


def _joined(left: str, right: str) -> bool:
    if not (left and right):
        return False
    if left.isdecimal() and right.isdecimal():
        return True
    return left.isascii() and left.isalpha() and right.isascii() and right.isalpha()


class _Same:
    """Stands for one dictionary object; the tuple it holds cannot change or be freed."""

    __slots__ = ("entries",)

    def __init__(self, entries: tuple[DictionaryEntry, ...]) -> None:
        self.entries = entries

    def __hash__(self) -> int:
        return id(self.entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.entries is other.entries


@lru_cache(maxsize=8)
def _compiled(same: _Same) -> Index:
    return Index(same.entries)


def index_of(entries: Sequence[DictionaryEntry]) -> Index:
    """The index of a dictionary; compiled once per tuple, each time for other sequences."""
    return _compiled(_Same(entries)) if isinstance(entries, tuple) else Index(entries)
