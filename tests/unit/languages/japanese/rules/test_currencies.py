"""Currencies."""

import pytest

CASES = [
    ("$5", "五ドル"),
    ("5$", "五|ドル"),
    ("￥1,234", "千二百三十四円"),
    ("$1.50", "一ドル五十セント"),
    ("$0.99", "九十九セント"),
    ("¥100万", "百万円"),
    ("US$10", "十米ドル"),
    ("$", "ドル"),
    ("¥100円", "百円"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
