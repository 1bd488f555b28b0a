"""Kana."""

import pytest

CASES = [
    ("か゛", "が"),
    ("が", "が"),
    ("あ゛", "あ"),
    ("ｶﾞ", "ガ"),
    ("こゝろ", "こ|こ|ろ"),
    ("いすゞ", "いす|ず"),
    ("ゝ", ""),
    ("いろ〳〵", "いろ|いろ"),
    ("かも〴〵", "かも|がも"),
    ("ヷ", "ヴァ"),
    ("ー", ""),
    ("あー", "あー"),
    ("！ー", "!|-"),
    ("〆切", "〆|切"),
    ("人々", "人|々"),
    ("〃", "同上"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
