"""Ren'Py's dialogue.tab."""

from __future__ import annotations

import io

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers.renpy import HEADER, read


def renpy(*rows):
    text = "\n".join("\t".join(row) for row in (HEADER, *rows)) + "\n"
    return list(read(io.BytesIO(text.encode()), "dialogue.tab"))


def test_cells_are_never_quoted():
    (line,) = renpy(("start_1a2b3c4d", "e", '"やあ"\\t{b}元気{/b}？', "s.rpy", "12", 'e "..."'))
    assert (line.id, line.character, line.text) == ("start_1a2b3c4d", "e", '"やあ"\t元気？')
    assert str(line.source) == "dialogue.tab:2:18"
    assert line.meta["Line Number"] == "12"


def test_menus_strings_and_values():
    menu, string, value, literal = renpy(
        ("start_1", "<menu caption>", "どうする？", "", "", ""),
        ("", "", "Start", "", "", ""),
        ("start_2", "extend e", "[name]さん", "", "", ""),
        ("start_3", '"謎の声"', "[[括弧]", "", "", ""),
    )
    assert [line.skip for line in (menu, string, value, literal)] == [True, True, True, False]
    assert [finding.code for finding in value.findings] == ["script.interpolation"]
    assert (value.character, literal.character, literal.text) == ("e", "謎の声", "[括弧]")
    assert literal.findings == ()


def test_rows_of_one_block_are_one_line():
    first, second = renpy(
        ("a", "e", "一。", "", "", ""),
        ("a", "e", "二。", "", "", ""),
        ("b", "e", "三。", "", "", ""),
    )
    assert (first.text, second.text) == ("一。\n二。", "三。")
    assert (first.number, second.number) == (1, 2)


def test_without_its_header_is_an_error():
    with pytest.raises(ScriptError, match='no column "Identifier"'):
        list(read(io.BytesIO(b"a\tb\n"), "dialogue.tab"))
