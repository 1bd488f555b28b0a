from __future__ import annotations

import pytest

from sbv2cli.languages.japanese import JAPANESE


def kana(text):
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("彼も同じ人だ。", "カレモオナジヒトダ"),  # was ドージジン
        ("罪なき者の血。", "ツミナキモノノチ"),  # キシャ
        ("剣で痛いし血も出る。", "ケンデイタイシチモデル"),  # シケツ
    ],
)
def test_a_word_that_nobody_means_is_two(text, said):
    assert kana(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("大きなは虫類がいる。", "オーキナハチュウルイガイル"),
        ("青いい草の香り。", "アオイイグサノカオリ"),
        ("と金を作る。", "トキンヲツクル"),
    ],
)
def test_a_word_of_newspapers_and_games_stays_one(text, said):
    assert kana(text).replace("チュー", "チュウ") == said
