"""Given names that no dictionary has."""

import pytest

from sbv2cli.languages.japanese import JAPANESE, given_names
from sbv2cli.languages.japanese.data_tables import rows_of
from sbv2cli.languages.japanese.moras import split_moras


def said(text: str) -> str:
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("湊斗が来た", "ミナトガキタ"),
        ("蒼真の声", "ソーマノコエ"),
        ("遥斗と帰る", "ハルトトカエル"),
        ("優月を呼ぶ", "ユズキヲヨブ"),
    ],
)
def test_two_kanji_of_names_make_a_name(text, kana):
    assert said(text) == kana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("源七が来た", "ゲンシチガキタ"),
        ("利兵衛と熊兵衛", "リヘートクマベー"),
        ("源八の声", "ゲンパチノコエ"),
        ("直左衛門を呼ぶ", "ナオザエモンヲヨブ"),
        ("晴房は笑った", "ハルフサワワラッタ"),
        ("武田晴房の城", "タケダハルフサノシロ"),
        ("松七本を植える", "マツナナホンヲウエル"),
        ("石造の家", "セキゾーノイエ"),
        ("元親友だ", "モトシンユーダ"),
        ("経時的な変化", "ケージテキナヘンカ"),
    ],
)
def test_names_of_old_and_of_warriors(text, kana):
    assert said(text) == kana


def test_words_stay_words():
    assert said("海馬を調べる") == "カイバヲシラベル"
    assert said("真空の実験") == "シンクーノジッケン"
    assert given_names.reading("砂利") is None
    assert given_names.reading("虎人") is None  # a people, not コト


def test_every_kanji_has_a_reading():
    for table in ("given.tsv", "given_of_old.tsv", "given_of_warriors.tsv"):
        for kanji, first, last in rows_of(table):
            assert first or last, kanji
            assert all(split_moras(kana) for kana in (first, last) if kana), kanji
