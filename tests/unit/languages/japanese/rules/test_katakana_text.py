"""Texts without hiragana: what is a particle or an ending in them, and what is no sentence."""

import pytest

from sbv2cli.languages.japanese import JAPANESE


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("ワタシハ敵デハナイ。", "ワタシワテキデワナイ"),
        ("ソンナ、マサカ…ワタシハ、ニセモノナノカ", "ソンナマサカワタシワニセモノナノカ"),
        ("コレヨリサキヘハススメマセン", "コレヨリサキエワススメマセン"),
        ("サテハオヌシ、マヨイゴダナ？", "サテワオヌシマヨイゴダナ"),
        ("アロハシャツ、ハイビスカス。", "アロハシャツハイビスカス"),
        ("ハワイ、ハノイ", "ハワイハノイ"),
        ("ハローワーク！", "ハローワーク"),
    ],
)
def test_particles_are_said_as_such_in_sentences_only(text, kana):
    said = "".join(word.kana or "" for word in JAPANESE.read(text).words)
    assert "".join(letter for letter in said if letter >= "ァ") == kana
