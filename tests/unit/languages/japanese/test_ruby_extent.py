"""What a ruby is the reading of: a given name, a stem that goes on, or the whole base."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.moras import katakana
from sbv2cli.languages.japanese.rules.ruby_extent import start_of_name
from sbv2cli.languages.japanese.user_dictionary import entry
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import notation
from sbv2cli.readers.ruby import read_ruby
from sbv2cli.records import Ruby


def said(written):
    text, ruby = read_ruby(written)
    return notation(JAPANESE.read(text, ReadOptions(ruby=ruby)))


@pytest.mark.parametrize(
    ("base", "reading", "start"),
    [
        ("七瀬灯", "ともり", 2),
        ("七瀬灯", "ななせともり", 0),
        ("東京都庁", "とちょう", 2),
        ("五月雨", "さみだれ", 0),
        ("百日紅", "さるすべり", 0),
        ("山路", "やまみち", 0),
        ("東海林太郎", "しょうじたろう", 0),
        ("小鳥遊", "たかなし", 0),
        ("長谷川泰三", "はせがわたいぞう", 0),
        ("二葉亭四迷", "ふたばていしめい", 0),
        ("運命共同体", "なかま", 0),
        ("灯", "ともり", 0),
    ],
)
def test_a_name_behind_a_surname(base, reading, start):
    assert start_of_name(base, reading) == start


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # One word with the accent of that word.
        ("頷《うなず》いて笑う。", "ウナズ'イテ/ワラウ。"),
        ("頷《うなず》かない。", "ウナズカ'ナイ。"),
        ("嗤《わら》った。", "ワラッタ。"),
        ("躊躇《ためら》って", "タメラ'ッテ"),
        ("美《うつく》しい人《ひと》", "ウツクシ'イ/ヒト"),
        ("通《とお》る。", "ト'ール。"),
        ("取《と》り出《だ》す。", "トリダ'ス。"),
        ("灯台《とうだい》守が", "トーダ'イモリガ"),
        # The author's reading, also where the engine has another.
        ("開《ひら》いて、開《あ》いて", "ヒラ'イテ、アイテ"),
        ("行《ゆ》く、行《おこな》う。", "ユク、オコナウ。"),
        ("瞬《しばた》いて", "シバタ'イテ"),
        ("生《なま》の魚と生《い》きる", "ナ'マノ/サカナト/イキ'ル"),
        # Ruby over each kanji of a word.
        ("虞《ぐ》美《び》人《じん》草《そう》を読む", "グビジンソーヲヨ'ム"),
        ("取《と》寄《よ》せる。", "ト'ヨセル。"),
        # What is left to the engine is still read so when a neighbour is not.
        ("｜虞美《おび》｜人草《ひとくさ》を", "オ'ビ/ヒトクサヲ"),
        # A noun ends where its base does.
        ("岬《みさき》は", "ミサキワ"),
        ("七瀬灯《ともり》は", "ナナセ/トモリワ"),
        ("運命《さだめ》だ", "サ'ダメダ"),
        ("東京《Tokyo》へ", "トーキョーエ"),
        ("橋《ハシ'》を", "ハシ'ヲ"),
    ],
)
def test_what_is_said(written, expected):
    assert said(written) == expected


WRITTEN = st.text(st.sampled_from("灯頷七瀬灯台生いきるはの、。ア1々"), min_size=1, max_size=16)
KANA = st.text(st.sampled_from("うなずともりきゃっーア"), min_size=1, max_size=6)


@given(WRITTEN, KANA, st.data())
def test_the_words_tile_the_text_whatever_stands_over_it(text, reading, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    ruby = (Ruby(span=(start, end), reading=reading),)
    words = JAPANESE.read(text, ReadOptions(ruby=ruby)).words
    assert "".join(word.surface for word in words) == text
    assert [word.span[0] for word in words][1:] == [word.span[1] for word in words][:-1]


def test_a_dictionary_wins_over_carried_readings_and_brings_its_accent_to_ruby():
    words = (entry("灯", "トモリ", 0), entry("頷く", "ウナズク", 0), entry("岬", "サキ", 1))

    def read(text, *ruby):
        return notation(JAPANESE.read(text, ReadOptions(ruby=ruby, dictionary=words)))

    given = Ruby(span=(0, 1), reading="ともり")
    carried = Ruby(span=(0, 1), reading="ともり", carried=True)
    assert read("灯は", given) == read("灯は", carried) == "トモリワ"
    assert read("岬は", Ruby(span=(0, 1), reading="みさき")) == "ミサキワ"
    assert read("岬は", Ruby(span=(0, 1), reading="みさき", carried=True)) == "サ'キワ"
    assert read("頷く", Ruby(span=(0, 1), reading="うなず", carried=True)) == "ウナズク"


SENTENCES = (
    "七瀬灯は頷いて山路を登り、灯台守に挨拶した。",
    "虞美人草が咲く岬で、彼は嗤った。美しい人だ。",
    "東京都庁へ行って取り出した書類を確かめる。",
)
READINGS = st.sampled_from(
    ["さき", "かなた", "むに", "ともり", "うなず", "みさき", "あらわ", "ひとくさ"]
)


@given(st.sampled_from(SENTENCES), st.lists(st.tuples(st.integers(0, 20), READINGS), max_size=4))
def test_ruby_is_always_followed(text, wanted):
    kanji = [(found.start(), found.end()) for found in re.finditer("[一-鿿]+", text)]
    spans = {kanji[at % len(kanji)]: reading for at, reading in wanted}
    ruby = tuple(Ruby(span=span, reading=reading) for span, reading in sorted(spans.items()))
    reading = JAPANESE.read(text, ReadOptions(ruby=ruby))
    for one in ruby:
        over = [
            word
            for word in reading.words
            if word.span[0] < one.span[1] and one.span[0] < word.span[1]
        ]
        assert katakana(one.reading) in "".join(word.kana or "" for word in over)
