"""Spelling to katakana for words outside the table."""

import pytest

from sbv2cli.languages.japanese.rules.latin import words
from sbv2cli.languages.japanese.rules.letters import spelled
from sbv2cli.languages.japanese.rules.loanwords import katakana_of


@pytest.mark.parametrize(
    ("word", "kana"),
    [
        ("computer", "コンピューター"),
        ("station", "ステーション"),
        ("camp", "キャンプ"),
        ("bridge", "ブリッジ"),
        ("terminal", "ターミナル"),
        ("kicker", "キッカー"),
        ("snowflake", "スノーフレーク"),
        ("tanaka", "タナカ"),
        ("shibuya", "シブヤ"),
        ("hokkaido", "ホッカイド"),
        ("", ""),
    ],
)
def test_words(word, kana):
    assert katakana_of(word) == kana


def test_letters_fall_in_the_last():
    assert spelled("API") == ("エーピーアイ", 5)
    assert spelled("WHO") == ("ダブリューエイチオー", 8)


def test_the_table_is_katakana():
    wrong = {word: kana for word, kana in words().items() if set(kana) - _KATAKANA}
    assert not wrong
    assert len(words()) > 1000


_KATAKANA = {chr(code) for code in range(0x30A1, 0x30F5)} | {"ー"}
