"""`sbv2 import` as a user sees it: files, streams, statuses."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

STORY = "# 第一章\n\n｜強敵《とも》と書く。\n「はい」\n\n=1+1\n"


@pytest.fixture
def story(stage):
    Path("story.txt").write_text(STORY, encoding="utf-8")


def rows(data):
    return [json.loads(row) for row in data.decode().splitlines()]


def test_json_lines_go_to_standard_output(sbv2, story):
    result = sbv2("import", "story.txt")
    assert result.status == 0
    assert rows(result.data)[1] == {
        "id": "story-0002",
        "text": "強敵と書く。",
        "ruby": [{"start": 0, "end": 2, "reading": "とも"}],
        "chapter": 1,
        "chapter_title": "第一章",
        "paragraph": 2,
    }
    assert result.talk == "4 lines\n"


def test_standard_input_is_a_source(sbv2):
    assert rows(sbv2("import", "-", stdin="やあ".encode()).data)[0]["text"] == "やあ"


@pytest.mark.parametrize("name", ["lines.jsonl", "lines.csv", "lines.xlsx"])
def test_what_is_written_is_rendered_under_the_same_names(sbv2, story, name):
    assert sbv2("import", "story.txt", "-o", name).status == 0
    shown = [
        json.loads(sbv2("check", script, "--json").data)["lines"] for script in ("story.txt", name)
    ]
    for line in (*shown[0], *shown[1]):
        del line["source"]
    assert shown[0] == shown[1]


def test_a_workbook_holds_no_formula(sbv2, story):
    assert sbv2("import", "story.txt", "-o", "lines.xlsx").status == 0
    sheet = openpyxl.load_workbook("lines.xlsx")["lines"]
    assert sheet.freeze_panes == "A2"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert "'=1+1" in [cell.value for cell in sheet["B"]]


def test_a_text_says_what_it_has_no_place_for(sbv2, stage):
    Path("a.csv").write_text(
        "id,キャラ,セリフ,備考\na1,太郎,やあ,早口\n,,はい,\n", encoding="utf-8"
    )
    result = sbv2("import", "a.csv", "-o", "a.txt")
    assert Path("a.txt").read_text(encoding="utf-8") == "やあ\nはい\n"
    assert "no place for: character (1), columns (1), id (1)" in result.talk


def test_a_file_is_not_replaced_unasked(sbv2, story):
    Path("lines.csv").write_text("id,text\na,mine\n", encoding="utf-8")
    result = sbv2("import", "story.txt", "-o", "lines.csv")
    assert result.status == 2
    assert "import.exists" in result.talk
    assert Path("lines.csv").read_text(encoding="utf-8") == "id,text\na,mine\n"
    assert sbv2("import", "story.txt", "-o", "lines.csv", "--force").status == 0


@pytest.mark.parametrize("output", ["lines.csv", "-"])
def test_nothing_is_written_if_a_line_has_an_error(sbv2, stage, output):
    Path("a.csv").write_text("id,text,speed\na,やあ,fast\nb,はい,1\n", encoding="utf-8")
    result = sbv2("import", "a.csv", "-o", output)
    assert result.status == 2
    assert result.data == b""
    assert "a.csv:2:6: setting.speed error" in result.talk
    assert "import.errors" in result.talk
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv", "voices"]


def test_the_format_is_that_of_the_suffix(sbv2, story):
    result = sbv2("import", "story.txt", "-o", "lines.doc")
    assert result.status == 2
    assert "import.suffix" in result.talk
    assert sbv2("import", "story.txt", "-o", "lines.doc", "--to", "csv").status == 0
    assert Path("lines.doc").read_bytes().startswith(b"\xef\xbb\xbfid,text,")


def test_the_result_is_json(sbv2, story):
    result = sbv2("import", "story.txt", "-o", "a.jsonl", "--json")
    assert json.loads(result.data)["lines"] == 4
    assert "import.stdout" in sbv2("import", "story.txt", "--json").talk


@pytest.mark.parametrize("name", ["lines.jsonl", "lines.csv"])
def test_carried_readings_go_along(sbv2, stage, name):
    Path("b.txt").write_text("竜胆《りんどう》が咲く。\n竜胆は青い。\n", encoding="utf-8")
    assert sbv2("import", "b.txt", "--ruby", "carry", "-o", name).status == 0
    result = sbv2("check", name, "--json")
    first, second = json.loads(result.data)["lines"]
    assert first["ruby"][0]["reading"] == second["carried"][0]["reading"] == "りんどう"
    assert "ruby" not in second or not second["ruby"]
