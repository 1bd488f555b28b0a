"""Kanji that are read otherwise behind one kind of word than behind another."""

import pytest

from sbv2cli.languages.japanese import JAPANESE


def said(text: str) -> str:
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("護衛人がいる", "ゴエーニンガイル"),
        ("宇宙人がいる", "ウチュージンガイル"),
        ("帰化人がいる", "キカジンガイル"),
        ("難波家がある", "ナンバケガアル"),
        ("冒険家がいる", "ボーケンカガイル"),
        ("開拓星がある", "カイタクセーガアル"),
        ("一番星がある", "イチバンボシガアル"),
        ("御着物がある", "オキモノガアル"),
        ("御当主がいる", "ゴトーシュガイル"),
    ],
)
def test_the_word_beside_it_decides(text, kana):
    assert said(text) == kana
