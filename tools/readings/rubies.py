"""`python -m tools.readings.rubies BOOK…`: what authors gave ruby, read as if they had given none.

Books of Aozora Bunko have ruby where a reader may slip: rare words, and words that the author wants
read in a way of his own (故人 トモ), which nobody can know. So the share that is read right never
gets near to all; it compares ways of reading, and tables before and after. Without books those of
`tests/data/aozora` are read. A book of before 1946 writes its ruby as it was spelled then (けふ),
and is left out.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.languages.japanese import engine, reader
from sbv2cli.languages.japanese.alignment import place_words
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.moras import katakana
from sbv2cli.readers.script import read_scripts
from tools.readings.corpus import GOLDEN

Place = tuple[int, int]
Placed = list[tuple[Place, str]]  # words by their place in the text, with their kana

BOOKS = GOLDEN.parents[1] / "data" / "aozora"
# 73, 50772, 50775 and 102 spell as before 1946.
_OLD = frozenset(("73_ruby_1217", "50772_ruby_44350", "50775_ruby_44365", "102_ruby_724"))
_KANA = re.compile("[ァ-ヺー]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A word with ruby in its line."""

    text: str
    place: Place
    ruby: str

    def right(self, words: Placed) -> bool:
        """Whether these words say what the ruby says, as far as they end where its base ends."""
        start, end = self.place
        said = [(place, kana) for place, kana in words if place[0] < end and place[1] > start]
        if not said:
            return False
        kana = comparable("".join(kana for _, kana in said))
        if (said[0][0][0], said[-1][0][1]) == self.place:
            return kana == self.ruby
        return self.ruby in kana


def better(text: str) -> Placed:
    """The words of our mode."""
    return [(word.span, word.kana or "") for word in reader.read_better(text).words]


def bare(text: str) -> Placed:
    """Those of the engine under it."""
    words = engine.analyse(text)
    kana = [word.pron.replace("’", "") for word in words]
    return list(zip(place_words(text, words), kana, strict=True))


WAYS: dict[str, Callable[[str], Placed]] = {"better": better, "bare": bare}


def asked(book: Path) -> Iterator[Asked]:
    """The words of a book with ruby of kana."""
    for line in read_scripts([book]):
        for ruby in line.ruby:
            kana = comparable(katakana(ruby.reading))
            if _KANA.fullmatch(kana):
                yield Asked(line.text, ruby.span, kana)


def main() -> None:
    """Count, and print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.readings.rubies", description=__doc__)
    parser.add_argument("books", nargs="*", type=Path)
    parser.add_argument("--show", action="store_true", help="print what better reads otherwise")
    arguments = parser.parse_args()
    books = arguments.books or sorted(
        book for book in BOOKS.glob("*_ruby*.txt") if book.stem not in _OLD
    )
    print("book                   words" + "".join(f"{name:>9}" for name in WAYS))
    sums = [0] * (1 + len(WAYS))
    for book in books:
        found = list(asked(book))
        counts = [sum(one.right(way(one.text)) for one in found) for way in WAYS.values()]
        _row(book.stem, [len(found), *counts])
        sums = [total + one for total, one in zip(sums, [len(found), *counts], strict=True)]
        for one in found if arguments.show else ():
            if not one.right(said := better(one.text)):
                print("  ", one.text[slice(*one.place)], one.ruby, said, one.text, sep="\t")
    _row("all", sums)


def _row(name: str, counts: list[int]) -> None:
    shares = "".join(f"{100 * right / max(1, counts[0]):8.1f}%" for right in counts[1:])
    print(f"{name:22} {counts[0]:5}{shares}")


if __name__ == "__main__":
    main()
