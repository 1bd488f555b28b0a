"""What became of tries, and how it is told: a table and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """One try: what was done, whether it struck, and what was wrong, if anything."""

    case: str
    struck: bool  # a kill before the end, a write that was refused, an input that was refused
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A try that went wrong, and the command that makes it again."""

    case: str
    problem: str
    repeat: str


@dataclass(slots=True)
class Count:
    """The tries of one kind."""

    tries: int = 0
    struck: int = 0
    failures: int = 0


Tries = Callable[[range], Iterator[tuple[int, Outcome]]]
"""Numbers of tries -> the number and the outcome of each."""
Begin = Callable[[Path, int, tuple[str, ...]], Tries]
"""(An empty folder, seed, names of the only cases or none for all) -> how tries are made."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A row of `CAMPAIGNS`: how tries are made, and in which words they are told."""

    begin: Begin
    struck: str  # the head of that column
    at_once: int = 1  # tries that one call makes


@dataclass(slots=True)
class Tally:
    """All tries of a campaign so far."""

    campaign: str
    seed: int
    counts: dict[str, Count] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def add(self, number: int, outcome: Outcome) -> None:
        """Count a try."""
        count = self.counts.setdefault(outcome.case, Count())
        count.tries += 1
        count.struck += outcome.struck
        if outcome.problem is not None:
            count.failures += 1
            repeat = (
                f"python -m tools.storm {self.campaign} --seed {self.seed}"
                f" --first {number} --count 1"
            )
            self.failures.append(Failure(outcome.case, outcome.problem, repeat))

    @property
    def tries(self) -> int:
        """How many there were."""
        return sum(count.tries for count in self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return {
            "campaign": self.campaign,
            "seed": self.seed,
            "cases": {
                case: {"tries": one.tries, "struck": one.struck, "failures": one.failures}
                for case, one in sorted(self.counts.items())
            },
            "failures": [
                {"case": one.case, "problem": one.problem, "repeat": one.repeat}
                for one in self.failures
            ],
        }


def joined(reports: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Several runs of a campaign, with other seeds or numbers, as one."""
    whole: dict[str, dict[str, Any]] = {}
    for report in reports:
        one = whole.setdefault(
            report["campaign"], {"campaign": report["campaign"], "cases": {}, "failures": []}
        )
        one["failures"] += report["failures"]
        for case, said in report["cases"].items():
            count = one["cases"].setdefault(case, dict.fromkeys(said, 0))
            for key, number in said.items():
                count[key] += number
    return list(whole.values())


def table(reports: Iterable[Mapping[str, Any]], struck: Mapping[str, str]) -> str:
    """Markdown: a row for each case, and the sum of each campaign."""
    rows = ["| campaign | case | tries | of which | failures |", "|---|---|--:|--:|--:|"]
    for report in reports:
        name, cases = report["campaign"], report["cases"]
        for case, one in sorted(cases.items()):
            rows.append(_row(name, case, one, struck[name]))
        sums = {
            key: sum(one[key] for one in cases.values()) for key in ("tries", "struck", "failures")
        }
        rows.append(_row(f"**{name}**", "all", sums, struck[name]))
    return "\n".join(rows)


def _row(name: str, case: str, one: Mapping[str, int], struck: str) -> str:
    return (
        f"| {name} | {case} | {one['tries']:,} | {one['struck']:,} {struck} | {one['failures']:,} |"
    )
