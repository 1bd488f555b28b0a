"""Units after numbers."""

import pytest

CASES = [
    ("5m", "五|メートル"),
    ("5mail", "五|メール=メール"),
    ("60km/h", "六十|キロメートル 毎時"),
    ("25℃", "二十五|度"),
    ("3%", "三|パーセント"),
    ("10m²", "十|平方メートル"),
    ("㎏", "キログラム"),
    ("5㎡", "五|平方メートル"),
    ("8GB", "八|ギガバイト"),
    ("8gb", "八|ギガバイト"),
    ("5 km", "五|キロメートル"),
    ("5 m", "五| |エム=エム"),
    ("5g", "五|グラム"),
    ("5G", "ファイブジー=ファイブジー"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
