"""Translation blocks of Ren'Py."""

from __future__ import annotations

import io

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers.renpy_translation import read


def lines(text):
    return list(read(io.BytesIO(text.encode()), "script.rpy"))


def test_blocks_are_lines_and_strings_are_not():
    found = lines(
        "# game/script.rpy:1\n"
        "translate japanese start_1:\n\n"
        '    # e "Hi \\"you\\"."\n'
        '    e happy @ smile "やあ\\"君\\"。{w}元気{b}？{/b}" with dissolve\n\n'
        "translate japanese start_2:\n"
        '    voice "a.ogg"\n'
        '    extend "続き。"\n'
        "translate japanese start_3:\n"
        '    "謎の声" "100%だ。"\n'
        '    "次。"\n'
        "translate japanese start_4:\n    nvl clear\n"
        "translate japanese strings:\n"
        '    old "a"\n    new "あ"\n'
        "translate japanese python:\n"
        '    a = "b"\n'
    )
    assert [(line.id, line.character, line.text) for line in found] == [
        ("start_1", "e", 'やあ"君"。元気？'),
        ("start_2", "e", "続き。"),
        ("start_3", "謎の声", "100%だ。"),
        ("start_3.2", None, "次。"),
    ]
    assert [one.code for one in found[3].findings] == ["script.speakers-several"]
    assert str(found[0].source) == "script.rpy:5:22"
    assert [line.number for line in found] == [1, 2, 3, 4]
    (note,) = found[0].findings
    assert (note.code, note.message) == (
        "script.left-out",
        "texts of menus and screens are not spoken: 1",
    )


def test_several_speak_in_one_block():
    found = lines(
        "translate japanese a_1:\n"
        '    e "やあ。"\n    e "元気？"\n    h "うん。"\n    extend "元気。"\n    e "よかった。"\n'
        'translate japanese a_2:\n    extend "本当に。"\n'
    )
    assert [(line.id, line.number, line.character, line.text) for line in found] == [
        ("a_1", 1, "e", "やあ。\n元気？"),
        ("a_1.2", 2, "h", "うん。\n元気。"),
        ("a_1.3", 3, "e", "よかった。"),
        ("a_2", 4, "e", "本当に。"),
    ]
    told = found[1].findings[-1]
    assert (told.code, told.at.row) == ("script.speakers-several", 4)
    assert told.hint == 'put a voice statement before it: voice "a_1.2.ogg"'


def test_a_file_of_menus_and_screens_alone_is_refused():
    with pytest.raises(ScriptError) as caught:
        lines('translate japanese strings:\n    old "a"\n    new "あ"\n')
    assert (caught.value.code, "1 texts" in caught.value.message) == ("script.unsupported", True)


def test_brackets_values_and_ruby():
    one, two, three = lines(
        'translate japanese a:\n    "上の[[c]。"\n'
        'translate japanese b:\n    "[name!t]さん"\n'
        'translate japanese c:\n    "{rb}東京{/rb}{rt}とうきょう{/rt}と【岬｜みさき】"\n'
    )
    assert (one.text, one.findings) == ("上の[c]。", ())
    assert [finding.code for finding in two.findings] == ["script.interpolation"]
    assert (three.text, [over.reading for over in three.ruby]) == (
        "東京と岬", ["とうきょう", "みさき"],
    )  # fmt: skip


def test_a_source_without_translations_is_refused():
    with pytest.raises(ScriptError) as caught:
        lines('label start:\n    e "やあ。"\n')
    assert caught.value.code == "script.unsupported"
    assert "dialogue.tab" in caught.value.hint
    assert lines("") == lines("\n") == []
