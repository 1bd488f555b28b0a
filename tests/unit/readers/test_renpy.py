"""Tables as Ren'Py, Yarn Spinner and VOICEVOX write them."""

from __future__ import annotations

import io

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers.renpy import RENPY_HEADER, read_renpy, read_voicevox, read_yarn


def renpy(*rows):
    text = "\n".join("\t".join(row) for row in (RENPY_HEADER, *rows)) + "\n"
    return list(read_renpy(io.BytesIO(text.encode()), "dialogue.tab"))


def test_renpy_cells_are_never_quoted():
    (line,) = renpy(("start_1a2b3c4d", "e", '"やあ"\\t{b}元気{/b}？', "s.rpy", "12", 'e "..."'))
    assert (line.id, line.character, line.text) == ("start_1a2b3c4d", "e", '"やあ"\t元気？')
    assert str(line.source) == "dialogue.tab:2:18"
    assert line.meta["Line Number"] == "12"


def test_renpy_menus_strings_and_values():
    menu, string, value, literal = renpy(
        ("start_1", "<menu caption>", "どうする？", "", "", ""),
        ("", "", "Start", "", "", ""),
        ("start_2", "extend e", "[name]さん", "", "", ""),
        ("start_3", '"謎の声"', "[[括弧]", "", "", ""),
    )
    assert [line.skip for line in (menu, string, value, literal)] == [True, True, False, False]
    assert [finding.code for finding in value.findings] == ["script.interpolation"]
    assert (value.character, literal.character, literal.text) == ("e", "謎の声", "[括弧]")
    assert literal.findings == ()


def test_renpy_rows_of_one_block_are_one_line():
    first, second = renpy(
        ("a", "e", "一。", "", "", ""),
        ("a", "e", "二。", "", "", ""),
        ("b", "e", "三。", "", "", ""),
    )
    assert (first.text, second.text) == ("一。\n二。", "三。")


def test_renpy_without_its_header_is_an_error():
    with pytest.raises(ScriptError, match='no column "Identifier"'):
        list(read_renpy(io.BytesIO(b"a\tb\n"), "dialogue.tab"))


def test_yarn():
    text = (
        "language,id,text,file,node,lineNumber,lock,comment\n"
        'ja,line:0e3dc4b,太郎: [wave]やあ[/wave],a.yarn,Start,7,ab,"Line metadata: happy"\n'
        "ja,line:0e3dc4c,{0}円です,a.yarn,Start,8,ab,\n"
        "ja,line:0e3dc4d,やあ,a.yarn,Start,9,ab,Line metadata: #shadow:0e3dc4b\n"
    )
    one, two, shadow = read_yarn(io.BytesIO(text.encode()), "strings.csv")
    assert (one.id, one.character, one.text, one.language) == ("0e3dc4b", "太郎", "やあ", "ja")
    assert (one.file, one.meta["file"], one.meta["node"]) == (None, "a.yarn", "Start")
    assert [finding.code for finding in two.findings] == ["script.interpolation"]
    assert shadow.skip


def test_voicevox_text():
    text = "四国めたん(ノーマル),こんにちは\nずんだもん(あまあま),やあ、元気\n続き\n"
    found = list(read_voicevox(io.BytesIO(text.encode()), "a.txt"))
    assert [(line.character, line.delivery.style, line.text) for line in found] == [
        ("四国めたん", None, "こんにちは"),
        ("ずんだもん", "あまあま", "やあ、元気"),
        ("ずんだもん", "あまあま", "続き"),
    ]
