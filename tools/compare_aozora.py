"""Texts of Aozora Bunko as sbv2 reads them, beside what the official converter makes of them.

    python -m tools.compare_aozora FOLDER

FOLDER holds pairs NAME.txt and NAME.html; the HTML is the output of aozora2html. For each pair:
whether the pairs of base and reading are equal, in order; the share of the body's characters that
is kept, and of foreign ones; whether the headings are equal, in order. Ends with 1 where a text
falls short.

Not counted, because the converter and a narrator differ on purpose: editor's words that the
converter prints as ruby (「…」に「…」の注記), rows of marks between scenes, marks for kanbun, and
／＼ in a reading, which repeats what stands before it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from sbv2cli.readers.aozora.characters import repeated
from sbv2cli.readers.aozora.markup import plain
from sbv2cli.readers.prose import is_scene_break
from sbv2cli.readers.script import read_script

KEPT, FOREIGN = 0.9995, 0.0005
T = TypeVar("T")
Pair = tuple[str, str]

_NOT_TEXT = {"notes", "kaeriten", "okurigana"}
_CELL = re.compile(r"([12])-(\d\d)-(\d\d)\.png")
_EDITORS = re.compile("に「([^」]*)」の(?:注記|傍記)|「([^」]*)」の注記付き終わり")
# What CP932 and Shift_JIS decode differently.
_SAME = str.maketrans("～－∥￠￡￢", "〜−‖¢£¬")


@dataclass
class Official:
    """What the converter made of a text."""

    rows: list[str] = field(default_factory=lambda: [""])
    pairs: list[Pair] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    """Reads the main text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Official()
        self.open: list[tuple[str, str]] = []
        self.base = self.reading = self.heading = ""

    def within(self, *names: str) -> bool:
        return any(name in names or kind in names for name, kind in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        if tag == "img" and kind == "gaiji":
            self.handle_data(_character(dict(attrs).get("src") or ""))
        if tag == "br" and not self.within("h3", "h4", "h5"):
            self.found.rows.append("")
        if tag not in ("br", "hr", "img", "meta", "link"):
            self.open.append((tag, kind))
        if tag in ("rb", "ruby"):
            self.base = self.reading = ""
        if tag in ("h3", "h4", "h5"):
            self.heading = ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag == "ruby" and self.within("main_text"):
            self.found.pairs.append((_folded(self.base), _folded(self.reading)))
        if tag in ("h3", "h4", "h5") and self.within("main_text"):
            self.found.headings.append(_folded(self.heading))
        if tag in ("h3", "h4", "h5", "div"):
            self.found.rows.append("")

    def handle_data(self, data: str) -> None:
        if not self.within("main_text") or self.within(*_NOT_TEXT, "rp"):
            return
        if self.within("rt"):
            self.reading += data
            return
        if self.within("rb"):
            self.base += data
        if self.within("h3", "h4", "h5"):
            self.heading += data
        self.found.rows[-1] += data


def _character(source: str) -> str:
    """The character of a picture, by the number in its name."""
    found = _CELL.search(source)
    if found is None:
        return ""
    plane, row, cell = map(int, found.groups())
    data = (b"\x8f" if plane == 2 else b"") + bytes([0xA0 + row, 0xA0 + cell])
    return data.decode("euc_jis_2004", "replace")


def _folded(text: str) -> str:
    return "".join(text.split()).translate(_SAME)


def official(page: Path) -> Official:
    """What stands in a page."""
    parser = _Page()
    parser.feed(page.read_bytes().decode("cp932", "replace"))
    return parser.found


@dataclass
class Difference:
    """How our reading of a text differs from the converter's."""

    characters: int
    lost: Counter[str]
    foreign: Counter[str]
    pairs: list[tuple[Pair | None, Pair | None]]  # the first that differ: theirs, ours
    headings: list[tuple[str | None, str | None]]

    @property
    def enough(self) -> bool:
        """Whether the reading is as good as it must be."""
        lost = self.lost.total() / max(self.characters, 1)
        foreign = self.foreign.total() / max(self.characters, 1)
        return not (self.pairs or self.headings or lost > 1 - KEPT or foreign > FOREIGN)


def compare(text: Path, page: Path) -> Difference:
    """One text."""
    theirs = official(page)
    lines = [line for line in read_script(text, from_format="aozora") if not line.skip]
    ours = Counter(_folded("".join(line.text for line in lines)))
    titles = set(theirs.headings)
    shown = (row for row in theirs.rows if not is_scene_break(row) or _folded(row) in titles)
    rows = Counter(_folded("".join(shown)))
    our_pairs = [
        (_folded(line.text[slice(*one.span)]), _folded(one.reading))
        for line in lines
        for one in line.ruby
    ]
    our_headings = [_folded(line.text) for line in lines if line.heading]
    return Difference(
        characters=rows.total(),
        lost=rows - ours,
        foreign=ours - rows,
        pairs=_unequal(_readings(theirs.pairs, text), our_pairs),
        headings=_unequal(theirs.headings, our_headings),
    )


def _readings(pairs: Sequence[Pair], text: Path) -> list[Pair]:
    """The pairs without the words of editors."""
    written = text.read_bytes().decode("cp932", "replace")
    words = {_folded(plain(one or other)) for one, other in _EDITORS.findall(written)}
    return [
        (base, repeated(over)) for base, over in pairs if over not in words and set(over) != {"×"}
    ]


def _unequal(theirs: Sequence[T], ours: Sequence[T]) -> list[tuple[T | None, T | None]]:
    both = zip_longest(theirs, ours)
    return [(their, our) for their, our in both if their != our][:3]


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the pairs of a folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    short = 0
    for page in sorted(folder.glob("*.html")):
        text = page.with_name(page.name.replace("_unicode", "")).with_suffix(".txt")
        found = compare(text, page)
        short += not found.enough
        print(
            f"{text.stem:28} {'ok  ' if found.enough else 'SHORT'} {found.characters:7} characters,"
            f" {found.lost.total()} lost {dict(found.lost.most_common(6))},"
            f" {found.foreign.total()} foreign {dict(found.foreign.most_common(6))}"
        )
        for their, our in [*found.pairs, *found.headings]:
            print(f"    converter {their}, sbv2 {our}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
