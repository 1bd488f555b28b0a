"""Scenario sheets of Utage (宴), as a book and as CSV; and tables of other tools as sheets."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook
from voiceable import voiceable

from sbv2cli.errors import ScriptError
from sbv2cli.readers import excel
from sbv2cli.readers.detect import detect
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script

DATA = Path(__file__).parents[2] / "data" / "scripts" / "utage"
SAID = [
    (None, "灯台に灯がともる。", None),
    ("灯台守", "「誰だ？\n名乗れ！」", "keeper_001"),
    ("花子", "<param=name>です。", "voice/hanako_001"),
    (None, "（静かだな……）", None),
    ("？？？", "来たか。", None),
]


def codes(line):
    return [finding.code for finding in line.findings]


def test_a_short_row_of_a_scenario_without_a_translation_is_no_error():
    found = list(read_script(DATA / "lighthouse.csv", ReaderOptions(language="en")))
    assert [one.number for one in found if "script.row-short" in codes(one)] == []
    assert found[5].skip


@pytest.mark.parametrize("name", ["lighthouse.xls", "lighthouse.csv"])
def test_a_scenario(name):
    found = list(read_script(DATA / name))
    assert [(one.character, one.text, one.file) for one in found if voiceable(one)] == SAID
    assert [line.text for line in found if not voiceable(line)] == ["残る", "去る"]
    assert [line.number for line in found] == list(range(1, 8))
    assert codes(found[2]) == ["script.interpolation"]
    assert (found[0].ruby[0].span, found[0].ruby[0].reading) == ((3, 4), "あか")


def test_the_other_sheets_of_a_book_are_named_and_not_read():
    found = list(read_script(DATA / "lighthouse.xls"))
    assert [one.message.split('"')[1] for one in found[0].findings] == ["Character"]
    assert str(found[1].source).endswith("lighthouse.xls:灯台の夜!I5")
    with pytest.raises(ScriptError, match="no sheet has a header that names the text"):
        list(read_script(DATA / "lighthouse.xls", ReaderOptions(sheet="Character")))


@pytest.mark.parametrize("name", ["lighthouse.xls", "lighthouse.csv"])
def test_a_column_of_another_language(name):
    found = list(read_script(DATA / name, ReaderOptions(language="en")))
    assert [(line.text, line.skip) for line in found] == [
        ("The lamp is lit.", False),
        ("Who is it?\nSpeak!", False),
        ("", True),
        ("Stay", True),
        ("Leave", True),
        ("", True),
        ("You came.", False),
    ]


def book(*sheets):
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream


def test_tables_of_other_tools_are_read_from_sheets_too():
    stream = book(
        ("題", [["灯台の夜"], []]),
        ("Unity", [["Key", "Id", "English(en)", "Japanese(ja)"], ["u1", 1, "Hi", "<b>やあ</b>"]]),
        ("Yarn", [["id", "text", "node", "lock"], ["line:y1", "太郎: やあ", "Start", "ab"]]),
        ("訳", [["key", "ja", "en"], ["g1", "[b]はい[/b]", "Yes"]]),
        ("Unreal", [["Key", "SourceString"], ["s1", "一\\n二"]]),
        ("表", [["id", "キャラ", "セリフ"], ["t1", "花子", "うん"]]),
    )
    assert [(line.id, line.character, line.text) for line in excel.read(stream, "a.xlsx")] == [
        ("u1", None, "やあ"),
        ("y1", "太郎", "やあ"),
        ("g1", None, "はい"),
        ("s1", None, "一\n二"),
        ("t1", "花子", "うん"),
    ]


def test_the_header_of_a_scenario_is_recognised():
    header = "Command,Arg1,Arg2,Arg3,Arg4,Arg5,Arg6,WaitType,Text,PageCtrl,Voice,WindowType\n"
    assert detect(io.BytesIO(header.encode()), "a.csv")[0] == "utage"
    assert detect(io.BytesIO(header.replace(",", "\t").encode()), "a.txt")[0] == "utage"
