"""Verbs whose last kana the engine says twice."""

import pytest

from sbv2cli.languages.japanese import JAPANESE


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("隊列を保て。", "タイレツヲタモテ"),
        ("次の命を待て。", "ツギノイノチヲマテ"),
        ("一列に立て。", "イチレツニタテ"),
        ("手に手を取って。", "テニテヲトッテ"),
        ("待って。", "マッテ"),
        ("花が咲き乱れる。", "ハナガサキミダレル"),
        ("足が縺れる。", "アシガモツレル"),
        ("乱れよ。", "ミダレヨ"),
        ("待てーっ！", "マテーッ"),
        ("泣かれる。", "ナカレル"),
    ],
)
def test_it_is_said_once(text, kana):
    words = JAPANESE.read(text).words
    assert "".join(word.kana or "" for word in words) == kana
    assert "".join(word.surface for word in words) == text
