"""Chinese in better mode: what the reference loses or garbles, as it should be said."""

from __future__ import annotations

import pytest

from sbv2cli.errors import ReadingError
from sbv2cli.languages.chinese import CHINESE
from sbv2cli.languages.language import ReadOptions

WRITTEN_AND_SPOKEN = {
    "full-width digits": ("３．５", "三点五"),
    "other digits": ("第①章", "第一章"),
    "ling": ("二〇二四年", "二零二四年"),
    "year": ("2024年3月1日", "二零二四年三月一日"),
    "years": ("2019-2020年", "二零一九到二零二零年"),
    "date": ("2024-05-01", "二零二四年五月一日"),
    "no date": ("2024-13-41", "二千零二十四到十三到四十一"),
    "time": ("10:30开会", "十点三十分开会"),
    "full hour": ("10:00开会", "十点开会"),
    "minutes below ten": ("8:05", "八点零五分"),
    "per cent": ("成功率是99.9%。", "成功率是百分之九十九点九."),
    "full-width per cent": ("１０％", "百分之十"),
    "per mille": ("5‰", "千分之五"),
    "degrees": ("36.8℃", "三十六点八摄氏度"),
    "below zero": ("-5℃", "零下五摄氏度"),
    "mobile": ("电话13800138000", "电话幺三八零零幺三八零零零"),
    "landline": ("010-12345678", "零幺零,幺二三四五六七八"),
    "range": ("3-5个", "三到五个"),
    "wave range": ("3～5人", "三到五人"),
    "range of per cents": ("10%-20%", "百分之十到百分之二十"),
    "thousands": ("1,234元", "一千二百三十四元"),
    "dollars": ("$100", "一百美元"),
    "yuan": ("￥200", "二百元"),
    "large money": ("¥3亿", "三亿元"),
    "fraction": ("1/2的概率", "二分之一的概率"),
    "vulgar fraction": ("½杯", "二分之一杯"),
    "kilograms": ("100kg", "一百公斤"),
    "speed": ("60km/h", "六十公里每小时"),
    "area": ("20㎡", "二十平方米"),
    "two": ("2个苹果，第2个", "两个苹果,第二个"),
    "minus": ("等于-5", "等于负五"),
    "sum": ("5+3=8", "五加三等于八"),
    "score": ("3:2", "三比二"),
    "version": ("1.2.3版", "一点二点三版"),
    "leading zeros": ("007号", "零零七号"),
    "too long for words": ("12345678901234567", "一二三四五六七八九零一二三四五六七"),
    "initialism": ("AI技术", "诶爱技术"),
    "a letter": ("B站", "必站"),
    "and": ("你&我", "你和我"),
    "name": ("马克·吐温", "马克吐温"),
    "brackets": ("『引号』", "'引号'"),
    "line": ("你好。\n世界", "你好..世界"),
    "dots": ("等等......", "等等…"),
}


@pytest.mark.parametrize(
    ("written", "spoken"), WRITTEN_AND_SPOKEN.values(), ids=WRITTEN_AND_SPOKEN.keys()
)
def test_written_and_spoken(written: str, spoken: str) -> None:
    reading = CHINESE.read(written)
    assert reading.normalised == reading.model_text == spoken
    assert reading.findings == ()


def test_latin_is_kept_out_and_told() -> None:
    reading = CHINESE.read("我用Python写代码")
    assert reading.normalised == "我用写代码"
    (finding,) = reading.findings
    assert (finding.code, finding.span) == ("reading.character-skipped", (2, 8))
    assert finding.message == 'nothing is said for "Python"'
    with pytest.raises(ReadingError, match="Python"):
        CHINESE.read("我用Python写代码", ReadOptions(unreadable="raise"))


@pytest.mark.parametrize("character", ["覅", "兙", "噷", "㐂", "𠮷", "か", "Ж", "\u0378"])
def test_a_character_without_a_reading_is_left_out_and_told(character: str) -> None:
    reading = CHINESE.read(f"好{character}好")
    assert reading.normalised == "好好"
    assert [finding.span for finding in reading.findings] == [(1, 2)]


def test_one_token_for_each_character() -> None:
    reading = CHINESE.read("10%的人，好！")
    assert len(reading.phones_per_token) == len(reading.model_text) + 2


def test_words_know_where_the_author_wrote_them() -> None:
    text = "他跑了3.5公里，花了10%。"
    words = CHINESE.read(text).words
    assert [(word.surface, word.spoken) for word in words] == [
        ("他", "他"),
        ("跑", "跑"),
        ("了", "了"),
        ("3.5公里", "三点五公里"),
        ("，", ","),
        ("花", "花"),
        ("了", "了"),
        ("10%", "百分之十"),
        ("。", "."),
    ]
    assert all(text[slice(*word.span)] == word.surface for word in words)


def test_a_given_reading_wins() -> None:
    reading = CHINESE.read("都市。", ReadOptions(given="du1 shi4."))
    assert reading.phones == ("_", "d", "u", "sh", "ir", ".", "_")
    assert reading.tones == (0, 1, 1, 4, 4, 0, 0)
    assert reading.phones_per_token == (1, 2, 2, 1, 1)
    assert CHINESE.read("女", ReadOptions(given="nü3")).phones == ("_", "n", "v", "_")
    for wrong in ("fiao4", "ni", "ni6", "好"):
        with pytest.raises(ReadingError) as caught:
            CHINESE.read("都市", ReadOptions(given=wrong))
        assert caught.value.code == "reading.pinyin"
    with pytest.raises(ReadingError):
        CHINESE.read("", ReadOptions(given="ni3"))


def test_nothing_to_say() -> None:
    for text in ("", " ", "😀"):
        assert CHINESE.read(text).phones == ("_", "_")


def test_words_that_no_dictionary_has_and_lone_polyphones_are_in_doubt():
    text = "他还得走。王楚钦吃了3个。"
    assert CHINESE.read(text).doubts == ()
    found = {one.surface: one for one in CHINESE.read(text, ReadOptions(doubts=True)).doubts}
    assert found["王楚钦"].reasons == ("unknown-word",)
    assert found["得"].reasons == ("homograph",)
    assert {"de2", "dei3"} <= set(found["得"].others)
    assert "他" not in found
