"""Prose: chapters, scenes, paragraphs, sentences with their ruby, and places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.prose import Passage, Prose, is_scene_break, passage_of
from sbv2cli.readers.sentences import sentences
from sbv2cli.records import Finding, Ruby, Source

AT = Source(path="book.epub", row=3)


def said(text, *ruby, findings=()):
    return Passage(
        text=text,
        ruby=tuple(Ruby(span=(start, end), reading=reading) for start, end, reading in ruby),
        findings=findings,
    )


def test_in_a_book_every_heading_begins_a_chapter_and_is_one_line():
    prose = Prose("book.epub")
    lines = [
        *prose.paragraph(said("序。"), AT),
        *prose.heading(said("第一部。", (1, 2, "いち")), AT, level=1),
        *prose.heading(said("一章。その続き"), AT, level=2),
        *prose.paragraph(said("あ。い。"), AT),
    ]
    assert [line.text for line in lines] == ["序。", "第一部。", "一章。その続き", "あ。", "い。"]
    assert [line.chapter for line in lines] == [None, 1, 2, 2, 2]
    assert [line.chapter_title for line in lines][1:3] == ["第一部。", "一章。その続き"]
    assert [(line.heading, line.level) for line in lines][:4] == [
        (False, None), (True, 1), (True, 2), (False, None),
    ]  # fmt: skip
    assert [line.paragraph for line in lines] == [1, 2, 3, 4, 4]
    assert [line.id for line in lines][:2] == ["book-0001", "book-0002"]
    assert lines[1].ruby == (Ruby(span=(1, 2), reading="いち"),)


def test_a_heading_without_text_begins_a_chapter():
    prose = Prose("b")
    assert prose.heading(said(" "), AT, level=1) == ()
    (line,) = prose.paragraph(said("本文"), AT)
    assert (line.chapter, line.chapter_title, line.paragraph) == (1, None, 1)


def test_a_scene_break_begins_a_scene_until_the_next_heading():
    prose = Prose("b")
    scenes = []
    for _ in range(2):
        scenes += [line.scene for line in prose.heading(said("題"), AT, level=1)]
        scenes += [line.scene for line in prose.paragraph(said("一"), AT)]
        prose.scene_break()
        scenes += [line.scene for line in prose.paragraph(said("二"), AT)]
    assert scenes == [None, None, "2"] * 2
    named = Prose("b", scene_level=2)
    named.heading(said("浜"), AT, level=2)
    named.scene_break()
    assert named.paragraph(said("二"), AT)[0].scene == "浜 2"


def test_counting_goes_on_from_the_scripts_before():
    prose = Prose("b", ReaderOptions(chapters_before=4, paragraphs_before=20))
    (before,) = prose.paragraph(said("前"), AT)
    (title,) = prose.heading(said("題"), AT, level=1)
    assert (before.chapter, before.paragraph) == (None, 21)
    assert (title.chapter, title.paragraph) == (5, 22)


def test_no_cut_falls_under_ruby_and_spans_move_with_their_sentence():
    passage = said("神曲。と言う。岬へ。", (0, 4, "ヂヰナ、コメヂア"), (7, 8, "みさき"))
    lines = Prose("b").paragraph(passage, AT)
    assert [line.text for line in lines] == ["神曲。と言う。", "岬へ。"]
    assert [line.ruby[0].span for line in lines] == [(0, 4), (0, 1)]


def test_findings_go_with_their_part_and_none_is_lost():
    on = Finding(code="a", severity="note", message="", span=(3, 4))
    off = Finding(code="b", severity="note", message="")
    prose = Prose("b")
    assert prose.paragraph(said(" ", findings=(off,)), AT) == ()
    first, second = prose.paragraph(said("あ。い岬。", findings=(on, off)), AT)
    assert [one.code for one in first.findings] == ["b", "b"]
    assert [(one.code, one.span) for one in second.findings] == [("a", (1, 2))]


def test_columns_count_what_the_author_wrote():
    written = "岬《みさき》の。｜灯台《とうだい》！　海。"
    passage = passage_of(written)
    lines = Prose("b").paragraph(passage, Source(path="b", row=1, column=3))
    assert [line.text for line in lines] == ["岬の。", "灯台！", "海。"]
    columns = [line.source.column - 3 for line in lines]
    assert [written[at] for at in columns] == ["岬", "灯", "海"]


@st.composite
def passages(draw):
    text = draw(
        st.text(st.sampled_from("岬人あア。！「」（）、 \u3000a.\n"), min_size=1, max_size=40)
    )
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = zip(cuts[::2], cuts[1::2], strict=False)
    return said(text, *((start, end, "よみ") for start, end in spans))


@given(passages())
def test_no_character_and_no_ruby_is_lost(passage):
    lines = Prose("b").paragraph(passage, Source(path="b", row=1, column=1))
    joined = "".join(line.text for line in lines)
    assert "".join(joined.split()) == "".join(passage.text.split())
    under = [line.text[slice(*one.span)] for line in lines for one in line.ruby]
    whole = [passage.text[slice(*one.span)] for one in passage.ruby]
    assert ["".join(base.split()) for base in under if base.strip()] == [
        "".join(base.split()) for base in whole if base.strip()
    ]
    for line in lines:
        at = line.source.column - 1
        assert passage.text[at : at + len(line.text)] == line.text
        assert all(0 <= one.span[0] < one.span[1] <= len(line.text) for one in line.ruby)


@given(st.text(st.sampled_from("岬灯《》｜あ。、ア"), max_size=40))
def test_places_lead_to_the_character_that_was_written(written):
    passage = passage_of(written)
    assert [written[passage.column(at)] for at in range(len(passage.text))] == list(passage.text)
    assert "".join(sentences(passage.text)) == passage.text


@pytest.mark.parametrize(
    "row",
    ["＊", "* * *", "＊　＊　＊", "◇", "☆★☆★", "---", "――――", "ーーー", "＝＝＝", "〜〜〜", "×××"],
)
def test_marks_between_scenes(row):
    assert is_scene_break(row)


@pytest.mark.parametrize(
    "row", ["", "○○", "一", "――と言った。", "……", "*注", "A", "ーー", "わーーー", "、", "！"]
)
def test_words_are_no_scene_break(row):
    assert is_scene_break(row) is (row == "○○")
