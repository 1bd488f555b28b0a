"""Where accent phrases begin between two pauses: the fewest phrases that have the tones.

The cheapest way through the moras, found mora by mora. What a mora makes of the states before it
hangs on which of them can be reached, how much dearer each is than the cheapest, and on the mora:
its tone, and what a phrase costs that begins at it. Such sets of states are a dozen or so, and the
same words come again and again; so what a word makes of a set is worked out once and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

# The states of a phrase while its moras go by, and what each tone makes of it: first mora low or
# high, after the rise, after the fall. A phrase may end in any of them.
_NEXT = {("low", 1): "risen", ("high", 0): "fallen", ("risen", 1): "risen", ("risen", 0): "fallen"}
_NEXT[("fallen", 0)] = "fallen"

# What a phrase costs by where it begins and how it is.
AT_WORD, IN_WORD = 1, 4
_LONE_HIGH = 3

MoraCost = tuple[int, int | None]
"""What counts of a mora: the cost of a phrase that begins with it, and its tone; None: either."""


class Step(NamedTuple):
    """What a mora is on the way."""

    begins: bool  # a phrase begins here
    tone: int


_States = tuple[tuple[str, int], ...]
"""States that can be reached, each with what it costs beyond the cheapest."""


class _Way(NamedTuple):
    """The cheapest way to a state through some moras."""

    start: int  # the state before them, by its place
    steps: tuple[Step, ...]


def cut(words: Iterable[tuple[MoraCost, ...]]) -> list[tuple[Step, ...]]:
    """The steps of each of the words between two pauses, of which there is one or more."""
    states: _States = ()
    ways: list[tuple[_Way, ...]] = []
    for moras in words:
        states, way = _through(states, moras)
        ways.append(way)
    ends = [cost + (_LONE_HIGH if state == "high" else 0) for state, cost in states]
    at = ends.index(min(ends))
    steps: list[tuple[Step, ...]] = []
    for way in reversed(ways):
        at, taken = way[at]
        steps.append(taken)
    steps.reverse()
    return steps


@lru_cache(maxsize=16_384)
def _through(states: _States, moras: Sequence[MoraCost]) -> tuple[_States, tuple[_Way, ...]]:
    """The states after a word, and the way to each."""
    ways = tuple(_Way(place, ()) for place in range(max(1, len(states))))
    for border, tone in moras:
        reached: dict[str, tuple[int, _Way]] = {}
        for one in (0, 1) if tone is None else (tone,):
            for state, cost, place, step in _steps(states, border, one):
                if state not in reached or cost < reached[state][0]:
                    before = ways[place]
                    reached[state] = cost, _Way(before.start, (*before.steps, step))
        least = min(cost for cost, _ in reached.values())
        states = tuple((state, cost - least) for state, (cost, _) in reached.items())
        ways = tuple(way for _, way in reached.values())
    return states, ways


def _steps(states: _States, border: int, tone: int) -> Iterator[tuple[str, int, int, Step]]:
    """From each state the states that follow, what they cost, and by which step."""
    first = "high" if tone else "low"
    if not states:
        yield first, 0, 0, Step(begins=True, tone=tone)
    for place, (state, cost) in enumerate(states):
        following = _NEXT.get((state, tone))
        if following is not None:
            yield following, cost, place, Step(begins=False, tone=tone)
        more = border + _LONE_HIGH if state == "high" else border
        yield first, cost + more, place, Step(begins=True, tone=tone)
