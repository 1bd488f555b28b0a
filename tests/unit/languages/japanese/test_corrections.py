from __future__ import annotations

from dataclasses import replace

import pytest

from sbv2cli.errors import ReadingError
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.corrections import (
    apply_notation,
    correct_word,
    notation_of,
    units_of_notation,
)
from sbv2cli.languages.language import ReadOptions


def sounds(notation):
    units = units_of_notation(notation)
    phones = " ".join(phone for unit in units for phone in unit.phones)
    return phones, "".join(str(unit.tone) for unit in units for _ in unit.phones)


@pytest.mark.parametrize(
    ("notation", "phones", "tones"),
    [
        ("", "", ""),
        ("ハ'シ", "h a sh i", "1100"),
        ("はし'", "h a sh i", "0011"),
        ("ハシ/ガ'", "h a sh i g a", "001111"),
        ("ハシ/ガ", "h a sh i g a", "001100"),
        ("ｷｮｰ/ト", "ky o o t o", "00100"),
        ("ソー、ネ？", "s o o , n e ?", "001 0 00 0".replace(" ", "")),
        ("_クサ", "k u s a", "0011"),
        ("ア 'イ", "a i", "10"),
        ("チ ャ", "ch i y a", "0011"),
        ("「ア」…", "' a ' …", "0000"),
        ("エ'ッート", "e q t o", "1000"),
        ("ア/ーイ", "a a i", "001"),
    ],
)
def test_notation_to_phones(notation, phones, tones):
    assert sounds(notation) == (phones, tones)


@pytest.mark.parametrize(
    ("notation", "place", "expected"),
    [
        ("'ア", 1, "after a mora"),
        ("ア'イ'", 4, "one accent mark"),
        ("ア、/イ", 3, "between moras"),
        ("ア漢", 2, "kana"),
        ("、ー", 2, "lengthens"),
        ("ア_", 2, "follows _"),
        ("アa", 2, "kana"),
    ],
)
def test_mistakes_are_placed(notation, place, expected):
    with pytest.raises(ReadingError, match=expected) as caught:
        units_of_notation(notation)
    assert f"character {place} " in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["おはよう、よく眠れた？", "「え！」と3回言う。", "ドアを開ける-閉める"]
)
def test_a_reading_comes_back_as_it_was(text):
    reading = JAPANESE.read(text)
    again = JAPANESE.read(text, ReadOptions(given=notation_of(reading)))
    assert again == reading


@pytest.mark.parametrize(
    ("kana", "tones", "notation"),
    [
        ("チャ", (0, 1), "チ ャ"),
        ("チャ", (1, 0), "チ'ャ"),
        ("チャ", (0, 0), "チ/ャ"),
        ("アャ", (0, 1), "アャ"),
    ],
)
def test_a_small_kana_is_kept_apart_from_the_word_before(kana, tones, notation):
    phones = {"ア": ("a",), "チ": ("ch", "i"), "ャ": ("y", "a")}
    reading = JAPANESE.read("地")
    words = tuple(
        replace(reading.words[0], kana=one, phones=phones[one], tones=(tone,) * len(phones[one]))
        for one, tone in zip(kana, tones, strict=True)
    )
    assert notation_of(replace(reading, words=words)) == notation


def test_a_given_reading_stays_with_the_words():
    reading = JAPANESE.read("東京に行きました。", ReadOptions(given="エドニ/イキマ'シタ。"))
    assert [(word.surface, word.kana) for word in reading.words] == [
        ("東京", "エド"),
        ("に", "ニ"),
        ("行き", "イキ"),
        ("まし", "マシ"),
        ("た", "タ"),
        ("。", None),
    ]
    assert notation_of(reading) == "エドニ/イキマ'シタ。"
    assert sum(reading.phones_per_token) == len(reading.phones)


def test_a_text_without_characters_to_say_gets_its_kana():
    reading = JAPANESE.read("🎉", ReadOptions(given="オメデトー！"))
    assert reading.model_text == "オメデトー!"
    assert notation_of(reading) == "オメデトー！"
    assert len(reading.phones_per_token) == len(reading.model_text) + 2


def test_what_a_person_read_is_no_longer_unreadable():
    assert JAPANESE.read("彁").findings
    assert not JAPANESE.read("彁", ReadOptions(given="カ", unreadable="raise")).findings


def test_one_word_is_corrected_alone():
    reading = JAPANESE.read("東京に行く。")
    word = correct_word(reading.words[0], "ヒガシキョ'ー")
    assert (word.surface, word.spoken, word.kana) == ("東京", "東京", "ヒガシキョー")
    assert sum(word.phones_per_token) == len(word.phones)


def test_an_empty_reading_is_silence():
    silent = apply_notation(JAPANESE.read("東京"), "")
    assert silent.phones == ("_", "_")
    assert silent.phones_per_token == (1, 0, 0, 1)


def test_phones_that_kana_cannot_write():
    reading = JAPANESE.read("あ")
    word = replace(reading.words[0], phones=("k",), tones=(0,))
    assert notation_of(replace(reading, words=(word,))) is None
