"""The report of a run: what changed and why, whole or not there, and nobody else's file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from stage import Sbv2, rows, script

SHEET = "id,text,speed\na,橋。,\nb,こんにちは。,\nc,さようなら。,\nd,山。,\n"
RENDER = ("render", "l.csv", "-m", "hana", "--no-fsync")


def report(folder: str = "out") -> dict[str, dict[str, str]]:
    """The rows of the table by id."""
    text = Path(folder, "changes.csv").read_text("utf-8-sig")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


def test_a_run_tells_what_it_did_and_why(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER)
    assert {name: row["why"] for name, row in report().items()} == dict.fromkeys("abcd", "new")
    old = rows()
    script(
        "l.csv",
        "id,text,speed,reading,skip\na,橋。,1.5,,\nk,こんにちは。,,,\nc,では。,,,\n"
        "e,鳥。,,漢字,\nf,橋。,1.5,,\n",
    )
    assert sbv2(*RENDER).status == 3
    found = report()
    assert {name: (row["what"], row["why"]) for name, row in found.items()} == {
        "a": ("made", "speed 1→1.5"),
        "c": ("made", "text"),
        "k": ("renamed", "was b"),
        "f": ("reused", "same as a"),
        "e": ("failed", "reading.notation"),
        "b": ("orphaned", ""),
        "d": ("orphaned", ""),
    }
    assert (found["c"]["text"], found["c"]["text before"]) == ("では。", "さようなら。")
    assert float(found["a"]["seconds before"]) == old["a"]["duration"]
    assert float(found["a"]["seconds"]) == rows()["a"]["duration"]
    assert found["k"]["file before"] == "b.wav"
    assert "reading.notation" in found["e"]["error"]
    page = Path("out/changes.md").read_text("utf-8")
    assert "1 new" not in page
    assert "2 reuse" in page
    assert "## Made (2)" in page
    assert rows()["c"]["change"] == {
        "what": "made",
        "why": ["text"],
        "text": "さようなら。",
        "duration": old["c"]["duration"],
    }
    pruned = sbv2(*RENDER, "--prune", "delete")
    assert pruned.status == 3
    assert {name for name, row in report().items() if row["what"] == "deleted"} == {"b", "d"}


def test_what_did_not_change_is_not_told(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER)
    script("l.csv", SHEET.replace("山。", "川。"))
    sbv2(*RENDER)
    assert set(report()) == {"d"}
    assert [name for name, row in rows().items() if "change" in row] == ["d"]
    times = [Path("out", name).stat().st_mtime_ns for name in ("changes.md", "changes.csv")]
    sbv2(*RENDER)
    assert times == [Path("out", n).stat().st_mtime_ns for n in ("changes.md", "changes.csv")]
    assert set(report()) == {"d"}


def test_other_words_with_the_same_sound_are_told(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,reading\na,大人気,オトナゲ\n")
    sbv2(*RENDER)
    script("l.csv", "id,text,reading\na,おとなげ,オトナゲ\n")
    sbv2(*RENDER)
    assert (report()["a"]["what"], report()["a"]["text before"]) == ("reworded", "大人気")


def test_a_run_that_goes_on_adds_to_the_one_that_was_killed(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER)
    script("l.csv", SHEET.replace("。,", "。,1.5"))
    sbv2(*RENDER, "--limit", "2")
    # As a kill leaves it: a new header, the rows of two lines, and no summary.
    path = Path("out/manifest.jsonl")
    head, *lines, _ = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([head, *lines, ""]), "utf-8")
    sbv2(*RENDER)
    assert {name: row["why"] for name, row in report().items()} == dict.fromkeys(
        "abcd", "speed 1→1.5"
    )


@pytest.mark.parametrize("name", ["changes.md", "changes.csv"])
def test_a_file_of_somebody_else_is_left_alone(sbv2: Sbv2, name: str) -> None:
    script("l.csv", SHEET)
    Path("out").mkdir()
    Path("out", name).write_text("mine")
    result = sbv2(*RENDER)
    assert (result.status, list(Path("out").iterdir())) == (2, [Path("out", name)])
    assert "error[changes.foreign]" in result.talk
    assert sbv2(*RENDER, "--changes", "none").status == 0
    assert Path("out", name).read_text() == "mine"


def test_no_report_of_an_earlier_run_stays_beside_a_new_one(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2(*RENDER)
    earlier = Path("out/changes.csv").read_bytes()
    script("l.csv", SHEET.replace("山。", "川。"))
    sbv2(*RENDER, "--changes", "md")
    assert not Path("out/changes.csv").exists()
    assert "川" in Path("out/changes.md").read_text("utf-8")
    # Without a report, what is there stays; so does what somebody else put in its place.
    Path("out/changes.csv").write_bytes(earlier)
    sbv2("render", "l.csv", "-m", "hana", "--no-fsync", "--changes", "none", "--force")
    assert Path("out/changes.csv").read_bytes() == earlier
    Path("out/changes.csv").write_text("mine")
    sbv2(*RENDER, "--changes", "md", "--force")
    assert Path("out/changes.csv").read_text("utf-8") == "mine"


def test_one_of_the_two_or_none(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    for form in ("md", "csv", "none"):
        sbv2(*RENDER, "-o", form, "--changes", form)
        there = {path.name for path in Path(form).iterdir() if path.name.startswith("changes")}
        assert there == ({f"changes.{form}"} if form != "none" else set())


def test_hostile_texts_are_text(sbv2: Sbv2) -> None:
    text = "</td><script>x()</script> | =1+1 \u202e [a](javascript:b) `c`\u001b[2J"
    script("l.jsonl", json.dumps({"id": "a", "text": text}) + "\n")
    sbv2("render", "l.jsonl", "-m", "hana")
    page = Path("out/changes.md").read_text("utf-8")
    (header, _, row) = (line for line in page.splitlines() if line.startswith("| "))
    assert not set("\u202e\u001b") & set(page)
    assert "<script" not in page.replace("\\<", "")
    assert "\\|" in row
    assert row.count(" | ") == header.count(" | ")
