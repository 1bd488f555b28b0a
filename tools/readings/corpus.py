"""The corpus with its readings, and what else is right."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.languages.japanese.alike import comparable

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "readings"
SENTENCES = ROOT / "tools" / "teacher" / "sentences.tsv"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, its reading in the corpus, and stretches that may be read otherwise."""

    name: str
    text: str
    reading: str
    other_half: bool
    accepted: tuple[tuple[str, str], ...] = ()

    def exact(self, kana: str) -> bool:
        """Whether `kana` says what the corpus says."""
        return comparable(kana) == comparable(self.reading)

    def right(self, kana: str) -> bool:
        """Whether it says that, or something else that is right."""
        if self.exact(kana):
            return True
        wanted, said = comparable(self.reading), comparable(kana)
        for corpus, ours in self.accepted:
            wanted = wanted.replace(comparable(corpus), comparable(ours))
        return wanted == said or self._one_way(wanted) == self._one_way(said)

    def _one_way(self, kana: str) -> str:
        for word, first, others in _TWO_READINGS:
            if word in self.text:
                kana = others.sub(first, kana)
        return kana


def lines() -> Iterator[Line]:
    """The corpus; every second line is of the half that the tables were not begun with."""
    accepted: dict[str, list[tuple[str, str]]] = {}
    for row in table(GOLDEN / "accepted_lines.tsv"):
        accepted.setdefault(row["id"], []).append((row["corpus"], row["accepted"]))
    texts = {row["id"]: row["text"] for row in table(SENTENCES)}
    for number, row in enumerate(table(GOLDEN / "corpus.tsv")):
        name = row["id"]
        yield Line(
            name, texts[name], row["reading"], number % 2 == 1, tuple(accepted.get(name, ()))
        )


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a table with tabs and a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _pattern(readings: list[str]) -> re.Pattern[str]:
    """Any of `readings`; a first ウ or イ may have become the vowel before it."""
    loose = {"ウ": "[ウオ]", "イ": "[イエ]"}
    forms = [comparable(reading) for reading in readings]
    return re.compile("|".join(loose.get(form[0], form[0]) + form[1:] for form in forms))


_TWO_READINGS = [
    (row["word"], comparable(first), _pattern([first, *others]))
    for row in table(GOLDEN / "two_readings.tsv")
    for first, *others in [row["readings"].split()]
]
