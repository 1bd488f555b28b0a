"""Words that the engine takes for the second half of a compound where they stand alone."""

import pytest

from sbv2cli.languages.japanese import JAPANESE


def said(text: str) -> str:
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("弾けて消えた", "ハジケテキエタ"),
        ("探して拾った", "サガシテヒロッタ"),
        ("飛んで取ります", "トンデトリマス"),
        ("侍して仕えます", "ジシテツカエマス"),
        ("飲む冷えた水", "ノムヒエタミズ"),
        ("泣く枯れた声", "ナクカレタコエ"),
    ],
)
def test_behind_particles_and_verbs_they_are_words_of_their_own(text, kana):
    assert said(text) == kana


def test_elsewhere_they_stay_as_they_are():
    assert said("花が芽生えた") == "ハナガメバエタ"
    assert said("肝試しに行く") == "キモダメシニイク"
    assert said("思い出して出ます") == "オモイダシテデマス"
