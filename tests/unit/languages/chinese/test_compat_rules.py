"""The rules of Chinese readings, each on its own."""

from __future__ import annotations

import json
import random
from pathlib import Path

import cn2an
import pytest

from sbv2cli.languages.chinese import compat, numbers
from sbv2cli.languages.chinese.neutral_words import NEUTRAL_LAST, NEVER_NEUTRAL
from sbv2cli.languages.chinese.sandhi import Tagged, change_tones, merge, split_in_two
from sbv2cli.languages.chinese.syllables import SYMBOLS, spelling


def tables(golden: Path, name: str):
    return json.loads((golden / "frontend" / "tables" / name).read_text("utf-8"))


def test_the_syllables_are_the_recorded_429(golden: Path) -> None:
    recorded = tables(golden, "zh_pinyin_symbols.json")["map"]
    assert {written: list(symbols) for written, symbols in SYMBOLS.items()} == recorded


def test_the_neutral_words_are_the_recorded_ones(golden: Path) -> None:
    recorded = tables(golden, "zh_sandhi_words.json")
    assert set(recorded["neutral_last_syllable"]) == NEUTRAL_LAST
    assert set(recorded["not_neutral"]) == NEVER_NEUTRAL


@pytest.mark.parametrize(
    ("initial", "final", "written"),
    [
        ("d", "uei", "dui"),
        ("l", "iou", "liu"),
        ("l", "uen", "lun"),
        ("", "uei", "wei"),
        ("", "iou", "you"),
        ("", "van", "yuan"),
        ("", "i", "yi"),
        ("", "ing", "ying"),
        ("", "u", "wu"),
        ("", "er", "er"),
        ("", "ai", "ai"),
    ],
)
def test_spelling(initial: str, final: str, written: str) -> None:
    assert spelling(initial, final) == written
    assert written in SYMBOLS


def test_numbers_are_grouped_like_cn2an() -> None:
    chance = random.Random(5)
    for _ in range(3000):
        number = "".join(chance.choices("0000123456789", k=chance.randint(1, 16)))
        if chance.random() < 0.3:
            number += "." + "".join(chance.choices("0123456789", k=chance.randint(1, 12)))
        assert numbers.cardinal(number) == cn2an.an2cn(number, "low"), number


@pytest.mark.parametrize("number", ["1" * 17, "٣"])
def test_numbers_that_cn2an_refuses(number: str) -> None:
    with pytest.raises(ValueError) as theirs:  # noqa: PT011 - their message is compared
        cn2an.an2cn(number, "low")
    with pytest.raises(ValueError) as ours:  # noqa: PT011
        numbers.cardinal(number)
    assert str(ours.value) == str(theirs.value)


def tones(word: str, tag: str, finals: str, halves: tuple[str, str] | None = None) -> str:
    changed = change_tones(Tagged(word, tag), finals.split(), halves or (word[0], word[1:]))
    return "".join(final[-1] for final in changed)


@pytest.mark.parametrize(
    ("word", "tag", "finals", "halves", "said"),
    [
        ("不怕", "v", "u4 a4", None, "24"),
        ("看不懂", "v", "an4 u4 ong3", None, "453"),
        ("一段", "m", "i1 uan4", None, "24"),
        ("一天", "m", "i1 ian1", None, "41"),
        ("一九八", "m", "i1 iu3 a1", None, "131"),
        ("第一名", "m", "i4 i1 ing2", ("第一", "名"), "412"),
        ("看一看", "v", "an4 i1 an4", None, "454"),
        ("奶奶", "n", "ai3 ai3", None, "35"),
        ("他们", "r", "a1 en2", None, "15"),
        ("家里", "s", "ia1 i3", None, "15"),
        ("起来", "v", "i3 ai2", None, "35"),
        ("三个", "m", "an1 e4", None, "15"),
        ("个", "q", "e4", ("个", ""), "5"),
        ("东西", "n", "ong1 i1", None, "15"),
        ("小姐", "n", "iao3 ie3", None, "23"),
        ("纸老虎", "n", "ir3 ao3 u3", ("纸", "老虎"), "323"),
        ("蒙古包", "n", "eng3 u3 ao3", ("蒙古", "包"), "223"),
        ("好好好好", "a", "ao3 ao3 ao3 ao3", ("好好", "好好"), "2323"),
    ],
)
def test_tones_change(word: str, tag: str, finals: str, halves, said: str) -> None:
    if word == "好好好好":  # reduplication comes before third tones
        tag = "x"
    assert tones(word, tag, finals, halves) == said


def merged(words: str, finals: dict[str, str] | None = None) -> list[str]:
    tagged = [Tagged(*word.split("/")) for word in words.split()]
    known = finals or {}
    said = merge(tagged, lambda word: known.get(word, " ".join(["a1"] * len(word))).split())
    return [word.text for word in said]


def test_words_that_sound_as_one_are_joined() -> None:
    assert merged("我/r 不/d 去/v") == ["我", "不去"]
    assert merged("不/d") == ["不"]
    assert merged("听/v 一/m 听/v 一/m") == ["听一听", "一"]
    assert merged("有/v 一/m 个/q") == ["有", "一个"]
    assert merged("听/v 听/v 听/v") == ["听听", "听"]
    assert merged("花/n 儿/n") == ["花儿"]
    thirds = {"买": "ai3", "好": "ao3", "酒": "iu3"}
    assert merged("买/v 好/a 酒/n", thirds) == ["买好", "酒"]


@pytest.mark.parametrize("text", ["累一累", "击一击", "没一没", "拒一拒"])
def test_defect_28_a_doubled_word_does_not_hang(text: str) -> None:
    sounds = compat.read(compat.normalise(text).text)
    assert [len(syllable) for syllable in sounds] == [2, 2, 2]
    assert sounds[1] == (("y", 5), ("i", 5))


def test_a_word_is_cut_at_its_shortest_piece() -> None:
    assert split_in_two("纸老虎", ["老虎", "纸"]) == ("纸", "老虎")
    assert split_in_two("蒙古包", ["蒙古", "古包", "蒙古包"]) == ("蒙古", "包")
    assert split_in_two("看不见", ["不见", "看不见"]) == ("看", "不见")
