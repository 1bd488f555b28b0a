"""Sentences for each reading of a homograph: their form, and how many are read right."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tools.readings.contexts import Homograph, homographs

ALL = list(homographs())

LEAST_SEEN, LEAST_KEPT = 0.98, 0.90
"""Shares that are read right, as `python -m tools.readings.contexts` counts them, rounded down."""


def test_each_sentence_is_there_once_with_its_reading():
    assert len({(one.before, one.written, one.behind) for one in ALL}) == len(ALL)
    assert all(one.written and re.fullmatch("[ァ-ヺー]+", one.reading) for one in ALL)


def test_a_word_has_several_readings_and_both_halves():
    readings = Counter(word for word, _ in {(one.word, one.reading) for one in ALL})
    halves = Counter(word for word, _ in {(one.word, one.seen) for one in ALL})
    assert min(readings.values()) > 1
    assert set(halves.values()) == {2}


@pytest.mark.parametrize(
    ("before", "written", "behind", "reading", "right"),
    [
        ("鬼の", "角", "が折れた。", "ツノ", True),
        ("鬼の", "角", "が折れた。", "カド", False),
        ("店が", "開い", "た。", "アク", True),
        ("店が", "開い", "た。", "ヒラク", False),
        ("角を曲がり、鬼の", "角", "を見た。", "ツノ", True),
    ],
)
def test_what_counts_as_right(before, written, behind, reading, right):
    assert Homograph(before, written, behind, reading, seen=True).right() is right


def test_a_word_that_the_text_lost_is_not_judged():
    assert Homograph("", "《", "", "ニ", seen=True).right() is None


@pytest.mark.slow
@pytest.mark.parametrize(("seen", "least"), [(True, LEAST_SEEN), (False, LEAST_KEPT)])
def test_most_are_read_right(seen, least):
    judged = [one.right() for one in ALL if one.seen is seen]
    judged = [one for one in judged if one is not None]
    assert sum(judged) >= least * len(judged)
