"""Which letters a pattern can begin or end with."""

from __future__ import annotations

import re

import pytest

from sbv2cli.languages.japanese import own_words
from sbv2cli.languages.japanese.pattern_edges import first_letters, last_letters
from tools.readings.written import written


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        ("を(?:曲が|折れ)", "を"),
        ("を曲|が立|[はも]", "をがはも"),
        ("(?:鬼|竜)の", "鬼竜"),
        ("(?:鬼|(?:小さな|大きな)竜)の", "鬼小大"),
        ("(?:や?鬼)の", None),
        ("(?:鬼|)の", None),
        ("や?を", None),
        ("や{0,2}を", None),
        ("[^は]", None),
        ("[ぁ-ん]", None),
        ("(?!度)を", None),
        ("$|を", None),
        (r"\.", None),
        ("", None),
    ],
)
def test_first_letters(pattern, letters):
    assert first_letters(pattern) == (None if letters is None else frozenset(letters))


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        ("(?:鬼|竜)の", "の"),
        ("(?<!本の)(?:折れた|白い)", "たい"),
        ("(?:[)(]|竜)[はが]", "はが"),
        ("鬼の?", None),
        ("^|の", None),
        ("の(?:小さな)?", None),
    ],
)
def test_last_letters(pattern, letters):
    assert last_letters(pattern) == (None if letters is None else frozenset(letters))


def test_no_row_is_passed_over():
    """Wherever a row's expressions match, their edges say so, too."""
    texts = [line.text.translate(str.maketrans("、。「」", ",.''")) for line in written()][::40]
    matched = 0
    for row in own_words.rows():
        before = re.compile(f"(?:{row.before})$")
        for text in texts:
            for place in range(0, len(text), 5):
                ends, begins = last_letters(row.before), first_letters(row.after)
                if ends and before.search(text, max(0, place - 20), place):
                    matched += 1
                    assert text[place - 1] in ends, row
                if begins and re.compile(row.after).match(text, place):
                    matched += 1
                    assert text[place] in begins, row
    assert matched > 1000
