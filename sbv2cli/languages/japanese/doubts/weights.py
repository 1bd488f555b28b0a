"""How much each kind of evidence weighs: `data/doubts.tsv`, fitted by `tools.readings.doubts`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from math import exp
from typing import NamedTuple

LEAST = 0.01
"""Words of less weight are not in doubt: four of five words with kanji."""

_BASE = "any"  # the row that counts for every word with kanji


class Kind(NamedTuple):
    """A kind of evidence: the reason that a person is told, and what it adds in log-odds."""

    reason: str
    log_odds: float


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of evidence by its name."""
    table = files("sbv2cli.languages.japanese").joinpath("data", "doubts.tsv")
    rows = [row.split("\t") for row in table.read_text("utf-8").splitlines()[1:]]
    return {name: Kind(reason, float(odds)) for name, reason, odds, _ in rows}


def weight_of(found: Iterable[str]) -> float:
    """How likely a word with this evidence is read wrong."""
    table = kinds()
    odds = table[_BASE].log_odds + sum(table[name].log_odds for name in found)
    return 1 / (1 + exp(-odds))


def reasons_of(found: Iterable[str]) -> tuple[str, ...]:
    """What a person is told, the weightiest first, each once."""
    table = kinds()
    against = [name for name in found if table[name].log_odds > 0]
    weighty = sorted(against, key=lambda name: -table[name].log_odds)
    return tuple(dict.fromkeys(table[name].reason for name in weighty))
