"""Readings given by the author: over a part of the text, or in parentheses behind it."""

import pytest

from sbv2cli.languages.japanese.rules import expand
from sbv2cli.records import Ruby


def over(text, *ruby):
    """Text and kana of each span; silent ones as nothing."""
    spans = expand(text, given=[Ruby(span=span, reading=reading) for span, reading in ruby])
    assert "".join(text[span.start : span.end] for span in spans) == text
    return "|".join(
        span.text if span.kana is None else f"{span.text}={span.kana}" for span in spans
    )


CASES = [
    ("紫陽花(あじさい)", "紫陽花=アジサイ|"),
    ("紫陽花（あじさい）", "紫陽花=アジサイ|"),
    ("元気(かな)", "元気|'|かな|'"),
    ("紫陽花[あじさい]", "紫陽花=アジサイ|"),
    ("紫陽花〔あじさい〕", "紫陽花=アジサイ|"),
    ("紫陽花【あじさい】", "紫陽花=アジサイ|"),
    ("選択[はい]", "選択|'|はい|'"),
    ("紫陽花(あじさい]", "紫陽花|'|あじさい|'"),
    ("東京(Tokyo)", "東京|'|トーキョー=トーキョー|'"),
    ("それは《ほし》", "それは|'|ほし|'"),
    ("｜《x", "|'|エックス=エックス"),
    ("想う《おもう》", "想う|'|おもう|'"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_parentheses_and_marks_in_the_text(said, text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "span", "reading", "expected"),
    [
        ("漢字", (0, 2), "かんじ", "漢字=カンジ"),
        ("は折／＼と", (1, 2), "をり", "は|折=オリ|折=オリ|と"),
        ("散／″＼だ", (0, 1), "さん", "散=サン|散=ザン|だ"),
        ("人〳〵", (0, 1), "・", "人|人"),
        ("abを", (0, 2), "えーびー", "アブ=エービー|を"),
        ("本気だ", (0, 2), "マジ", "本気=マジ|だ"),
        ("学校だ", (0, 2), "ｶﾞｯｺｰ", "学校=ガッコー|だ"),
        ("想う", (0, 1), "おも", "想=オモ|う"),
        ("東京へ", (0, 2), "Tokyo", "東京|へ"),
        ("強調", (0, 2), "・・", "強調"),
        ("運命", (0, 2), "宿命", "運命"),
        ("君と紫陽花(あじさい)", (0, 1), "きみ", "君=キミ|と|紫陽花=アジサイ|"),
        ("紫陽花(あじさい)と君", (10, 11), "きみ", "紫陽花=アジサイ||と|君=キミ"),
    ],
)
def test_kana_is_a_reading_and_the_rest_a_gloss(text, span, reading, expected):
    assert over(text, (span, reading)) == expected


def test_ruby_over_parentheses_is_one_reading():
    assert over("紫陽花(あじさい)", ((0, 9), "あじさい")).endswith("=アジサイ")


def test_spans_that_no_text_has_are_left_out():
    wrong = [((0, 9), "ああ"), ((1, 1), "いい"), ((0, 2), "かんじ"), ((1, 2), "じ")]
    assert over("漢字", *wrong) == "漢字=カンジ"


@pytest.mark.parametrize(
    ("text", "reading", "kana", "accent"),
    [
        ("橋", "ハシ'", "ハシ", 2),
        ("箸", "は’し", "ハシ", 1),
        ("端", "'ハシ", "ハシ", 0),
        ("今日", "きょ'う", "キョー", 1),
        ("橋", "はし", "ハシ", None),
    ],
)
def test_a_reading_may_hold_its_accent(text, reading, kana, accent):
    given = [Ruby(span=(0, len(text)), reading=reading)]
    assert [(span.kana, span.accent) for span in expand(text, given=given)] == [(kana, accent)]
