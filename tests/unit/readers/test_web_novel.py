"""Manuscripts of web novels: headings, scenes, prefaces, ruby, recognition."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from sbv2cli.readers.detect import detect
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script
from sbv2cli.readers.web_novel import read_kakuyomi, read_narou, read_pixiv

DATA = Path(__file__).parents[2] / "data" / "webnovel"
CASES = json.loads((DATA / "kakuyomi-cases.json").read_text(encoding="utf-8"))["cases"]
STARS = "*" * 44, "*" * 48


def lines(read, text, **options):
    return list(read(io.BytesIO(text.encode()), "novel.txt", ReaderOptions(**options)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["in"][:12])
def test_kakuyomi_is_read_as_its_parser_reads_it(case):
    found = lines(read_kakuyomi, case["in"], unit="paragraph")
    assert "\n\n".join(line.text for line in found) == case["text"]
    pairs = [[line.text[slice(*one.span)], one.reading] for line in found for one in line.ruby]
    assert pairs == case["ruby"]


def test_pictures_in_a_text_of_narou_are_not_spoken():
    found = lines(read_narou, "本文。\n<i12345|6789>\n続き<i1|2>です。\n")
    assert [line.text for line in found] == ["本文。", "続きです。"]
    assert [one.code for one in found[0].findings] == ["script.read-as", "book.pictures"]


def test_a_title_above_the_preface_is_kept():
    text = f"第1話　朝\n\n前書き。\n{STARS[0]}\n　本文。\n{STARS[1]}\n後書き。\n"
    found = lines(read_narou, text)
    assert [(line.text, line.heading) for line in found] == [("第1話　朝", True), ("本文。", False)]
    assert "4 rows" in found[0].findings[1].message
    # A preface that begins with a short row has no title.
    assert lines(read_narou, text.replace("第1話　朝", "こんにちは"))[0].text == "本文。"


PIXIV = """[chapter:第一章　[[rb:出会 > であ]]い]
　[[rb:鷹野 > たかの]]は走った。
[newpage]
　続き。[newpage]　また続き。
[pixivimage:12345-2]
[chapter:第二章]　[[jumpuri:サイト > https://example.com/?a=b]]を見た。[jump:2]
　[uploadedimage:9999]
"""


def test_the_tags_of_pixiv():
    found = lines(read_pixiv, PIXIV)
    assert [(line.text, line.chapter, line.heading, line.scene) for line in found] == [
        ("第一章　出会い", 1, True, None),
        ("鷹野は走った。", 1, False, None),
        ("続き。", 1, False, "2"),
        ("また続き。", 1, False, "3"),
        ("第二章", 2, True, None),
        ("サイトを見た。", 2, False, None),
    ]
    assert [[one.reading for one in line.ruby] for line in found[:2]] == [["であ"], ["たかの"]]
    assert [one.code for one in found[0].findings] == ["script.read-as", "book.pictures"]
    assert found[2].source.row == 4


def test_headings_of_kakuyomi_are_chapters_of_two_levels():
    found = lines(
        read_kakuyomi,
        "# 第一章　岬《みさき》\n\n## 一話\n\n　本文。続き。\n　◇\n「台詞」\n\n"
        "## 二話\n《《強く》》。\n",
    )
    assert [(line.text, line.level, line.chapter, line.scene) for line in found] == [
        ("第一章　岬", 1, 1, None),
        ("一話", 2, 2, None),
        ("本文。", None, 2, None),
        ("続き。", None, 2, None),
        ("「台詞」", None, 2, "2"),
        ("二話", 2, 3, None),
        ("強く。", None, 3, None),
    ]
    assert [line.chapter_title for line in found][:2] == ["第一章　岬", "一話"]
    assert [str(line.source) for line in found][:3] == [
        "novel.txt:1:3", "novel.txt:3:4", "novel.txt:5:2",
    ]  # fmt: skip


EPISODE = (
    f"お待たせしました。\n\n{STARS[0]}\n"
    f"第一話　出会い\n\n\n　紫陽花(あじさい)が咲いた。\n\n{STARS[1]}\n感想を。\n"
)


def test_an_episode_of_narou_has_a_title_and_no_preface():
    found = lines(read_narou, EPISODE)
    assert [(line.text, line.heading) for line in found] == [
        ("第一話　出会い", True),
        ("紫陽花が咲いた。", False),
    ]
    assert found[1].ruby[0].reading == "あじさい"
    assert [one.code for one in found[0].findings] == ["script.read-as", "script.left-out"]
    assert found[0].findings[1].message.endswith("4 rows")


def test_a_preface_is_spoken_by_choice():
    found = lines(read_narou, EPISODE, front_matter="speak")
    assert [line.text for line in found] == [
        "お待たせしました。", "第一話　出会い", "紫陽花が咲いた。", "感想を。",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("　一行目。\n\n二行目。\n", False),
        ("「おはよう」\n\n二行目。\n", False),
        ("題\n本文。\n", False),
        ("題\n\n本文。\n", True),
    ],
)
def test_a_first_row_is_a_title_only_where_it_looks_like_one(text, heading):
    assert lines(read_narou, text)[0].heading is heading


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (EPISODE, "narou"),
        (f"本文。\n{STARS[1]}\n後書き。\n", "narou"),
        (PIXIV, "pixiv"),
        ("朝。\n[newpage]\n夜。\n", "pixiv"),
        ("[[rb:鷹野 > たかの]]は走った。\n", "text"),
        ("# 題\n\n《《強く》》打った。\n", "kakuyomi"),
        ("# 一\n\n" + "岬《みさき》へ行く。\n" * 12 + "## 二\n", "kakuyomi"),
        ("# 一\n\n## 二\n\n" + "岬《みさき》へ行く。\n" * 4, "kakuyomi"),
        ("# 一\n\n## 二\n\n" + "岬《みさき》へ行く。\n" * 3, "text"),
        ("# 一\n岬《みさき》へ行く。\n", "text"),
        ("岬《みさき》へ行く。\n" * 30, "text"),
        ("紫陽花(あじさい)が咲く。\n" * 30, "text"),
        ("本文。\n" + "*" * 45 + "\n本文。\n", "text"),
    ],
)
def test_what_a_text_is_follows_from_evidence_alone(text, name):
    assert detect(io.BytesIO(text.encode()), "novel.txt")[0] == name


@pytest.mark.parametrize("name", ["narou", "kakuyomi"])
def test_markup_says_what_a_text_is(tmp_path, name):
    path = tmp_path / "novel.txt"
    path.write_text("紫陽花(あじさい)が《《咲く》》。岬《みさき》。\n", encoding="utf-8")
    found = list(read_script(path, ReaderOptions(markup=name)))
    assert name in found[0].findings[0].message.lower()
    assert len(found) == 2
