"""Corrections lie over a script: exactly the corrected lines are made again, nothing in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter
from stage import Sbv2, files, rows, script

SHEET = "id,text\na,橋の端。\nb,こんにちは。\nc,橋を渡る。\nd,さようなら。\n"
RENDER = ("render", "l.csv", "-m", "hana")
FIX = {"id": "a", "reading": "ハ'シノ/ハ'シ。", "note": "橋"}


def corrections(*records: object, name: str = "c.jsonl") -> Path:
    return script(name, "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in records))


def times(folder: str = "out") -> dict[str, int]:
    return {name: (Path(folder) / name).stat().st_mtime_ns for name in files(folder)}


def changed(before: dict[str, int]) -> set[str]:
    return {name for name, time in times().items() if before.get(name) != time}


@pytest.fixture
def rendered(sbv2: Sbv2) -> dict[str, int]:
    script("l.csv", SHEET)
    assert sbv2(*RENDER).status == 0
    return times()


def test_exactly_the_corrected_lines_are_made_again(sbv2: Sbv2, rendered: dict[str, int]) -> None:
    key = rows()["a"]["text_key"]
    corrections({**FIX, "text_key": key}, {"id": "b", "speed": "120%", "text": "こんにちは。"})
    plan = sbv2(*RENDER, "--corrections", "c.jsonl", "-n", "--json").json["plan"]
    assert [(one["id"], one["why"]) for one in plan if one["state"] != "fresh"] == [
        ("a", ["correction"]),
        ("b", ["correction", "speed 1→1.2"]),
    ]
    assert sbv2(*RENDER, "--corrections", "c.jsonl").status == 0
    assert changed(rendered) == {"a.wav", "b.wav", "timings/a.json", "timings/b.json"}
    found = rows()
    assert found["a"]["spoken"].startswith("ハシノハシ")
    assert (found["a"]["corrected"], found["a"]["note"]) == (["reading"], "橋")
    assert found["a"]["text_key"] == key
    assert (found["b"]["corrected"], found["b"]["speed"]) == (["speed"], 1.2)
    assert "corrected" not in found["c"]
    # The same corrections again are no news.
    before = times()
    assert "4 fresh" in sbv2(*RENDER, "--corrections", "c.jsonl").talk
    assert changed(before) == set()


def test_a_correction_holds_beside_a_new_dictionary(sbv2: Sbv2, rendered: dict[str, int]) -> None:
    corrections({**FIX, "text_key": rows()["a"]["text_key"]})
    script("words.csv", "surface,reading,accent\n橋,キョー,1\n")
    both = ("--corrections", "c.jsonl", "--dict", "words.csv")
    assert sbv2(*RENDER, *both).status == 0
    assert changed(rendered) >= {"a.wav", "c.wav"}
    assert not changed(rendered) & {"b.wav", "d.wav"}
    assert rows()["c"]["spoken"].startswith("キョー")
    assert rows()["a"]["spoken"].startswith("ハシノハシ")
    before = times()
    assert "4 fresh" in sbv2(*RENDER, *both).talk
    assert changed(before) == set()


def test_without_its_corrections_a_line_is_what_the_script_says(
    sbv2: Sbv2, rendered: dict[str, int]
) -> None:
    was = files()
    corrections(FIX)
    sbv2(*RENDER, "--corrections", "c.jsonl")
    assert "1 stale: correction (1)" in sbv2(*RENDER, "-n").talk
    assert sbv2(*RENDER).status == 0
    assert files() == was
    script("sbv2.toml", '[defaults]\ncorrections = ["c.jsonl"]\n')
    sbv2(*RENDER)
    assert rows()["a"]["corrected"] == ["reading"]


def test_the_manifest_of_a_corrected_run_keeps_the_corrections(
    sbv2: Sbv2, rendered: dict[str, int]
) -> None:
    corrections(FIX, {"id": "b", "take": 2}, {"id": "c", "skip": True, "note": "later"})
    sbv2(*RENDER, "--corrections", "c.jsonl")
    assert rows()["c"]["reason"] == "the corrections say so"
    assert sbv2("render", "out/manifest.jsonl", "-o", "again").status == 0
    old, new = rows(), rows("again")
    for name in old:
        kept = ("status", "reading", "take", "note", "corrected", "sha256", "meta")
        assert {key: old[name].get(key) for key in kept} == {
            key: new[name].get(key) for key in kept
        }


def test_a_correction_chooses_among_takes(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER, "--take", "1..3")
    second = files()["b-take2.wav"]
    corrections({"id": "b", "take": 2})
    result = sbv2(*RENDER, "--take", "1..3", "--corrections", "c.jsonl", "--json")
    assert result.json["summary"]["ok"] == 0
    assert files()["b.wav"] == second
    script("picks.csv", "id,take\nb,3\n")
    refused = sbv2(*RENDER, "--corrections", "c.jsonl", "--choose", "picks.csv")
    assert refused.status == 2
    assert "corrections.twice" in refused.talk


@pytest.mark.parametrize(
    ("record", "code", "said"),
    [
        ({"id": "z", "reading": "ア"}, "corrections.line-unknown", '"z"'),
        ({"id": "a", "text": "箸の端。", "skip": True}, "corrections.text-changed", '"a"'),
        ({"id": "a", "text_key": "0" * 32, "take": 2}, "corrections.text-changed", "橋の端。"),
        ({"id": "a", "readin": "ア"}, "corrections.key-unknown", 'did you mean "reading"?'),
        ({"id": "a", "reading": "漢字"}, "reading.notation", 'line "a"'),
        ({"id": "a", "speed": "fast"}, "setting.speed", "fast"),
        ({"id": "a", "speed": 99}, "setting.speed", "99"),
        ({"id": "a", "skip": "perhaps"}, "script.value", "perhaps"),
        ({"id": "a", "yomi": "ア", "reading": "イ"}, "corrections.key-twice", "reading"),
        ({"reading": "ア"}, "corrections.id-missing", "names no line"),
        (["a", "ア"], "corrections.syntax", "not an object"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_place(
    sbv2: Sbv2, rendered: dict[str, int], record: object, code: str, said: str
) -> None:
    corrections({"id": "d", "note": "fine"}, record)
    for command in (RENDER, (*RENDER, "-n"), ("check", "l.csv")):
        result = sbv2(*command, "--corrections", "c.jsonl")
        assert result.status == 2
        assert f"error[{code}]" in result.talk
        assert "at: c.jsonl:2" in result.talk
        assert said in result.talk
    assert times() == rendered


def test_a_line_has_one_correction(sbv2: Sbv2, rendered: dict[str, int]) -> None:
    corrections(FIX, FIX)
    corrections(FIX, name="same.jsonl")
    corrections({"id": "a", "take": 2}, name="other.jsonl")
    both = ("--corrections", "c.jsonl", "--corrections")
    assert sbv2(*RENDER, "-n", *both, "same.jsonl").status == 0
    result = sbv2(*RENDER, *both, "other.jsonl")
    assert result.status == 2
    assert 'line "a" is corrected in another way at c.jsonl:1' in result.talk
    assert "at: other.jsonl:1" in result.talk


def test_tables_say_the_same_as_json(sbv2: Sbv2, rendered: dict[str, int]) -> None:
    corrections({"id": "a", "reading": "ハ'シノ/ハ'シ。"}, {"id": "b", "pitch": "+2st"})
    wanted = sbv2(*RENDER, "-n", "--json", "--corrections", "c.jsonl").json["plan"]
    table = [
        ["id", "読み", "pitch", "note"],
        ["a", "ハ'シノ/ハ'シ。", "", ""],
        ["b", "", "+2st", ""],
    ]
    script("c.csv", "\n".join(",".join(row) for row in [*table, ["", "", "", ""]]))
    script("c.tsv", "\n".join("\t".join(row) for row in table))
    with xlsxwriter.Workbook("c.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
    for name in ("c.csv", "c.tsv", "c.xlsx"):
        plan = sbv2(*RENDER, "-n", "--json", "--corrections", name)
        assert plan.json["plan"] == wanted, name
    script("bad.csv", "id,readng\na,ア\n")
    result = sbv2(*RENDER, "--corrections", "bad.csv")
    assert 'corrections have no key "readng"' in result.talk
    assert "at: bad.csv:1:4" in result.talk
    script("wide.csv", "id,reading\na,ア,イ\n")
    assert sbv2(*RENDER, "--corrections", "wide.csv").status == 2


def test_a_text_keeps_its_corrections_when_sentences_are_put_in(sbv2: Sbv2) -> None:
    script("s.txt", "橋の端。\nこんにちは。\n")
    assert sbv2("render", "s.txt", "-m", "hana").status == 0
    key = rows()["s-0002"]["text_key"]
    corrections({"id": "s-0002", "text_key": key, "speed": 1.5})
    script("s.txt", "はじめに。\n橋の端。\nこんにちは。\n")
    before = times()
    result = sbv2("render", "s.txt", "-m", "hana", "--corrections", "c.jsonl")
    assert result.status == 0, result.talk
    assert {one for one in changed(before) if one.startswith("0002")} == {"0002.wav"}
    assert rows()["s-0002"]["speed"] == 1.5
    assert sbv2("check", "s.txt", "--corrections", "c.jsonl").status == 0


def test_check_shows_the_corrected_reading(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    corrections(FIX, {"id": "b", "skip": True})
    result = sbv2("check", "l.csv", "--corrections", "c.jsonl")
    assert "ハ'シノ/ハ'シ" in result.out or "ハ'シノハ'シ" in result.out
    assert "(skipped)" in result.out
