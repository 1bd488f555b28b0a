"""Borders of accent phrases: the cheapest of all that have the tones."""

from __future__ import annotations

import random
from itertools import product

import pytest

from sbv2cli.languages.japanese.phrase_borders import AT_WORD, IN_WORD, cut

_PHRASES = (
    {(0,), (1,)}
    | {(0, *(1,) * high, *(0,) * low) for high in range(1, 8) for low in range(8)}
    | {(1, *(0,) * low) for low in range(1, 8)}
)
_LONE_HIGH = 3


def cost(borders, tones, begins):
    """What phrases cost that begin so; None where one of them has tones that no phrase has."""
    places = [place for place, one in enumerate(begins) if one]
    total = 0
    for place, end in zip(places, [*places[1:], len(tones)], strict=True):
        phrase = tones[place:end]
        if phrase not in _PHRASES:
            return None
        total += (borders[place] if place else 0) + (_LONE_HIGH if phrase == (1,) else 0)
    return total


def cheapest(moras):
    borders = [border for border, _ in moras]
    choices = [(0, 1) if tone is None else (tone,) for _, tone in moras]
    costs = [
        cost(borders, tones, (True, *begins))
        for tones in product(*choices)
        for begins in product((False, True), repeat=len(moras) - 1)
    ]
    return min(one for one in costs if one is not None)


@pytest.mark.parametrize("seed", range(40))
def test_no_other_way_is_cheaper(seed):
    chance = random.Random(seed)
    words = [
        tuple(
            (chance.choice((AT_WORD, IN_WORD)), chance.choice((0, 1, 1, 0, None)))
            for _ in range(chance.randint(1, 3))
        )
        for _ in range(chance.randint(1, 3))
    ]
    steps = cut(words)
    assert [len(word) for word in steps] == [len(word) for word in words]
    moras = [mora for word in words for mora in word]
    taken = [step for word in steps for step in word]
    tones = tuple(step.tone for step in taken)
    assert all(tone in (None, step.tone) for (_, tone), step in zip(moras, taken, strict=True))
    borders = [border for border, _ in moras]
    assert cost(borders, tones, [step.begins for step in taken]) == cheapest(moras)
