"""Titles of chapters that only their numbers tell."""

from __future__ import annotations

import io

import made_epub
import pytest

from sbv2cli.readers.epub.reader import read as read_epub
from sbv2cli.readers.html import read as read_html
from sbv2cli.readers.numbered_titles import numbered_rows
from sbv2cli.readers.text import read as read_text
from sbv2cli.readers.web_novel import read_narou


def levels(*rows):
    return numbered_rows(enumerate(rows))


def test_parts_are_above_chapters_and_those_above_bare_numbers():
    rows = ["プロローグ", "第一部", "第一章　朝", "１", "はい。", "２", "第二章「夜」", "第二部"]
    assert levels(*rows) == {0: 1, 1: 1, 2: 2, 3: 3, 5: 3, 6: 2, 7: 1}


@pytest.mark.parametrize(
    "rows",
    [
        ["一", "朝。", "二", "夜。"],
        ["（一）", "（二）"],
        ["第１話：目覚め", "第２話　灯台守", "第３話【終】"],
        ["第一部", "第一章", "第二章", "第二部", "第一章", "第二章"],
        ["Chapter One", "Chapter II: The Key", "CHAPTER 3"],
    ],
)
def test_what_numbers_chapters(rows):
    assert len(levels(*rows)) == len([row for row in rows if not row.endswith("。")])


@pytest.mark.parametrize(
    "rows",
    [
        ["第一章"],  # one alone may be a word of the text
        ["第三章", "第四章"],
        ["1", "1", "1", "5"],
        ["1", "100", "20", "7"],
        ["第一章を読む。", "第二章を読む。"],
        ["プロローグ", "エピローグ"],
        ["part of it", "book two of them"],
    ],
)
def test_what_does_not(rows):
    assert levels(*rows) == {}


HTML = "<html lang='ja'><body>{}<p>第一章　朝</p><p>朝だ。</p><p>第二章　夜</p><p>夜だ。</p></body>"


def page(above=""):
    return list(read_html(io.BytesIO(HTML.format(above).encode()), "a.html"))


def test_a_book_without_headings_has_them_and_says_so():
    found = page()
    assert [(line.text, line.chapter) for line in found if line.heading] == [
        ("第一章　朝", 1),
        ("第二章　夜", 2),
    ]
    assert [one.code for one in found[0].findings] == ["script.numbered-titles"]


def test_below_the_title_of_a_book_and_not_where_it_has_headings():
    found = page("<h1>灰色の塔</h1>")
    assert [line.level for line in found if line.heading] == [1, 2, 2]
    found = page("<h1>灰色の塔</h1><h2>序</h2>")
    assert [line.level for line in found if line.heading] == [1, 2]


def test_over_the_pages_of_an_epub():
    pages = {"a.xhtml": "<p>第一章</p><p>朝。</p>", "b.xhtml": "<p>第二章</p><p>夜。</p>"}
    found = list(read_epub(made_epub.epub(pages), "b.epub"))
    assert [line.chapter_title for line in found] == ["第一章", "第一章", "第二章", "第二章"]
    assert found[2].source.member == "OPS/b.xhtml"


TEXT = "灰色の塔\n\n第一章　朝\n\n　朝だ。\n\n第二章　夜\n\n　夜だ。\n"


def test_in_a_novel_for_the_web():
    found = list(read_narou(io.BytesIO(TEXT.encode()), "a.txt"))
    assert [(line.text, line.level) for line in found if line.heading] == [
        ("灰色の塔", 1),
        ("第一章　朝", 2),
        ("第二章　夜", 2),
    ]


def test_in_a_plain_text_they_stay_lines_and_it_says_so_once():
    found = list(read_text(io.BytesIO((TEXT + "第三章\n").encode()), "a.txt"))
    assert not any(line.heading for line in found)
    told = [one for line in found for one in line.findings]
    assert [(one.code, one.at.row) for one in told] == [("script.plain-titles", 3)]
    marked = TEXT.replace("第", "# 第")
    assert not any(line.findings for line in read_text(io.BytesIO(marked.encode()), "a.txt"))


def test_a_number_that_is_no_heading_in_a_book_of_headings_is_told():
    html = HTML.format("<h1>灰色の塔</h1><h2>序</h2>")
    first = next(read_html(io.BytesIO(html.encode()), "a.html"))
    (told,) = first.findings
    assert (told.code, told.severity, told.at.row) == ("script.plain-titles", "note", 1)
