"""Words that the engine misreads next to others."""

import pytest

from sbv2cli.languages.japanese.rules import expand


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("月〜金", "ゲツからキン"),
        ("月〜金曜", "ゲツから金曜"),
        ("月・水", "ゲツ,スイ"),
        ("日・祝", "ニチ,祝"),
        ("月・木星", "月,木星"),
        ("木・火", "木,火"),  # not in the order of the week
        ("5月・6月", "五月,六月"),
        ("5時の間", "五時のアイダ"),
        ("時の間", "時の間"),
        ("100m走", "百メートルソー"),
        ("100m走り", "百メートル走り"),
    ],
)
def test_spans(text, expected):
    said = "".join(span.kana or span.text for span in expand(text))
    assert said == expected
