"""The mode `better` on lines that the reference says wrongly, loses or fails on."""

from __future__ import annotations

import pytest

from sbv2cli.errors import ReadingError
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.corrections import notation_of
from sbv2cli.languages.language import DictionaryEntry, ReadOptions
from sbv2cli.readers.ruby import read_ruby


def said(text, *entries):
    shown, ruby = read_ruby(text)
    return notation_of(JAPANESE.read(shown, ReadOptions(dictionary=entries, ruby=ruby)))


def entry(surface, kana, accent=None):
    return DictionaryEntry(surface=surface, kana=kana, accent=accent)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("えっーと、どうしよう。", "エ'ット、ドーシヨ'ー。"),
        ("ちょっーと待って！", "チョ'ット/マ'ッテ！"),
        ("食べましょう。", "タベマショ'ー。"),
        ("行きましょうか？", "イキマショ'ーカ？"),
        ("取りましょうよ。", "トリマショ'ーヨ。"),
        ("何ですか", "ナ'ンデスカ"),
        ("何が", "ナ'ニガ"),
        ("髙橋さん", "タカ'ハシサン"),
        ("𠮷野家", "ヨシノ'ヤ"),
        ("彁です。", "”デ'ス。"),
        ("歯", "ハ"),
    ],
)
def test_readings(text, expected):
    assert said(text) == expected


def test_a_decided_accent_goes_with_the_particles_after_it():
    assert said("箸が", entry("箸", "ハシ", 1)) == "ハ'シガ"
    assert said("箸が", entry("箸", "ハシ", 2)) == "ハシ'ガ"
    assert said("箸が", entry("箸", "ハシ", 0)) == "ハシガ"


def test_a_decided_reading_leaves_its_neighbours_alone():
    plain = said("昨日、東京に行きました。")
    decided = said("昨日、東京に行きました。", entry("東京", "ヒガシキョー", 3))
    assert decided == plain.replace("トーキョーニ", "ヒガシ'キョーニ")


def test_an_entry_does_not_cut_a_longer_word():
    words = [entry("灯", "トモリ", 0)]
    assert said("灯台の灯は", *words) == "トーダイノ/トモリワ"
    assert said("東京都は", entry("東", "ヒガシ", 0)) == said("東京都は")


def test_an_entry_cuts_a_longer_word_when_told_to():
    word = DictionaryEntry(surface="東", kana="ヒガシ", accent=0, within_words=True)
    reading = JAPANESE.read("東京都は", ReadOptions(dictionary=[word]))
    assert (reading.words[0].surface, reading.words[0].kana) == ("東", "ヒガシ")
    assert reading.words[-1].kana == "ワ"


def test_a_very_long_word_does_not_reach_the_engine():
    reading = JAPANESE.read("a" * 3000 + "。だ")
    assert reading.words[0].surface == "a" * 3000
    assert notation_of(reading).endswith("。ダ")


def test_an_entry_that_is_no_kana_is_reported():
    reading = JAPANESE.read("箸", ReadOptions(dictionary=[entry("箸", "漢字")]))
    assert [finding.code for finding in reading.findings] == ["reading.not-kana"]
    assert reading.words[0].kana == "ハシ"


@pytest.mark.parametrize(
    ("reading", "kana"), [("かヾや", "カガヤ"), ("さヽに", "ササニ"), ("いすゞ", "イスズ")]
)
def test_repeat_marks_in_a_reading_are_written_out(reading, kana):
    read = JAPANESE.read("輝", ReadOptions(dictionary=[entry("輝", reading)]))
    assert read.findings == ()
    assert read.words[0].kana == kana


def test_words_tile_the_text():
    text = "2024年5月3日、C++とI love you🎉…\n漢字《かんじ》を読む　よ！\ud842\x00彁"
    reading = JAPANESE.read(text)
    assert "".join(word.surface for word in reading.words) == text
    assert "".join(word.spoken for word in reading.words) == reading.model_text
    for word in reading.words:
        assert text[slice(*word.span)] == word.surface


def test_words_that_share_a_span_are_one():
    words = JAPANESE.read("50個と1,234円").words
    assert [(word.surface, word.kana) for word in words] == [
        ("50", "ゴジュッ"),
        ("個", "コ"),
        ("と", "ト"),
        ("1,234", "センニヒャクサンジューヨ"),
        ("円", "エン"),
    ]


def test_findings_name_the_character_and_the_place():
    reading = JAPANESE.read("あ彁い\x07")
    found = {finding.span: finding.message for finding in reading.findings}
    assert "U+5F41" in found[1, 2]
    assert "U+0007" in found[3, 4]
    with pytest.raises(ReadingError, match=r"U\+5F41") as caught:
        JAPANESE.read("あ彁い", ReadOptions(unreadable="raise"))
    assert caught.value.at == "character 2 of the text"


def test_a_line_does_not_depend_on_the_lines_before_it():
    alone = JAPANESE.read("何を食べましたか？")
    JAPANESE.read("東京", ReadOptions(dictionary=[entry("食べ", "クイ", 1)]))
    assert JAPANESE.read("何を食べましたか？") == alone


def test_long_texts_are_cut_at_sentences():
    sentence = "今日は、いい天気ですね。散歩に行きましょう！"
    one = JAPANESE.read(sentence)
    many = JAPANESE.read(sentence * 100)
    assert many.phones[1:-1] == one.phones[1:-1] * 100
    assert many.tones[1:-1] == one.tones[1:-1] * 100


def test_compat_reads_on_where_the_reference_fails():
    options = ReadOptions(mode="compat")
    reading = JAPANESE.read("1" + "0" * 60, options)
    assert reading.findings[0].code == "reading.compat"
    assert len(reading.phones) > 2
    with pytest.raises(ReadingError, match="must be less than"):
        JAPANESE.read("1" + "0" * 60, ReadOptions(mode="compat", unreadable="raise"))
    assert JAPANESE.read("おはよう、よく眠れた？", options).normalised == "おはよう,よく眠れた?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("大阪市 立花", "オーサカ'シ/タチ'バナ"),  # not 大阪 市立 花
        ("クルト・ホゲフガ", "ク'ルト/ホゲ'フガ"),
        ("ホゲ　ホゲフガ", "ホ'ゲ/ホゲ'フガ"),
        ("す ご い！", "スゴ'イ！"),  # written wide
        ("ぼく は げんき です", "ボ'クワ/ゲ'ンキデス"),
        ("I love you", "ア'イ/ラ'ブ/ユ'ー"),
    ],
)
def test_spaces_part_words_without_a_pause(text, expected):
    assert said(text) == expected
    assert " " not in JAPANESE.read(text).model_text


def test_spaces_part_words_next_to_given_readings():
    assert said("東京｜本気《マジ》で 大阪市 立花") == "トーキョーマ'ジデ/オーサカ'シ/タチ'バナ"
