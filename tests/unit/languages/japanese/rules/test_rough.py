"""Adjectives as rough speech contracts them."""

import pytest

from sbv2cli.languages.japanese.data_tables import rows_of
from sbv2cli.languages.japanese.rules import rough


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高ぇよ", "高ぇ=タケー|よ"),
        ("高えよ", "高え=タケー|よ"),
        ("高けぇ", "高けぇ=タケー"),
        ("痛ってぇな", "痛ってぇ=イッテー|な"),
        ("早えぇ", "早えぇ=ハエー"),
        ("悪ぃ悪りぃ", "悪ぃ=ワリー|悪りぃ=ワリー"),
        ("熱え", "熱え=アチー"),
        ("小せぇ男", "小せぇ=チーセー|男"),
        ("面倒臭ぇ", "面倒臭ぇ=メンドークセー"),
        ("五月蝿ぇ", "五月蝿ぇ=ウルセー"),
        ("熱っ!", "熱っ=アツッ|!"),
        ("顔近っ!", "顔|近っ=チカッ|!"),
        ("酸っぱっ", "酸っぱっ=スッパッ"),
    ],
)
def test_a_contracted_adjective(said, text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "甘えるな",
        "間違えた",
        "古えの剣",
        "最高ぇ",
        "悪い",
        "高い",
        "小え",
        "覚えた",
        "安いよ",
        "白えび",
        "最低っ",
        "社長っ",
        "弱って",
        "赤えい",
        "青えんどう",
    ],
)
def test_other_words(said, text):
    assert said(text) == text


def test_every_stem_is_found(said):
    """No stem hides behind a shorter one."""
    for stem, cell, *cut_short in rows_of("rough.tsv"):
        if cut_short:
            assert said(f"{stem}っ") == f"{stem}っ={cut_short[0]}ッ"
        kana = cell.split(":")[0]
        if not kana:
            continue
        mora = rough.hiragana(kana[-1])
        written = f"{stem}{mora}ぇ"
        assert said(written) == f"{written}={kana}ー"
