from __future__ import annotations

import pytest

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.data_tables import rows_of


def kana(text):
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("直腸温を測る。", "チョクチョーオン"),  # was ヌル
        ("事務机に座る。", "ジムズクエ"),  # ツクエ
        ("柔道場を借りる。", "ジュードージョー"),  # ヤワラドージョー
        ("焼小籠包を食べる。", "ヤキショー"),  # ショーショーロンポー
        ("操浄瑠璃を見る。", "アヤツリ"),  # ミサオ
        ("隣の柔道場を借りる。", "トナリノジュードー"),
    ],
)
def test_kanji_beside_words_of_two_are_said_as_part_of_them(text, said):
    assert kana(text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("突然風が吹いた。", "トツゼンカゼ"),
        ("今日眼が覚めた。", "キョーメ"),
        ("家の中道具が散らばる。", "イエノナカドーグ"),
        ("その前電車が来た。", "ソノマエデンシャ"),
        ("五百人前。", "ゴヒャクニンマエ"),
    ],
)
def test_a_word_of_its_own_stays_one(text, said):
    assert kana(text).startswith(said)


def test_no_row_stands_twice():
    rows = [(kanji, place, said) for kanji, place, said, _ in rows_of("affixes.tsv")]
    assert len(rows) == len(set(rows))
    assert {place for _, place, _ in rows} == {"behind", "before"}
