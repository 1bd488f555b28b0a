"""`python -m tools.readings.doubts`: how many of the lines that are read wrong the doubts find.

Lines are sorted by doubt; recall at 20 % is the share of the wrong ones in the most doubtful fifth.
The weights are fitted on the half of the corpus that the tables of words were begun with, read
without those tables (`--fit` prints them, `--write` puts them into the package), so that there are
mistakes to learn from; those of the rows themselves on the same half as it is read. What counts is
the other half: as it is read, and without the tables.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import SequenceMatcher
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from sbv2cli.languages.doubt import of_line
from sbv2cli.languages.japanese import own_words
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.doubts import find, weights
from sbv2cli.languages.japanese.doubts.evidence import Evidence, evidence
from sbv2cli.languages.japanese.phrases import PhraseWord
from sbv2cli.languages.japanese.reader import analyse
from sbv2cli.records import Doubt
from tools.readings.corpus import ROOT, Line, lines

TABLE = ROOT / "sbv2cli" / "languages" / "japanese" / "data" / "doubts.tsv"
SHARES = (0.05, 0.1, 0.2, 0.3)
CLOSE_ENOUGH = 1e-6
PENALTY = 2.0  # on squared log-odds: some kinds of evidence are rare


class Read(NamedTuple):
    """A line with what is known of its reading."""

    line: Line
    right: bool
    doubts: tuple[Doubt, ...]
    evidence: list[Evidence]
    misread: set[int]  # places in the engine's text
    misread_text: set[int]  # and in the author's


def main() -> None:
    """Fit if that is asked for, then measure."""
    parser = argparse.ArgumentParser(prog="python -m tools.readings.doubts", description=__doc__)
    parser.add_argument("--fit", action="store_true", help="fit the weights and print them")
    parser.add_argument("--write", action="store_true", help="and put them into the package")
    parser.add_argument("--missed", action="store_true", help="print wrong lines with little doubt")
    arguments = parser.parse_args()
    corpus = list(lines())
    with without_tables():
        plain = [read(line) for line in corpus]
    shipped = [read(line) for line in corpus]
    if arguments.fit or arguments.write:
        fitted = table_of(half(plain), half(shipped))
        print(fitted)
        if arguments.write:
            TABLE.write_text(fitted, encoding="utf-8")
            weights.kinds.cache_clear()
        with without_tables():
            plain = [read(line) for line in corpus]
        shipped = [read(line) for line in corpus]
    print(f"{'reading':16} {'half':6} lines wrong " + " ".join(f"@{s:4.0%}" for s in SHARES))
    for name, said in (("without tables", plain), ("as it is", shipped)):
        for part, wanted in (("fitted", {False}), ("other", {True}), ("both", {True, False})):
            show_recall(name, part, [one for one in said if one.line.other_half in wanted])
    show_reasons([one for one in plain if one.line.other_half])
    if arguments.missed:
        show_missed([one for one in shipped if one.line.other_half])


@contextmanager
def without_tables() -> Iterator[None]:
    """The engine and the rules alone, as they read what nobody has looked at."""
    with patch.object(own_words, "correct", lambda _, words: words):
        yield


def read(line: Line) -> Read:
    """The reading of a line, its doubts and its mistakes."""
    spans, source, words, _ = analyse(line.text)
    right = line.right("".join(word.kana for word in words if not word.marks))
    misread = set() if right else set(_misread(line, words))
    return Read(
        line,
        right,
        find(line.text, source, spans, words),
        list(evidence(source, spans, words)),
        misread,
        {at for place in misread for at in range(source.starts[place], source.ends[place])},
    )


def _misread(line: Line, words: Sequence[PhraseWord]) -> Iterator[int]:
    """Places of words whose kana the corpus has not."""
    owners: list[PhraseWord] = []
    ours = ""
    for word in words:
        kana = "" if word.marks else comparable(word.kana)
        ours += kana
        owners += [word] * len(kana)
    matcher = SequenceMatcher(None, ours, comparable(line.reading), autojunk=False)
    for kind, start, end, _, _ in matcher.get_opcodes():
        if kind != "equal":
            # What is missing belongs to the word before.
            for word in owners[max(0, start - (start == end)) : max(start, end)]:
                yield from range(word.start, word.end)


# ---- fitting -----------------------------------------------------------------------------------


def half(said: Sequence[Read]) -> list[Read]:
    """The lines that weights are fitted on."""
    return [one for one in said if not one.line.other_half]


def table_of(plain: Sequence[Read], shipped: Sequence[Read]) -> str:
    """The table of weights, fitted; rows of our tables are tried in `shipped` alone."""
    names = [name for name in weights.kinds() if name != "any"]
    rows, wrong = [], []
    found = [(one, word) for one in plain for word in one.evidence]
    found += [(one, word) for one in shipped for word in one.evidence if _of_row(word)]
    for one, word in found:
        rows.append([1.0, *(float(name in word.kinds) for name in names)])
        wrong.append(float(not one.misread.isdisjoint(range(word.start, word.end))))
    odds = fit(np.array(rows), np.array(wrong))
    head, *kept = TABLE.read_text(encoding="utf-8").splitlines()
    cells = [row.split("\t") for row in kept]
    return "\n".join(
        [head]
        + [
            "\t".join((name, reason, f"{value:.2f}", meaning))
            for (name, reason, _, meaning), value in zip(cells, odds, strict=True)
        ]
        + [""]
    )


def _of_row(word: Evidence) -> bool:
    return any(name.startswith("row-") for name in word.kinds)


def fit(found: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Log-odds by logistic regression (Newton's method, steps of at most one)."""
    odds = np.zeros(found.shape[1])
    penalty = np.eye(found.shape[1]) * PENALTY
    penalty[0, 0] = 0
    for _ in range(100):
        likely = 1 / (1 + np.exp(-found @ odds))
        slope = found.T @ (likely - wrong) + penalty @ odds
        curve = (found.T * (likely * (1 - likely))) @ found + penalty
        step = np.linalg.solve(curve, slope)
        odds -= step * min(1.0, 1 / np.abs(step).max())
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    return odds


# ---- figures -----------------------------------------------------------------------------------


def show_recall(name: str, half: str, said: Sequence[Read]) -> None:
    """One row: how many lines, how many wrong, and the share that the most doubtful hold."""
    ordered = sorted(said, key=lambda one: -of_line(one.doubts))
    wrong = sum(not one.right for one in said)
    found = [sum(not one.right for one in ordered[: int(len(said) * share)]) for share in SHARES]
    print(
        f"{name:16} {half:6} {len(said):5} {wrong:5} "
        + " ".join(f"{count / wrong:5.1%}" for count in found)
    )


def show_reasons(said: Sequence[Read]) -> None:
    """How often a doubt is right, by its first reason."""
    times: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for one in said:
        for doubt in one.doubts:
            times[doubt.reasons[0]] += 1
            right[doubt.reasons[0]] += not one.misread_text.isdisjoint(range(*doubt.span))
    print("\nwithout tables, other half: first reason, doubts, misread")
    for reason, count in times.most_common():
        print(f"{reason:16} {count:5} {right[reason]:4} {right[reason] / count:6.1%}")


def show_missed(said: Sequence[Read]) -> None:
    """Wrong lines outside the most doubtful fifth."""
    ordered = sorted(said, key=lambda one: -of_line(one.doubts))
    for place, one in enumerate(ordered):
        if not one.right and place >= len(ordered) / 5:
            print(f"{place / len(ordered):.0%}\t{one.line.text}\t{[d.surface for d in one.doubts]}")


if __name__ == "__main__":
    main()
