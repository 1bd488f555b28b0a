"""Plain text: a row a line, prose, headings, places."""

from __future__ import annotations

import io
import time

import pytest

from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.sentences import sentences
from sbv2cli.readers.text import read


def lines(text, **options):
    return list(read(io.BytesIO(text.encode()), "story.txt", ReaderOptions(**options)))


def test_a_row_is_a_line_with_its_place():
    found = lines("一行目。\r\n\r\n  二行目。二つ目の文。\n")
    assert [line.text for line in found] == ["一行目。", "二行目。二つ目の文。"]
    assert [str(line.source) for line in found] == ["story.txt:1:1", "story.txt:3:3"]
    assert [line.id for line in found] == ["story-0001", "story-0002"]
    assert not any(line.id_given for line in found)
    assert [line.paragraph for line in found] == [1, 2]


def test_prose_is_cut_into_sentences_whose_columns_are_exact():
    written = "　一つ目。二つ目！？「三つ。四つ。」と言う"
    found = lines(written, unit="sentence")
    assert [line.text for line in found] == ["一つ目。", "二つ目！？", "「三つ。四つ。」と言う"]
    for line in found:
        assert written[line.source.column - 1 :].startswith(line.text)


def test_each_row_of_prose_is_a_paragraph():
    assert [line.paragraph for line in lines("あ。い。\nう。", unit="sentence")] == [1, 1, 2]
    assert [line.text for line in lines("あ。い。\nう。", unit="paragraph")] == ["あ。い。", "う。"]


def test_headings_are_chapters_and_scenes_and_are_spoken():
    found = lines("# 一章\n本文。\n## 場面\n続き。\n# 二章\n本文。")
    assert [line.text for line in found] == ["一章", "本文。", "場面", "続き。", "二章", "本文。"]
    assert [line.chapter for line in found] == [1, 1, 1, 1, 2, 2]
    assert [line.chapter_title for line in found][-1] == "二章"
    assert [line.scene for line in found] == [None, None, "場面", "場面", None, None]
    assert [line.paragraph for line in found] == [1, 2, 3, 4, 5, 6]


def test_a_hash_without_a_blank_is_text():
    assert lines("#今日の一枚")[0].text == "#今日の一枚"


def test_a_line_nobody_can_say_is_an_error_with_its_place():
    found = lines("短い。\n" + "あ" * 1_000_000)
    assert [finding.code for finding in found[1].findings] == ["script.line-long"]
    assert str(found[1].findings[0].at) == "story.txt:2:1"
    assert len(lines("あ。" * 20_000, unit="sentence")) == 20_000


def test_nothing_gives_no_lines():
    assert lines("") == lines("\n \n　\n") == lines("\ufeff") == []


def test_sentences_joined_are_the_text():
    text = "「はい。」と言った。It is 3.5 m. Yes!\n次の行。（注。）終わり"
    pieces = sentences(text)
    assert "".join(pieces) == text
    assert pieces == [
        "「はい。」と言った。", "It is 3.5 m. ", "Yes!\n", "次の行。", "（注。）", "終わり",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        "<b>やあ</b>",
        "[b]やあ[/b]",
        "<color=red>赤",
        "やあ。\\nはい。",
        "[newpage]",
        "[chapter:第二章]",
        "[[jumpuri:題 > https://example.com]]",
        "<i1234|5678>",
    ],
)
def test_a_row_with_markup_is_found(row):
    found = lines("今日は晴れだ。\n" * 9 + row + "\n")
    assert [one.code for line in found for one in line.findings] == ["script.markup-spoken"]
    assert found[-1].findings


def test_oddities_of_prose_are_not_found():
    rows = (
        "[[rb:岬 > みさき]]\nC:\\new\n"
        "大好き<3\n[Alexandros]が来た。\n{笑} ははは\nA&Bだ。\n50%引き。\n\\(^o^)/\n{´◕ ◡ ◕｀}\n"
        "<ruby>岬<rt>みさき</rt></ruby>\n"
    )
    assert [one.code for line in lines(rows) for one in line.findings] == []


def test_half_a_million_characters_are_read_quickly():
    began = time.process_time()
    assert len(lines("岬《みさき》の灯台に、ひとりの老人が住んでいた。\n" * 20_000)) == 20_000
    assert time.process_time() - began < 10


def test_a_row_of_marks_parts_scenes_in_prose_alone():
    text = "# 題\n一。\n＊＊＊\n二。\n"
    assert [line.scene for line in lines(text, unit="sentence")] == [None, None, "2"]
    assert [line.text for line in lines(text)] == ["題", "一。", "＊＊＊", "二。"]


ROW = "彼は長い夜の終わりを知らせるように、ゆっ"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([ROW] * 12, [9]),  # the row that makes it sure
        ([ROW, ROW[:-1]] * 6, [9]),
        ([ROW, "くりと窓を開けた。"] * 10, [16]),
        ([ROW] * 8, []),
        ([f"　{ROW}"] * 20, []),  # each begins a paragraph
        ([ROW, ""] * 20, []),
        (["雨ニモマケズ", "風ニモマケズ"] * 10, []),
        ([ROW[:length] for length in (5, 9, 12, 15, 17, 19, 20, 8)] * 5, []),
    ],
)
def test_rows_that_cut_sentences_are_told_once(rows, told):
    found = [
        line.source.row
        for line in lines("\n".join(rows))
        if "script.rows-cut" in [one.code for one in line.findings]
    ]
    assert found == told
