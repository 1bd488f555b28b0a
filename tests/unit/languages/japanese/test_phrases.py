"""Accent phrases and the rules by which words change the nucleus before them."""

from __future__ import annotations

import pytest

from sbv2cli.languages.japanese.phrases import PhraseWord, likely_accent, say


def word(kana, accent=0, *, joined=False, **fields):
    return PhraseWord(start=0, end=1, kana=kana, accent=accent, joined=joined, **fields)


def tones(*words):
    return ["".join(map(str, said.tones)) for said in say(words)]


def test_a_phrase_runs_over_joined_words():
    assert tones(word("タベ", 3), word("マシ", joined=True), word("タ", joined=True)) == [
        "0011",
        "1100",
        "00",
    ]


def test_a_pause_is_low_and_ends_the_phrase():
    pause = word(",", marks=True)
    assert tones(word("ハシ", 1), pause, word("ガ", joined=True)) == ["1100", "0", "00"]


def test_a_long_mark_takes_the_vowel_before():
    assert [said.phones for said in say([word("ソ"), word("ーダ", joined=True)])] == [
        ("s", "o"),
        ("o", "d", "a"),
    ]


def test_a_decided_accent_carries_what_follows():
    desu = {"chain_rule": "助動詞%F2@0/名詞%F2@1/動詞%F1", "joined": True}
    flat, high = word("サクラ", 0, decided=True), word("サクラ", 1, decided=True)
    assert tones(flat, word("デス", 1, **desu)) == ["001111", "1100"]
    assert tones(high, word("デス", 1, **desu)) == ["110000", "0000"]


@pytest.mark.parametrize(
    ("rule", "accent", "expected"),
    [
        ("F1", 2, 2),
        ("F2@0", 0, 3),
        ("F2@0", 2, 2),
        ("F3@1", 2, 4),
        ("F3@1", 0, 0),
        ("F4@1", 2, 4),
        ("F5", 2, 0),
        ("C1", 0, 4),
        ("C2", 0, 4),
        ("C3", 0, 3),
        ("C4", 1, 0),
        ("C5", 1, 1),
        ("P1", 2, 4),
        ("P14", 2, 4),
        ("動詞%F5/名詞%F4@2", 1, 5),
        ("動詞%F5", 1, 1),
        ("*", 1, 1),
    ],
)
def test_chain_rules(rule, accent, expected):
    made = tones(
        word("アアア", accent, decided=True), word("アアア", 1, joined=True, chain_rule=rule)
    )
    flat = {0: "011111", 1: "100000"}
    assert "".join(made) == flat.get(expected, ("0" + "1" * (expected - 1)).ljust(6, "0"))


def test_masho_falls_after_sho():
    mashou = [
        word("マショ", 2, joined=True, orig="ます", pos="助動詞"),
        word("ー", joined=True, pos="助動詞"),
    ]
    assert tones(word("タベ", 3, pos="動詞"), *mashou) == ["0011", "1111", "0"]
    assert tones(word("イキ", 4, pos="動詞"), *mashou) == ["011", "1111", "0"]


def test_silent_words_and_empty_phrases():
    assert tones(word(""), word("", joined=True)) == ["", ""]
    assert tones() == []


@pytest.mark.parametrize(
    ("kana", "loanword", "accent"),
    [
        ("パン", True, 1),
        ("バナナ", True, 1),
        ("コンピュータ", True, 3),
        ("エレベーター", True, 3),
        ("ギター", True, 1),
        ("サクラ", False, 1),
        ("ヤマザキ", False, 0),
    ],
)
def test_likely_accents(kana, loanword, accent):
    assert likely_accent(kana, loanword=loanword) == accent
