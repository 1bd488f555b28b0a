"""Tells a text that was laid out in rows of one length, which cut its sentences where they end.

Each row of a plain text is a line, so the words that are cut are spoken in two pieces.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sbv2cli.records import Finding, Source

_ENDING = tuple("。．.！？!?」』）)】〉》…―─～~♪☆★、，,：:；;")
_BEGINNING = ("\u3000", " ", "\t", "「", "『", "（", "【", "〈", "#", "・")
_SHORTEST = 15  # characters of such a row; verse is shorter
_ENOUGH = 8  # rows
_MOST = 0.7  # of the rows that do not end a sentence are of one length, or of the next


@dataclass(slots=True)
class CutRows:
    """Looks at one row after another and complains once."""

    path: str
    lengths: Counter[int] = field(default_factory=Counter)  # of rows that end no sentence
    before: int = 0  # length of the row above, if it ends none
    told: bool = False

    def row(self, row: int, written: str) -> tuple[Finding, ...]:
        """What there is to say when a row has come."""
        goes_on = self.before and written.strip() and not written.startswith(_BEGINNING)
        plain = written.rstrip()
        length, self.before = self.before, 0 if plain.endswith(_ENDING) else len(plain)
        if self.told or not goes_on:
            return ()
        self.lengths[length] += 1
        near = max(self.lengths[length] + self.lengths[length + one] for one in (-1, 1))
        if length < _SHORTEST or near < _ENOUGH or near < _MOST * self.lengths.total():
            return ()
        self.told = True
        return (
            Finding(
                code="script.rows-cut",
                severity="warning",
                message=f"sentences are cut into rows of {length} characters, and each row is"
                " spoken by itself",
                at=Source(path=self.path, row=row),
                hint="make one row of each paragraph, or of each sentence",
            ),
        )
