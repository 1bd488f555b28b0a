"""Doubts about readings: why a word may be read wrong, and how likely a line is.

Each language finds its own doubts (`japanese.doubts`, …) when `ReadOptions.doubts` asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from sbv2cli.records import Doubt

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
    return 1 - prod(1 - doubt.weight for doubt in doubts)
