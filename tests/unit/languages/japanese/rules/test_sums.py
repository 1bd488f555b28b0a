"""Sums."""

import pytest

CASES = [
    ("5+3=8", "五|たす|三|は=ワ|八"),
    ("5×3", "五|かける|三"),
    ("10÷2", "十|わる|二"),
    ("5-3=2", "五|ひく|三|は=ワ|二"),
    ("5*-3", "五|かける|マイナス|三"),
    ("2^10", "二|の|十乗"),
    ("A=B", "エー=エー|イコール|ビー=ビー"),
    ("○か×か", "マル|か|バツ|か"),
    ("縦×横", "縦|かける|横"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
