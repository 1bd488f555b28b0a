"""Yarn Spinner's string tables."""

from __future__ import annotations

import io

import pytest

from sbv2cli.readers.yarn import FORMAT


def test_names_markup_values_and_shadows():
    text = (
        "language,id,text,file,node,lineNumber,lock,comment\n"
        'ja,line:0e3dc4b,太郎: [wave]やあ[/wave],a.yarn,Start,7,ab,"Line metadata: happy"\n'
        "ja,line:0e3dc4c,{0}円です,a.yarn,Start,8,ab,\n"
        "ja,line:0e3dc4d,やあ,a.yarn,Start,9,ab,Line metadata: #shadow:0e3dc4b\n"
    )
    one, two, shadow = FORMAT.read(io.BytesIO(text.encode()), "strings.csv")
    assert (one.id, one.character, one.text, one.language) == ("0e3dc4b", "太郎", "やあ", "ja")
    assert (one.file, one.meta["file"], one.meta["node"]) == (None, "a.yarn", "Start")
    assert [finding.code for finding in two.findings] == ["script.interpolation"]
    assert shadow.skip


def test_a_text_that_nobody_has_translated_is_skipped():
    text = "id,text,original,node,line_number\nline:1,やあ,Hello,Start,7\nline:2,,Goodbye,Start,8\n"
    done, empty = FORMAT.read(io.BytesIO(text.encode()), "ja.csv")
    assert (done.text, done.skip) == ("やあ", False)
    assert empty.skip
    assert [finding.severity for finding in empty.findings] == ["note"]


@pytest.mark.parametrize(
    ("text", "character", "spoken"),
    [
        ("イブ: やあ", "イブ", "やあ"),
        ("アダム:やあ、イブ！", "アダム", "やあ、イブ！"),
        ("イブ：やあ", None, "イブ：やあ"),
        (r"注意\: 危険", None, "注意: 危険"),
        (r"時刻 12\:30: 朝", "時刻 12:30", "朝"),
        ("一: 二: 三", "一", "二: 三"),
        ("やあ:", None, "やあ:"),
        ("a" * 41 + ": やあ", None, "a" * 41 + ": やあ"),
        ("[b]イブ: や[/b]あ{岬|みさき}", "イブ", "やあ岬"),
    ],
)
def test_the_first_colon_ends_the_name(text, character, spoken):
    table = f"id,text,node,lock\nline:1,{text},Start,ab\n"
    (line,) = FORMAT.read(io.BytesIO(table.encode()), "strings.csv")
    assert (line.character, line.text) == (character, spoken)


def test_markup_that_shows_one_of_several_words_is_a_value():
    said = "太郎: [b]今日[/b]は[select value={0} 1=一つ 2=二つ/]と{$gold}枚。"
    table = f"id,text,node,lock\nline:1,{said},Start,ab\n"
    (line,) = FORMAT.read(io.BytesIO(table.encode()), "strings.csv")
    assert (line.text, line.skip) == ("今日は[select value={0} 1=一つ 2=二つ/]と{$gold}枚。", True)
    assert [one.code for one in line.findings] == ["script.interpolation"]
