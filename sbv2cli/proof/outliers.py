"""Lines whose numbers are far from those of the other lines of the same speaker.

The score is the robust z-score: the distance from the median in units of 1.4826 times the median
absolute deviation, which is the standard deviation where numbers are normally distributed
(Iglewicz and Hoaglin 1993, who call more than 3.5 an outlier).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from statistics import median

from sbv2cli.proof.line import Outlier

MEASURES: Mapping[str, float] = {
    "speed": 0.3,  # moras per second
    "level": 1.0,  # dB
    "pause": 0.1,  # seconds, the longest inside the line
    "mora": 0.03,  # seconds, the longest
    "pitch": 1.0,  # semitones, the range
}
"""What is compared, and a deviation below which nobody hears a difference."""

LEAST_SCORE = 3.5
FEWEST = 8  # lines of a speaker; with fewer, all lines are compared

_NORMAL = 1.4826


def outliers(
    measured: Sequence[Mapping[str, float]], speakers: Sequence[Hashable]
) -> list[tuple[Outlier, ...]]:
    """What is unusual of each line, by its numbers and who speaks it."""
    found: list[list[Outlier]] = [[] for _ in measured]
    for what, least in MEASURES.items():
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for index, numbers in enumerate(measured):
            if what in numbers:
                groups[speakers[index]].append(index)
        everyone = [index for group in groups.values() for index in group]
        for group in groups.values():
            usual, deviation = _spread(
                [measured[i][what] for i in (group if len(group) >= FEWEST else everyone)], least
            )
            for index in group:
                value = measured[index][what]
                score = (value - usual) / deviation
                if abs(score) > LEAST_SCORE:
                    found[index].append(
                        Outlier(
                            what=what,
                            value=round(value, 3),
                            usual=round(usual, 3),
                            score=round(score, 1),
                        )
                    )
    return [tuple(each) for each in found]


def _spread(values: Sequence[float], least: float) -> tuple[float, float]:
    """Median, and the deviation that is usual."""
    middle = median(values)
    deviation = _NORMAL * median(abs(value - middle) for value in values)
    return middle, max(deviation, least)
