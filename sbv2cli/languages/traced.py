"""A text that remembers, through every rewriting, which of the author's characters it came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sbv2cli.records import Span

Replacement = str | Callable[[re.Match[str]], str | None]


@dataclass(frozen=True, slots=True)
class Traced:
    """`text[i]` stands for the author's characters from `starts[i]` up to `ends[i]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Traced:
        """A text nobody has rewritten yet."""
        size = len(text)
        return cls(text, tuple(range(size)), tuple(range(1, size + 1)))

    def span(self, start: int, end: int) -> Span:
        """The author's range behind `text[start:end]`; empty ranges sit where they would go."""
        if start < end:
            return min(self.starts[start:end]), max(self.ends[start:end])
        place = self.ends[start - 1] if start > 0 else 0
        return place, place

    def replace(self, pattern: re.Pattern[str], replacement: Replacement) -> Traced:
        """Like `pattern.sub`; a function may answer None to leave a match as it is.

        Every character of a replacement stands for the whole of what was matched.
        """
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for match in pattern.finditer(self.text):
            new = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
            if new is None:
                continue
            begin, stop = match.span()
            first, last = self.span(begin, stop)
            text += (self.text[position:begin], new)
            starts += (*self.starts[position:begin], *(first,) * len(new))
            ends += (*self.ends[position:begin], *(last,) * len(new))
            position = stop
        if not text:
            return self
        text.append(self.text[position:])
        starts += self.starts[position:]
        ends += self.ends[position:]
        return Traced("".join(text), tuple(starts), tuple(ends))

    def translate(self, table: dict[str, str]) -> Traced:
        """Rewrite single characters; each new one stands for the one it replaces."""
        if table.keys().isdisjoint(self.text):
            return self
        return self.keep(table.get(character, character) for character in self.text)

    def keep(self, new: Iterator[str]) -> Traced:
        """`new` gives, for each character in turn, what becomes of it; "" drops it."""
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for characters, start, end in zip(new, self.starts, self.ends, strict=True):
            for character in characters:
                text.append(character)
                starts.append(start)
                ends.append(end)
        return Traced("".join(text), tuple(starts), tuple(ends))
