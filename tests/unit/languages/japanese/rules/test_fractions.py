"""Fractions, ratios, scores."""

import pytest

CASES = [
    ("3/4", "四分の三"),
    ("½", "二分の一"),
    ("2½", "二|と二分の一"),
    ("3:2", "三|対=タイ|二"),
    ("2-1で勝利", "二|対=タイ|一|で勝利"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
