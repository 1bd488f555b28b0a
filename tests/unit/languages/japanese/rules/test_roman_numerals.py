"""Roman and circled numbers."""

import pytest

CASES = [
    ("第Ⅳ章", "第|四|章"),
    ("第IV章", "第|四|章"),
    ("ルイXIV世", "ルイ|十四|世"),
    ("ドラクエⅤ", "ドラクエ|ファイブ"),
    ("I", "アイ=アイ"),
    ("①りんご", "一,|りんご"),
    ("それ①", "それ|一"),
    ("x²", "エックス=エックス|の二乗"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
