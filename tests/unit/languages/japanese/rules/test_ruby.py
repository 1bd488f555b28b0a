"""Readings given by the author."""

import pytest

from sbv2cli.languages.japanese.rules import expand

CASES = [
    ("漢字《かんじ》", "漢字=カンジ|"),
    ("｜ab《えーびー》", "|アブ=エービー|"),
    ("|本気《マジ》だ", "|本気=マジ||だ"),
    ("{東京|とうきょう}", "|東京=トーキョー|"),
    ("<ruby>東<rt>とう</rt>京<rt>きょう</rt></ruby>", "|東=トー||京=キョー|"),
    ("紫陽花(あじさい)", "紫陽花=アジサイ|"),
    ("元気(かな)", "元気|'|かな|'"),
    ("東京(Tokyo)", "東京|'|トーキョー=トーキョー|'"),
    ("東京《Tokyo》", "東京|"),
    ("《《強い》》", "|強い|"),
    ("それは《ほし》", "それは|'|ほし|'"),
    ("｜《x", "|'|エックス=エックス"),
    ("運命《宿命》", "運命|"),
    ("想う《おもう》", "想う|'|おもう|'"),
    ("想《おも》う", "想=オモ||う"),
    ("強調《・・》", "強調|"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "kana", "accent"),
    [
        ("｜橋《ハシ'》", "ハシ", 2),
        ("箸《は’し》", "ハシ", 1),
        ("{端|'ハシ}", "ハシ", 0),
        ("<ruby>今日<rt>きょ'う</rt></ruby>", "キョー", 1),
        ("橋《はし》", "ハシ", None),
    ],
)
def test_a_reading_may_hold_its_accent(text, kana, accent):
    found = [(span.kana, span.accent) for span in expand(text) if span.kind == "ruby" and span.kana]
    assert found == [(kana, accent)]
