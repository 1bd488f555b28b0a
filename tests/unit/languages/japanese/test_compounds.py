from __future__ import annotations

import pytest

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.language import DictionaryEntry, ReadOptions
from sbv2cli.records import Ruby


def kana(text, **options):
    reading = JAPANESE.read(text, ReadOptions(**options))
    return "".join(word.kana or "" for word in reading.words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("昂彦が来た。", "アキヒコガキタ"),
        ("昂彦様がいらした。", "アキヒコサマガ"),
        ("蟇田君を呼べ。", "ヒキタクンオ"),
        ("牧羊犬が吠える。", "ボクヨーケンガ"),
        ("蔭口を叩く。", "カゲグチオ"),
        ("徳川家治の治世。", "トクガワイエハルノ"),
        ("挽田は笑った。", "ヒキタワ"),  # spelt: バンデン
        ("剱持が来た。", "ケンモチガ"),
        ("仏神に祈る。", "ブッシンニ"),  # a row of our tables reads 仏 alone
    ],
)
def test_a_word_that_the_engine_puts_together_is_read_as_the_dictionary_has_it(text, said):
    assert kana(text).replace("ヲ", "オ").startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("三年前の話だ。", "サンネンマエノ"),  # 年前 is a name, too
        ("数年前の話だ。", "スーネンマエノ"),
        ("百日の雨。", "ヒャクニチノ"),  # モモヒ
        ("同人雑誌を買う。", "ドージンザッシ"),  # the engine knows both of its words
        ("日本国内で売る。", "ニホンコクナイ"),
        ("娘達が笑う。", "ムスメタチ"),
        ("人手不足だ。", "ヒトデブソク"),
        ("挽田村に着く。", "バンデン"),  # a part of a longer name
    ],
)
def test_what_the_engine_knows_stays(text, said):
    assert kana(text).startswith(said)


def test_an_author_and_a_dictionary_win():
    assert kana("昂彦が来た。", ruby=(Ruby(span=(0, 2), reading="たかひこ"),)).startswith(
        "タカヒコ"
    )
    entry = DictionaryEntry(surface="昂彦", kana="コウゲン")
    assert kana("昂彦が来た。", dictionary=(entry,)).startswith("コウゲン")


def test_a_compound_is_one_word_and_the_phrase_goes_on_behind_it():
    reading = JAPANESE.read("昂彦が来た。")
    assert [word.surface for word in reading.words[:2]] == ["昂彦", "が"]
    assert reading.words[0].span == (0, 2)
