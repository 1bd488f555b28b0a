"""Clock times."""

import pytest

CASES = [
    ("10:30", "十時|三十分"),
    ("10:00", "十時|"),
    ("23:59:10", "二十三時|五十九分|十秒"),
    ("9:05", "九時|五分=ゴフン"),
    ("10:00AM", "午前十時"),
    ("PM 3:00", "午後|三時|"),
    ("30:00", "三十|対=タイ|〇〇=ゼロゼロ"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
