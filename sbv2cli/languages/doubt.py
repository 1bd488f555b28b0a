"""Doubts about readings: why a word may be read wrong, and how likely a line is.

Each language finds its own doubts (`japanese.doubts`, …) when `ReadOptions.doubts` asks for them;
`japanese.doubts.in_script` adds those that only a whole script shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import prod

from sbv2cli.records import Doubt, Span

REASONS = {
    "analyses-differ": "a second analysis of the sentence reads it otherwise",
    "homograph": "it has several readings that are common",
    "unknown-word": "no dictionary has it; its reading is a guess",
    "letters": "Latin letters without a known reading",
    "name": "it is a name, and names are read in several ways",
    "number": "a number that can be said in several ways",
    "ruby-wide": "the reading over it covers only its end",
    "ruby-not-kept": "ruby reads it otherwise elsewhere in the script",
    "cuts-word": "a word of the dictionary cuts a longer word",
}
"""What a reason means, in words that follow on `because`."""


def of_line(doubts: Iterable[Doubt]) -> float:
    """How likely it is that anything in a line is read wrong, 0 to 1, by its words' weights."""
    return together(doubt.weight for doubt in doubts)


def together(weights: Iterable[float]) -> float:
    """How likely any of several is wrong."""
    return 1 - prod(1 - weight for weight in weights)


def merged(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Doubts in the order of the text, one for each stretch; of two, what the first says leads."""
    of_span: dict[Span, Doubt] = {}
    for doubt in sorted(doubts, key=lambda one: one.span):
        known = of_span.get(doubt.span)
        of_span[doubt.span] = doubt if known is None else _both(known, doubt)
    return tuple(of_span.values())


def _both(one: Doubt, other: Doubt) -> Doubt:
    return replace(
        one,
        reasons=tuple(dict.fromkeys((*one.reasons, *other.reasons))),
        others=tuple(dict.fromkeys((*one.others, *other.others))),
        weight=of_line((one, other)),
    )


def correction(doubt: Doubt, language: str = "ja") -> str:
    """The one obvious way to set a word right, with its likeliest other reading, or … for it.

    Words that are read alike everywhere go into the dictionary; homographs and numbers are told
    where they stand.
    """
    if language != "ja":
        return f'the column "reading" of the line: {_AS_READING[language]}'
    reading = doubt.others[0] if doubt.others else "…"
    first = doubt.reasons[0]
    if first == "cuts-word":
        return "the longer word in the dictionary; or no `within` in this word's row"
    if first == "ruby-wide":
        return f"a bar before what is read so: ｜…《{doubt.kana}》"
    if not _ALIKE_EVERYWHERE.isdisjoint(doubt.reasons):
        return f"dictionary: {doubt.surface},{reading}"
    return f"ruby: ｜{doubt.surface}《{reading}》"


_ALIKE_EVERYWHERE = frozenset({"name", "unknown-word", "letters", "ruby-not-kept"})
_AS_READING = {"en": "ARPAbet, as in HH AH0 L OW1", "zh": "pinyin with tones, as in ni3 hao3"}
