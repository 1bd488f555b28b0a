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


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("上田城を見る。", "ウエダジョーヲミル"),
        ("上田に城を築く。", "ウエダニシロヲキズク"),
        ("岡崎宿に泊まる。", "オカザキジュク"),
        ("江戸の宿に泊まる。", "エドノヤド"),
        ("神田祭の朝。", "カンダマツリ"),
        ("学園祭の朝。", "ガクエンサイ"),
        ("鴉島に渡る。", "カラスジマ"),
        ("魔法島に渡る。", "マホートー"),
        ("ハワイ島に渡る。", "ハワイトー"),
        ("瑠璃宮の庭。", "ルリキュー"),
        ("月の宮の庭。", "ツキノミヤ"),
    ],
)
def test_names_of_places_and_chinese_words_decide(text, kana):
    assert said(text).startswith(kana)
