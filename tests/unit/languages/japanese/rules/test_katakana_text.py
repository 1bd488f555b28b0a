"""Texts without hiragana: what is a particle or an ending in them, and what is no sentence."""

import pytest


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("ワタシハ敵デハナイ。", "ワタシワテキデワナイ"),
        ("ソンナ、マサカ…ワタシハ、ニセモノナノカ", "ソンナマサカワタシワニセモノナノカ"),
        ("コレヨリサキヘハススメマセン", "コレヨリサキエワススメマセン"),
        ("サテハオヌシ、マヨイゴダナ？", "サテワオヌシマヨイゴダナ"),
        ("ソコデ待チナサイ。", "ソコデマチナサイ"),
        ("早ク此処ヘ来ルト言エヨ。", "ハヤクココエクルトイエヨ"),
        ("アロハシャツ、ハイビスカス。", "アロハシャツハイビスカス"),
        ("ハワイ、ハノイ", "ハワイハノイ"),
        ("ハローワーク！", "ハローワーク"),
    ],
)
def test_particles_are_said_as_such_in_sentences_only(kana_of, text, kana):
    assert kana_of(text) == kana
