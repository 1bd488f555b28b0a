"""What was heard beside what was to be said, phone by phone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# A recogniser of this size mishears 3 to 13 of 100 phones of a good line, see
# `python -m tools.bench_listen`. From here on more is wrong than it makes up.
GARBLED = 0.3
DOUBTFUL = 0.15
FEWEST = 3  # phones: one misheard in はい is a third of it
REPEATED = 4  # phones at least that are said twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How far what was heard is from what was to be said."""

    text: str
    errors: int
    phones: int  # of the reading
    twice: tuple[str, ...] = ()  # phones that follow themselves, and do not in the reading

    @property
    def share(self) -> float:
        """Errors for each phone of the reading; 1 where nothing was to be said and something is."""
        return self.errors / self.phones if self.phones else float(self.errors > 0)


def compare(text: str, wanted: Sequence[str], heard: Sequence[str]) -> Comparison:
    """`heard` are the phones of `text`."""
    twice = repetition(heard)
    if twice and repetition(wanted):
        twice = ()  # すごい、すごい
    return Comparison(text=text, errors=edits(wanted, heard), phones=len(wanted), twice=twice)


def edits(wanted: Sequence[str], found: Sequence[str]) -> int:
    """Levenshtein distance."""
    row = list(range(len(found) + 1))
    for index, one in enumerate(wanted, 1):
        before, row[0] = row[0], index
        for place, other in enumerate(found, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (one != other)),
            )
    return row[-1]


def repetition(phones: Sequence[str]) -> tuple[str, ...]:
    """The longest run of phones, of `REPEATED` at least, that follows itself at once."""
    for length in range(len(phones) // 2, REPEATED - 1, -1):
        same = 0
        for place in range(len(phones) - length):
            same = same + 1 if phones[place] == phones[place + length] else 0
            if same == length:
                return tuple(phones[place + 1 : place + 1 + length])
    return ()
