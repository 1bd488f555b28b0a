"""`python -m tools.readings.written`: lines written to be read, some of which no table has seen.

Writers who saw neither tables nor engine wrote them in rounds, each with its reading. A round is
held out until it is judged: only counts are printed, and who makes tables does not look at it.
Whoever looks at it prints the lines that better reads otherwise (`--judge ROUND`), corrects
readings, writes down what was wrong, and only then adds it to `SEEN`: from then on its mistakes may
be mended, and it says nothing about new text any more. The round `words` is lists of names, idioms,
numbers and the like that others wrote down with their readings; all of it was seen. The round
`unsettled` is sentences of old books that were seen, too, and of which nobody has said who is
right: names that only the book tells, an author's own readings, readers' slips and our mistakes.
"""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sbv2cli.languages.japanese.alike import comparable
from tools.readings.__main__ import WAYS
from tools.readings.corpus import GOLDEN, Line, table

UNSETTLED = "unsettled"
SEEN = frozenset({*map(str, range(1, 36)), "words", UNSETTLED})

_CHOICE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Written:
    """A line, and its readings: several where several are right."""

    round: str
    kind: str  # of text
    text: str
    readings: tuple[str, ...]

    def right(self, kana: str) -> bool:
        """Whether it is read in one of these ways."""
        return any(
            Line("", self.text, reading, other_half=False).right(kana) for reading in self.readings
        )


def written() -> Iterator[Written]:
    """All of them."""
    for row in table(GOLDEN / "written.tsv"):
        yield Written(row["round"], row["kind"], row["text"], written_out(row["reading"]))


def written_out(reading: str) -> tuple[str, ...]:
    """アシタワ and アスワ for {アシタ|アス}ワ."""
    parts = _CHOICE.split(reading)  # what stands between, and choices, in turn
    choices = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    return tuple(map("".join, itertools.product(*choices)))


def main() -> None:
    """Count, and print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.readings.written", description=__doc__)
    parser.add_argument("--judge", metavar="ROUND", help="print what better reads otherwise")
    judged = parser.parse_args().judge
    lines = list(written())
    groups = dict.fromkeys((line.round, line.kind) for line in lines)
    print("round           kind      way      lines  wrong      %")
    for number, kind in groups:
        group = [line for line in lines if (line.round, line.kind) == (number, kind)]
        for name, way in WAYS.items():
            said = [way(line.text) for line in group]
            wrong = sum(not line.right(kana) for line, kana in zip(group, said, strict=True))
            about = f"{number}, {'seen' if number in SEEN else 'held out'}"
            share = 100 * wrong / len(group)
            print(f"{about:15} {kind:9} {name:8} {len(group):5} {wrong:6} {share:6.2f}")
            if name == "better" and number == judged:
                _show(group, said)


def _show(group: Sequence[Written], said: Sequence[str]) -> None:
    for line, kana in zip(group, said, strict=True):
        if not line.right(kana):
            print(line.text, comparable(line.readings[0]), comparable(kana), sep="\t")


if __name__ == "__main__":
    main()
