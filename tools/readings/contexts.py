"""`python -m tools.readings.contexts`: how often homographs are right, each reading as often.

`tests/golden/readings/contexts.tsv` has sentences that others wrote for each reading of a word,
without having seen tables and engine. Writers of rows for `homographs.tsv` saw every second one.
The other half was kept from them: only its counts were printed, so it says how rows do in new text.
Rare readings are as many there as common ones; books are kinder. `--show WORD` prints what is read
otherwise of the half that was seen.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sbv2cli.languages.japanese import reader
from sbv2cli.languages.japanese.alike import comparable
from tools.readings.corpus import GOLDEN, table

_KANJI = re.compile("[々㐀-鿿]+")


@dataclass(frozen=True, slots=True)
class Homograph:
    """A homograph in a sentence."""

    before: str
    written: str
    behind: str
    reading: str  # of a verb in its dictionary form
    seen: bool  # by writers of rows

    @property
    def word(self) -> str:
        """The word as it is counted; a verb by its kanji."""
        found = _KANJI.match(self.written)
        return found[0] if found else self.written

    def right(self) -> bool | None:
        """Whether better reads it so; None where its text does not have it any more."""
        _, source, words, _ = reader.analyse(self.before + self.written + self.behind)
        found = [one.start() for one in re.finditer(re.escape(self.written), source.text)]
        place = (self.before + self.written).count(self.written) - 1
        if place >= len(found):
            return None
        start, end = found[place], found[place] + len(self.written)
        over = [word for word in words if word.start < end and start < word.end]
        said = comparable("".join(word.kana for word in over))
        wanted = comparable(self.reading)
        if not _KANJI.fullmatch(self.written):
            return said.startswith(wanted[:-1])  # of a verb, but for its ending
        if over[0].start < start:
            return said.endswith(wanted)
        return said.startswith(wanted) if over[-1].end > end else said == wanted


def homographs() -> Iterator[Homograph]:
    """All of them."""
    for row in table(GOLDEN / "contexts.tsv"):
        before, written, behind = re.split("[【】]", row["text"])
        yield Homograph(before, written, behind, row["reading"], row["seen"] == "yes")


def main() -> None:
    """Count, and print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.readings.contexts", description=__doc__)
    parser.add_argument("--show", metavar="WORD", help="print what is read otherwise")
    shown = parser.parse_args().show
    all_of, right = Counter[tuple[str, str, bool]](), Counter[tuple[str, str, bool]]()
    for one in homographs():
        judged = one.right()
        if judged is None:
            continue
        key = (one.word, one.reading, one.seen)
        all_of[key] += 1
        right[key] += judged
        if one.seen and not judged and one.word == shown:
            print(f"{one.before}【{one.written}】{one.behind}\t{one.reading}")
    print("word      reading       seen        kept")
    for word, reading in dict.fromkeys(key[:2] for key in all_of):
        cells = [
            f"{right[word, reading, seen]:5}/{all_of[word, reading, seen]:<4}"
            for seen in (True, False)
        ]
        print(f"{word:8}  {reading:10}{'  '.join(cells)}")
    for seen, name in ((True, "seen"), (False, "kept")):
        total = sum(number for key, number in all_of.items() if key[2] == seen)
        good = sum(number for key, number in right.items() if key[2] == seen)
        print(f"{name}: {good} of {total} right, {100 * good / total:.1f} %")


if __name__ == "__main__":
    main()
