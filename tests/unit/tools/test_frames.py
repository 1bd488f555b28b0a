"""Words in frames: the frames, and that the commonest words are not torn in them."""

from __future__ import annotations

import pytest

from tools.readings import frames
from tools.readings.verb_frames import adjective_frames, verb_frames


@pytest.mark.parametrize(
    ("verb", "kind", "sentences"),
    [
        (
            "飛ぶ",
            "五段",
            ["飛んでない。", "飛ばなきゃ。", "飛べっ！", "飛ぼっか。", "飛んじゃった。"],
        ),
        ("行く", "五段", ["行った。", "行ってくる。", "行けば。"]),
        ("話す", "五段", ["話したまえ。", "話しとく。", "話される。"]),
        ("食べる", "一段", ["食べろっ！", "食べてない。", "食べられる。", "食べよう。"]),
    ],
)
def test_a_verb_in_its_forms(verb, kind, sentences):
    assert set(sentences) <= set(verb_frames(verb, kind))


def test_an_adjective_in_its_forms():
    assert {"短すぎだ。", "短くて、", "短さが、"} <= set(adjective_frames("短い"))


def test_a_word_that_is_read_otherwise_somewhere_is_found():
    """最中 is サイチュー, and モナカ where one is eaten."""
    torn = [
        frames.Frame("最中だ。", 0, 2),
        frames.Frame("最中を食べる。", 0, 2),
    ]
    assert frames.look(torn, "最中に来た。", 2, "最中").torn == ("最中を食べる。",)


@pytest.mark.parametrize("word", ["夕食", "機嫌", "千葉", "最後", "味方", "前進"])
def test_a_noun_is_whole_everywhere(word):
    assert frames.noun(word).torn == ()


@pytest.mark.parametrize("name", ["光秀", "涼太", "優作", "松平", "香織"])
def test_a_name_is_whole_everywhere(name):
    assert frames.name(name).torn == ()


@pytest.mark.parametrize("verb", ["飛ぶ/五段", "頼む/五段", "食べる/一段", "潰れる/一段"])
def test_a_verb_is_whole_in_every_form(verb):
    assert frames.verb(verb).torn == ()


def test_an_adjective_is_whole_in_every_form():
    assert frames.adjective("短い").torn == ()
