"""Narration and speech: quotations of their own, within a sentence, and over paragraphs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.prose import Passage, Prose
from sbv2cli.readers.speech import THOUGHTS, Quotations
from sbv2cli.records import Ruby, Source

SHORT = {"narration": "N", "dialogue": "D", "thought": "T"}


def told(*paragraphs, thoughts=""):
    quotations = Quotations(thoughts)
    return [
        [f"{SHORT[part.kind]}:{text[part.start : part.end]}" for part in quotations.parts(text)]
        for text in paragraphs
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("「はい」", ["D:「はい」"]),
        ("　「はい」と彼は言った。", ["D:　「はい」", "N:と彼は言った。"]),
        ("彼は「行こう」と言った。", ["N:彼は", "D:「行こう」", "N:と言った。"]),
        ("「行こう」「うん」", ["D:「行こう」", "D:「うん」"]),
        ("笑う。「うん」もう一度。", ["N:笑う。", "D:「うん」", "N:もう一度。"]),
        ("「『本』を読む？」", ["D:「『本』を読む？」"]),
        ("「彼が「うん」と言った」と聞く。", ["D:「彼が「うん」と言った」", "N:と聞く。"]),
        ("――「はい」。", ["D:――「はい」。"]),
        ("“Yes,” he said.", ["D:“Yes,”", "N: he said."]),
        # Words that are only marked.
        ("いわゆる「普通」の人。", ["N:いわゆる「普通」の人。"]),
        ("「普通」の人なら。", ["N:「普通」の人なら。"]),
        ("彼は「猫」と呼ばれた。", ["N:彼は「猫」と呼ばれた。"]),
        ("「愛」という名の「罪」。", ["N:「愛」という名の「罪」。"]),
        ("『本』を読む（岬で）。", ["N:『本』を読む（岬で）。"]),
        ("", []),
        ("」と言った。", ["N:」と言った。"]),
        ("彼は「と言った。", ["N:彼は「と言った。"]),
    ],
)
def test_parts_of_a_paragraph(text, parts):
    assert told(text) == [parts]


def test_a_quotation_goes_on_over_paragraphs_until_it_is_closed():
    assert told("「昔、", "岬に", "人がいた」と言う。", "海。") == [
        ["D:「昔、"], ["D:岬に"], ["D:人がいた」", "N:と言う。"], ["N:海。"],
    ]  # fmt: skip
    # Each paragraph of a long speech may begin with a bracket.
    assert told("「昔、", "「岬に", "「人がいた」", "海。") == [
        ["D:「昔、"], ["D:「岬に"], ["D:「人がいた」"], ["N:海。"],
    ]  # fmt: skip


def test_a_bracket_that_is_forgotten_does_not_take_the_book():
    found = told("「はい。", "彼は笑った。", "「うん」", "海。")
    assert found[2:] == [["D:「うん」"], ["N:海。"]]
    assert told("「はい。", *["海。"] * 100)[-1] == ["N:海。"]
    quotations = Quotations()
    quotations.parts("「はい。")
    quotations.end()
    assert quotations.parts("海。")[0].kind == "narration"


def test_thoughts_are_told_by_choice():
    text = "（まさか）彼は岬（みさき）へ行った。『灯』"
    assert told(text) == [[f"N:{text}"]]
    assert told(text, thoughts=THOUGHTS["round"]) == [
        ["T:（まさか）", "N:彼は岬（みさき）へ行った。『灯』"]
    ]
    assert told(text, thoughts=THOUGHTS["both"])[0][-1] == "T:『灯』"
    assert told("「（まさか）」", thoughts=THOUGHTS["both"]) == [["D:「（まさか）」"]]


def lines(*paragraphs, **options):
    prose = Prose("a.txt", ReaderOptions(speakers="quotes", **options))
    at = Source(path="a.txt", row=1, column=1)
    return [line for text in paragraphs for line in prose.paragraph(Passage(text=text), at)]


def test_parts_are_lines_with_characters_and_a_short_pause_within_a_sentence():
    found = lines("海。空。彼は「行こう。さあ」と言った。「うん」")
    assert [(line.character, line.text, line.pause_after) for line in found] == [
        ("地の文", "海。", None),
        ("地の文", "空。", None),
        ("地の文", "彼は", 0.2),
        ("会話", "「行こう。さあ」", 0.2),
        ("地の文", "と言った。", None),
        ("会話", "「うん」", None),
    ]
    assert {line.paragraph for line in found} == {1}
    assert [line.source.column for line in found] == [1, 3, 5, 7, 15, 20]


def test_titles_are_told_by_the_narrator_and_end_a_quotation():
    prose = Prose("a.txt", ReaderOptions(speakers="quotes"))
    at = Source(path="a.txt", row=1)
    prose.paragraph(Passage(text="「はい"), at)
    (title,) = prose.heading(Passage(text="二章"), at, level=1)
    (after,) = prose.paragraph(Passage(text="海。"), at)
    assert (title.character, after.character) == ("地の文", "地の文")


TEXT = st.text(st.sampled_from("海人「」『』（）“”。、と言のa \u3000"), max_size=30)


@given(st.lists(TEXT, max_size=5), st.sampled_from(sorted(THOUGHTS)))
def test_parts_tile_the_text(texts, thoughts):
    quotations = Quotations(THOUGHTS[thoughts])
    for text in texts:
        parts = quotations.parts(text)
        assert "".join(text[part.start : part.end] for part in parts) == text
        assert all(part.start < part.end for part in parts)


@given(TEXT, st.integers(0, 29), st.integers(1, 5))
def test_no_character_is_lost_and_no_ruby_is_cut(text, start, length):
    ruby = (Ruby(span=(start, start + length), reading="よ"),)
    passage = Passage(text=text, ruby=ruby if start + length <= len(text) else ())
    prose = Prose("a", ReaderOptions(speakers="quotes"))
    found = prose.paragraph(passage, Source(path="a", row=1))
    assert "".join("".join(line.text for line in found).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["「" * 20_000, "あ「" * 20_000, "「『" * 9_000 + "』」" * 9_000])
def test_odd_brackets_take_linear_time(text):
    began = time.process_time()
    Quotations("（『").parts(text)
    assert time.process_time() - began < 2
