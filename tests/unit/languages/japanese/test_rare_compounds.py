from __future__ import annotations

import pytest

from sbv2cli.languages.japanese import JAPANESE, rare_compounds
from sbv2cli.languages.japanese.phrases import PhraseWord


def kana(text):
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("堆金積玉を夢見る。", "タイキンセキギョク"),
        ("義猴記を読む。", "ギコーキ"),
        ("良暁によれば。", "リョーギョー"),  # 暁 is a name to the engine
    ],
)
def test_kanji_that_the_engine_reads_in_several_ways_are_read_as_chinese(text, said):
    assert kana(text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("首章を読む。", "シュショー"),
        ("暫留の地。", "ザンリュー"),
        ("念友の約束。", "ネンユー"),
        ("外使の任。", "ガイシ"),
        ("叙実の文。", "ジョジツ"),
    ],
)
def test_two_kanji_are_chinese_where_such_words_are(text, said):
    assert kana(text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("蟹肉を食べる。", "カニニク"),  # two kanji, none of them a name
        ("猫砂を替える。", "ネコスナ"),
        ("孝助が笑った。", "コースケ"),  # a person
        ("人多すぎ。", "ヒトオースギ"),  # an adjective
        ("微白い顔。", "ホロシロイ"),
        ("走れる程楽だ。", "ハシレルホドラク"),  # a clause ends between them
        ("拾萬円の祝儀。", "ジューマンエン"),
        ("猪鹿蝶が揃う。", "イノシカチョー"),  # a row of our tables
    ],
)
def test_what_may_well_be_mixed_stays(text, said):
    assert kana(text).startswith(said)


def test_readings_join_as_in_a_word():
    words = [
        PhraseWord(0, 1, "マナブ", name=True),
        PhraseWord(1, 2, "コー"),
    ]
    assert [word.kana for word in rare_compounds.correct("学校", words)] == ["ガッコー"]


def test_a_word_of_our_tables_is_never_joined():
    words = [PhraseWord(0, 1, "マナブ", name=True, settled=True), PhraseWord(1, 2, "コー")]
    assert rare_compounds.correct("学校", words) == words
