"""Waves and hyphens."""

import pytest

CASES = [
    ("2～3個", "二|から|三|個"),
    ("9時〜", "九|時|から"),
    ("わ〜い", "わ|ー|い"),
    ("わ〜〜い", "わ|ーー|い"),
    ("東京〜大阪", "東京|から|大阪"),
    ("最高〜！", "最高|ー|!"),
    ("5-6人", "五|から|六|人"),
    ("5-6", "五|の|六"),
    ("Wi-Fi", "ワイファイ=ワイファイ"),
    ("東京-大阪", "東京|-|大阪"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
