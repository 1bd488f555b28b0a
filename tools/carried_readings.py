"""How often a carried reading is right: `python -m tools.carried_readings BOOK...`.

Where a word has ruby a second time, the reading that would have been carried there is compared with
the one that stands there. That is a hard test: writers repeat ruby most where a reading changes.
With `--list` every carried word is shown with places, for a person to read.
"""

from __future__ import annotations

import argparse
import copy
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sbv2cli.languages.japanese.carry import Carry
from sbv2cli.languages.japanese.rules.ruby import kana_reading
from sbv2cli.languages.sentences import split_sentences
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script
from sbv2cli.records import Ruby, ScriptLine

_SHOWN = 4
_AROUND = 8


@dataclass(frozen=True, slots=True)
class Repeat:
    """Ruby over a word that has had ruby before, and what would have been carried there."""

    word: str
    carried: str
    stands: str
    context: str


def repeats(lines: Sequence[ScriptLine]) -> Iterator[Repeat]:
    """Every second ruby that the rules would have reached."""
    carry = Carry()
    for line in lines:
        for ruby in line.ruby:
            reading = kana_reading(ruby)
            found = _without(carry, line, ruby)
            if reading is not None and found is not None:
                yield Repeat(_word(line, ruby), found, reading, _context(line, ruby))
        carry.line(line)


def _without(carry: Carry, line: ScriptLine, hidden: Ruby) -> str | None:
    """What is carried to the place of a ruby, if that is not there."""
    given = tuple(one for one in line.ruby if one is not hidden)
    found = copy.deepcopy(carry).line(replace(line, ruby=given)).ruby
    return next((one.reading for one in found if one.carried and one.span == hidden.span), None)


def carried(lines: Sequence[ScriptLine]) -> dict[tuple[str, str], list[str]]:
    """(word, reading) -> the places that it was carried to."""
    carry = Carry()
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in map(carry.line, lines):
        for ruby in line.ruby:
            if ruby.carried:
                places[_word(line, ruby), ruby.reading].append(_context(line, ruby))
    return places


def _word(line: ScriptLine, ruby: Ruby) -> str:
    return line.text[slice(*ruby.span)]


def _context(line: ScriptLine, ruby: Ruby) -> str:
    start, end = ruby.span
    before, after = line.text[max(0, start - _AROUND) : start], line.text[end : end + _AROUND]
    return f"{before}[{_word(line, ruby)}]{after}"


def main() -> None:
    """Print what was found in each book, and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("books", nargs="+", type=Path)
    parser.add_argument("--list", action="store_true", help="show every carried word")
    arguments = parser.parse_args()
    right = wrong = words = places = 0
    for book in arguments.books:
        options = ReaderOptions(split_sentences=split_sentences)
        lines = list(read_script(book, options))
        for repeat in repeats(lines):
            right += repeat.carried == repeat.stands
            if repeat.carried != repeat.stands:
                wrong += 1
                print(f"{book.name}: {repeat.word} {repeat.carried}, not {repeat.stands}:"
                      f" {repeat.context}")  # fmt: skip
        found = carried(lines)
        words += len(found)
        places += sum(map(len, found.values()))
        if arguments.list:
            for (word, reading), contexts in sorted(found.items(), key=lambda one: -len(one[1])):
                print(f"{book.name}: {word} {reading} {len(contexts)}: {contexts[:_SHOWN]}")
    print(f"{words} words carried to {places} places; ruby given again: {right} as carried,"
          f" {wrong} otherwise")  # fmt: skip


if __name__ == "__main__":
    main()
