"""Markdown of novelists and of everybody else."""

from __future__ import annotations

import contextlib
import io
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.detect import detect
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.markdown import read, read_facts


def test_links_marks_and_comments_of_obsidian():
    text = (
        "# 第一章 {#one .title}\n\n> [!note]- メモ\n> ここは注釈。\n\n"
        "[[登場人物|太郎]]は[[岬#朝]]へ。[[rb:岬 > みさき]]だ。==強調==した。 ^id-1\n"
        "%%コメント\n二行%%次。![絵](a.png){width=50%}\n![[絵.png|200]]![[第二章]]\n"
        "{猫|ねこ}と平成^30^\n## {猫|ねこ}の章{.c}\n1 == 2 は 50%%\n"
    )
    found = lines(text)
    assert [line.text for line in found] == [
        "第一章", "メモ", "ここは注釈。", "太郎は岬へ。", "岬だ。", "強調した。", "次。",
        "猫と平成30", "猫の章", "1 == 2 は 50%%",
    ]  # fmt: skip
    assert {one.code for one in found[0].findings} == {"book.pictures", "book.embedded"}
    assert [line.source.row for line in found][-4:] == [8, 10, 11, 12]


def test_properties_that_notion_exports_are_left_out_and_told():
    text = "# 朝\n\nCreated: November 1, 2026 1:00 PM\n担当: 太郎\n\n岬だ。\n"
    found = lines(text)
    assert [line.text for line in found] == ["朝", "岬だ。"]
    assert [one.code for one in found[0].findings] == ["book.front-matter"]
    assert len(texts(text, front_matter="speak")) > 2
    assert texts("# 朝\n\n太郎: やあ。\n花子: うん。\n") == ["朝", "太郎: やあ。", "花子: うん。"]


def test_what_is_struck_through_is_spoken_with_a_warning():
    (line,) = lines("終わり~~取り消し~~。\n")
    assert [(one.code, one.severity) for one in line.findings] == [("book.struck", "warning")]


@given(st.text("[]!|=%{}#.^> \nあa:", max_size=60))
def test_any_text_in_brackets(text):
    assert all(line.text for line in lines(text))


def test_many_brackets_are_read_in_time_that_grows_with_them():
    for mark in ("[[", "==a", "%%", "> [!", " ^a", "# a{.", "{:", "![["):
        begun = time.process_time()
        lines(mark * 20_000)
        assert time.process_time() - begun < 10, mark


def lines(text, **options):
    return list(read(io.BytesIO(text.encode()), "novel.md", ReaderOptions(**options)))


def texts(text, **options):
    return [line.text for line in lines(text, **options)]


def ruby(text, **options):
    return [
        (line.text[slice(*one.span)], one.reading)
        for line in lines(text, **options)
        for one in line.ruby
    ]


def test_a_novel():
    novel = """---
title: 岬
---
#　第一章　朝

岬《みさき》の灯台に、
「やあ」と**「太郎」**が言った。
　次の段落。

彼は去った。
---
翌朝。

第二章
======

＊＊＊

海。
"""
    found = lines(novel)
    assert [(line.source.row, line.chapter, line.scene, line.text) for line in found] == [
        (4, 1, None, "第一章\u3000朝"),
        (6, 1, None, "岬の灯台に、"),
        (7, 1, None, "「やあ」と「太郎」が言った。"),
        (8, 1, None, "次の段落。"),
        (10, 1, None, "彼は去った。"),
        (12, 1, "2", "翌朝。"),
        (14, 2, None, "第二章"),
        (19, 2, "2", "海。"),
    ]
    assert [line.level for line in found if line.heading] == [1, 1]
    assert len({line.paragraph for line in found}) == len(found)
    assert {line.language for line in found} == {"ja"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("漢字《かんじ》と｜強敵《とも》", [("漢字", "かんじ"), ("強敵", "とも")]),
        ("<ruby>海<rt>うみ</rt></ruby>の岬《みさき》", [("海", "うみ"), ("岬", "みさき")]),
        ("{電子|でん|し}書籍と{本|ほん}", [("電子", "でんし"), ("本", "ほん")]),
        ("**岬《みさき》**へ", [("岬", "みさき")]),
        ("# 岬《みさき》", [("岬", "みさき")]),
    ],
)
def test_ruby(text, expected):
    assert ruby(text) == expected
    assert ruby(text, ruby="base") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo *three* `four`", ["one two three four"]),
        ("[花子](http://x)と![絵](a.png)～~~消~~", ["花子と～消"]),
        ("- あ\n- い\n  1. う", ["あ", "い", "う"]),
        ("| 名 | 文 |\n|---|---|\n| 太郎 | やあ |", ["名\u3000文", "太郎\u3000やあ"]),
        ("> 引用\n\n本文<!-- 註 -->", ["引用", "本文"]),
        ("    字下げ", ["字下げ"]),
        ("あ\n\n```\ncode\n```\n\nい", ["あ", "い"]),
        ("a\\*b &amp; c", ["a*b & c"]),
        ("5 < 6 <3", ["5 < 6 <3"]),
        ("**「強調」**と__（強調）__は", ["「強調」と（強調）は"]),
        ("A *long\nemphasis* here", ["A long emphasis here"]),
        ("これは*長い\n強調*です", ["これは長い強調です"]),
        ("本文[^1]です。\n\n[^1]: 註です。\n    続き。\n\n次。", ["本文です。", "次。"]),
        ("本文^[註です。]です。", ["本文です。"]),
        # Of でんでんマークダウン: upright figures, a number of a page, a break of pages.
        ("平成^30^年、x^2^\n\n[%12]\n\n===\n\n次", ["平成30年、x2", "次"]),
        ("[[toc]]\n\n[TOC]\n\nあ\n{: .class}\n\n*[HTML]: Hyper\n\nい", ["あ", "い"]),
        (":::message alert\n囲み\n:::\n\n::: details 題 です\n中\n:::", ["囲み", "題 です", "中"]),
        # Of Pandoc: small letters, spans, raw HTML, terms and what they mean.
        ("H~2~Oとわ~い、やった~", ["H2Oとわ~い、やった~"]),
        (
            "[一]{.num} [二](x){.a}`<ruby>`{=html}岬`<rt>みさき</rt></ruby>`{=html}`x`{=latex}",
            ["一 二岬"],
        ),
        ("用語\n:   その説明。\n\n: 表の題", ["用語", "その説明。", "表の題"]),
        ("#第一章　朝\n本文。\n#エピローグ\n", ["第一章　朝", "本文。", "エピローグ"]),
        ("- [ ] 未\n- [x] 済\n\nx [x] y", ["未", "済", "x [x] y"]),
    ],
)
def test_text(text, expected):
    assert texts(text) == expected


def test_what_is_left_out_is_told():
    text = "本文[^1]です。\n\n[^1]: 註です。\n\n```\nx\n```\n"
    notes, code = lines(text)[0].findings
    assert (notes.code, code.code) == ("book.notes", "book.code")
    assert notes.message == "notes are left out (4 characters)"
    assert texts(text, notes="speak") == ["本文です。", "註です。"]


def test_a_rule_below_a_sentence_is_no_heading():
    assert [line.heading for line in lines("終わった。\n---\n次。")] == [False, False]
    assert [line.heading for line in lines("題\n---\n次。")] == [True, False]
    assert [line.heading for line in lines("あ\nい\n---\n次。")] == [False] * 3


def test_the_language_that_the_file_names():
    assert [line.language for line in lines("---\nlang: en\n---\nHello.")] == ["en"]
    assert texts("+++\ntitle = 'x'\n+++\nHello.") == ["Hello."]


def test_what_a_text_says_of_itself():
    text = "---\ntitle: '岬の灯台'\nauthor: 海野 太郎\ntags: [a]\n---\n本文。"
    facts = read_facts(io.BytesIO(text.encode()), "a.md")
    assert (facts.title, facts.people[0].name, facts.language) == ("岬の灯台", "海野 太郎", None)
    assert read_facts(io.BytesIO("題\n".encode()), "a.md").title is None


def test_it_is_known_by_its_suffix():
    for name in ("a.md", "A.MARKDOWN"):
        assert detect(io.BytesIO("---\ntitle: やあ\n---\n本文。\n".encode()), name)[0] == "markdown"


@given(st.lists(st.text(alphabet="あいう漢字。、「」ab ", min_size=1, max_size=12), max_size=8))
def test_no_character_is_lost(rows):
    text = "\n".join(rows)
    squeezed = [re.sub(r"\s", "", part) for part in (text, "".join(texts(text)))]
    assert squeezed[0] == squeezed[1]


@given(st.text(alphabet="あ漢《》|｜#*_-=>`~[]()!<>{}^:1. \t\n", max_size=120))
def test_any_text_is_lines_or_an_error(text):
    with contextlib.suppress(ScriptError):
        for line in lines(text):
            for one in line.ruby:
                assert 0 <= one.span[0] < one.span[1] <= len(line.text)


@pytest.mark.parametrize(
    "piece",
    [
        "*a ",
        "**",
        "[",
        "![](",
        "`",
        "<",
        "> ",
        "- ",
        "|a|b",
        "[^1]: ",
        "{a|b",
        "```\n",
        "あ\n",
        "~~",
    ],
)
def test_time_grows_with_the_text(piece):
    began = time.process_time()
    with contextlib.suppress(ScriptError):
        lines(piece * 20_000)
    assert time.process_time() - began < 10


TAGGED = (
    "#小説 #下書き/第一稿\n\n# 岬\n\n「#1 の男」と#2番。\n\n今日も #海 だ。\n\nC#と#。\n\n"
    "#直す、 #後で\n"
)


def test_tags_above_and_below_a_text_are_left_out_and_others_are_told():
    found = lines(TAGGED)
    assert [line.text for line in found] == [
        "岬",
        "「#1 の男」と#2番。",
        "今日も #海 だ。",
        "C#と#。",
    ]
    said = {one.code: one.message for one in found[0].findings}
    assert said == {
        "book.front-matter": "left out: tags (18 characters)",
        "book.tags": "tags such as #name among the text, which are spoken: 1",
    }
    assert lines(TAGGED, front_matter="speak")[0].text == "#小説 #下書き/第一稿"


def test_what_scrivener_fills_in_is_no_text():
    first, second = lines("<$n>章だ。\n\n山。")
    assert (first.skip, second.skip) == (True, False)
    assert "Scrivener" in first.findings[0].message
    (filled, _) = lines("<$n>章だ。\n\n山。", fill={(None, "n"): "三"})
    assert (filled.text, filled.skip) == ("三章だ。", False)
