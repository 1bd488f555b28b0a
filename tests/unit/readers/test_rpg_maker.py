"""Data of RPG Maker MV and MZ."""

from __future__ import annotations

import io
import json
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voiceable import voiceable

from sbv2cli.errors import ScriptError
from sbv2cli.readers.rpg_maker import read
from sbv2cli.readers.rpg_maker_text import Names, name_in_text, spoken
from sbv2cli.readers.script import read_scripts

DATA = Path(__file__).parents[2] / "data" / "scripts" / "rpgmaker"


def lines(*commands):
    page = {"list": [{"code": code, "indent": 0, "parameters": p} for code, *p in commands]}
    data = {"autoplayBgm": False, "events": [None, {"id": 1, "name": "EV001", "pages": [page]}]}
    return list(read(io.BytesIO(json.dumps(data).encode()), "Map001.json"))


def codes(line):
    return [finding.code for finding in line.findings]


def test_a_folder_is_read_in_the_order_of_its_names():
    found = list(read_scripts([DATA]))
    assert [(line.id, line.character, line.text) for line in found if voiceable(line)] == [
        ("CommonEvents-001-001", "太郎", "Wait for me!"),
        ("Map001-ev001-p1-001", "灯台守", "今夜は嵐になる。外へは出るな。"),
        ("Map001-ev001-p1-002", "ハロルド", "わかりました。"),
        ("Map001-ev001-p1-003", "ハロルド", "テレーゼを呼んでくる。"),
        ("Map001-ev001-p1-004", "People1", "\\V[12]人しかいないぞ。"),
        ("Map001-ev001-p1-005", None, "戸を叩く音がした。"),
        ("Map001-ev001-p2-001", "灯台守", "また会おう。"),
        ("Map001-ev003-p1-001", None, "むかし、岬に灯台があった。"),
        ("Map001-ev003-p1-002", "花子", "すごい！"),
        ("Map001-ev003-p1-003", "花子", "灯台は?"),
        ("Troops-001-p1-001", "こうもり", "キキッ！"),
    ]
    assert [line.text for line in found if not voiceable(line)] == ["はい", "いいえ"]
    assert [line.id_given for line in found] == [False] * len(found)
    files = [line.file for line in found if line.file]
    assert files == ["hanako/001", "hanako_002"]
    by_id = {line.id: line for line in found}
    assert codes(by_id["Map001-ev001-p1-004"]) == ["script.interpolation"]
    assert by_id["Map001-ev001-p1-004"].meta == {"event": "灯台守", "face": "People1 5"}
    (ruby,) = by_id["Map001-ev003-p1-003"].ruby
    assert (ruby.span, ruby.reading) == ((0, 2), "とうだい")


def test_scenes_that_a_plugin_keeps_by_name():
    def said(text):
        commands = [(101, ["", 0, 0, 2, "ナホ"]), (401, [text])]
        return [{"code": code, "indent": 0, "parameters": p} for code, p in commands]

    def read_json(data):
        return list(read(io.BytesIO(json.dumps(data).encode()), "Scenario.json"))

    found = read_json({"1": said("やあ。"), "EV22": said("また。"), "size": [1, 2]})
    assert [(line.id, line.text, line.character) for line in found] == [
        ("Scenario-1-001", "やあ。", "ナホ"),
        ("Scenario-EV22-001", "また。", "ナホ"),
    ]
    assert [line.id for line in read_json(said("やあ。"))] == ["Scenario-001"]


def test_a_line_stands_where_its_first_row_does():
    found = list(read_scripts([DATA / "Map001.json"]))
    rows = (DATA / "Map001.json").read_text(encoding="utf-8").split("\n")
    for line in found:
        command = rows[line.source.row - 1][line.source.column - 1 :]
        assert command.startswith('"code":')
        if voiceable(line):
            assert json.JSONDecoder().raw_decode("{" + command)[0]["code"] in {401, 405}


def test_other_files_of_the_folder_hold_no_lines(tmp_path):
    shutil.copy(DATA / "Actors.json", tmp_path)
    (tmp_path / "System.json").write_text('{"airship":{},"currencyUnit":"G"}', encoding="utf-8")
    assert list(read_scripts([tmp_path])) == []


def test_names_and_the_currency_come_from_the_files_beside(tmp_path):
    (tmp_path / "System.json").write_text('{"airship":{},"currencyUnit":"円"}', encoding="utf-8")
    for name in ("Map001.json", "Actors.json"):
        shutil.copy(DATA / name, tmp_path)
    (tmp_path / "CommonEvents.json").write_text(
        json.dumps(
            [None, {"id": 1, "list": [{"code": 101, "parameters": ["", 0, 0, 2]},
             {"code": 401, "parameters": ["100\\Gと\\N[2]と\\N[9]"]}]}]
        ),
        encoding="utf-8",
    )  # fmt: skip
    (line,) = read_scripts([tmp_path / "CommonEvents.json"])
    assert line.text == "100円とテレーゼと\\N[9]"
    assert codes(line) == ["script.interpolation"]


def test_ids_of_choices_are_never_those_of_others():
    found = lines((102, ["a", "b"]), (102, ["a"]), (101, "", 0, 0, 2), (401, "x"), (102, ["a"]))
    assert len({line.id for line in found}) == len(found) == 5


def test_messages_without_words_are_no_lines():
    assert lines((101, "", 0, 0, 2), (101, "Actor1", 0), (401, ""), (401, " "), (105, 2)) == []


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("\\C[2]赤\\C[0]い\\I[64]\\{石\\}。\\.\\|\\!\\>\\<\\^\\$", "赤い石。"),
        ("\\fs[28]大\\PX[10]き\\py[2]い\\fr", "大きい"),
        ("\\\\", "\\"),
        ("<b>太</b>字<WordWrap>と<color:red>色", "太字と色"),
        ("一行<br>二行", "一行二行"),
        ("\\r[岬,みさき]", "岬"),
        ("\\c[\\v[3]]青", "青"),
        ("大好き<3", "大好き<3"),
        ("C:\\\\data", "C:\\data"),
        ("\\LSOFF It was... \\LSON", "It was..."),
        ("{笑}はは", "{笑}はは"),
    ],
)
def test_control_codes_are_not_said(written, words):
    text = spoken([written], Names())
    assert (text.values, text.unknown) == ([], [])
    assert "".join(c for c in text.words if c not in "\ufff9\ufffb").split("\ufffa")[0] == words


@pytest.mark.parametrize(
    "value",
    ["\\tl{op_01}", "{op_01}", "\\V[1]", "\\n[\\v[2]]", "\\P[1]", "\\ItemName[3]", "\\nc[4]"],
)
def test_values_stay_as_they_are_written(value):
    text = spoken([f"{value}です"], Names())
    assert (text.words, text.values) == (f"{value}です", [value])


def test_a_code_that_is_not_known_is_left_out_and_found():
    (line,) = lines((101, "", 0, 0, 2), (401, "\\Zap[3]やあ"))
    assert line.text == "やあ"
    assert codes(line) == ["script.code-unknown"]


@pytest.mark.parametrize(
    ("rows", "name", "rest"),
    [
        (["\\n<太郎>やあ"], "太郎", ["やあ"]),
        (["\\NC<\\C[1]太郎\\C[0]>", "やあ"], "太郎", ["", "やあ"]),
        (["\\N[1]", "やあ"], "アレックス", ["やあ"]),
        (["\\C[4]\\N[1]：\\C[0]", "やあ"], "アレックス", ["やあ"]),
        (["\\N[1]「やあ」"], "アレックス", ["「やあ」"]),
        (["\\N[1]: Hi"], "アレックス", ["Hi"]),
        (["【太郎】", "やあ"], "太郎", ["やあ"]),
        (["\\C[2]太郎\\C[0]", "やあ"], "太郎", ["やあ"]),
        (["\\N[1]は行く。"], None, ["\\N[1]は行く。"]),
        (["【太郎】"], None, ["【太郎】"]),
        (["太郎「やあ」"], None, ["太郎「やあ」"]),
    ],
)
def test_names_in_a_box(rows, name, rest):
    assert name_in_text(rows, Names(actors={1: "アレックス"})) == (name, rest)


@pytest.mark.parametrize("text", ["[null,", "{", '[null,{"id":' + "1" * 5000 + "}]", "[" * 90_000])
def test_what_is_no_json_is_an_error(text):
    with pytest.raises(ScriptError) as caught:
        list(read(io.BytesIO(text.encode()), "Map001.json"))
    assert caught.value.code == "script.json"


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["events", "pages", "list", "code", "parameters", "id", "name"]), inner
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_any_json_is_read(value):
    for line in read(io.BytesIO(json.dumps(value).encode()), "a.json"):
        assert line.source.row == 1


@pytest.mark.parametrize("piece", ["\\C[", "\\N[1]", "<a ", "\\n<", "\\", "[", "【"])
def test_time_is_linear(piece):
    began = time.process_time()
    lines((101, "", 0, 0, 2), (401, piece * 20_000), (401, "b"))
    assert time.process_time() - began < 3
