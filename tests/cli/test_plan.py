"""Dry run, plan, progress and summary agree with each other and with what is done."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import Result, Sbv2, files, script

from sbv2cli.pipeline import planning, spool
from sbv2cli.writers import indexed_manifest, row_index
from sbv2cli.writers.manifest import read_manifest

TEXTS = ["橋。", "はし。", "こんにちは。", "大人気。", "♪", "", "おとなげ。", "三日月が出た。"]
READINGS = ["", "", "", "", "ハ'シ。", "漢字"]


def sheet(lines: list[dict[str, str]]) -> str:
    header = ("id", "text", "reading", "speed", "skip")
    return "".join(",".join(row) + "\n" for row in [header, *([*one.values()] for one in lines)])


def line(dice: random.Random, name: str) -> dict[str, str]:
    return {
        "id": name,
        "text": dice.choice(TEXTS),
        "reading": dice.choice(READINGS),
        "speed": dice.choice(["", "", "1.2"]),
        "skip": dice.choice(["", "", "", "yes"]),
    }


def edited(dice: random.Random, lines: list[dict[str, str]]) -> list[dict[str, str]]:
    lines = [dict(one) for one in lines]
    for number in range(dice.randint(1, 5)):
        at = dice.randrange(len(lines))
        what = dice.choice(("text", "speed", "reading", "skip", "id", "move", "more", "drop", "rm"))
        if what == "id":
            lines[at]["id"] = f"x{dice.randrange(10**6)}"
        elif what == "move":
            lines.insert(dice.randrange(len(lines)), lines.pop(at))
        elif what == "more":
            lines.insert(at, line(dice, f"m{number}{dice.randrange(10**6)}"))
        elif what == "drop" and len(lines) > 3:
            del lines[at]
        elif what == "rm":
            Path("out", f"{lines[at]['id']}.wav").unlink(missing_ok=True)
        elif what in lines[at]:
            lines[at][what] = line(dice, "")[what]
    return lines


def told(result: Result) -> list[str]:
    """The rows of the plan in what a command says."""
    word = r"new|stale|reuse|fresh|skipped|failed"
    return [row for row in said(result) if re.match(rf"[\d,]+ ({word})\b", row)]


def said(result: Result) -> Iterator[str]:
    """The rows that a command says; with `--progress json` they are messages of events."""
    for row in result.talk.splitlines():
        yield json.loads(row).get("message", "") if row.startswith("{") else row


def counted(result: Result) -> dict[str, int]:
    """What progress and summary say."""
    events = [json.loads(row) for row in result.talk.splitlines() if row.startswith("{")]
    (start,) = (event for event in events if event["type"] == "start")
    (end,) = (event for event in events if event["type"] == "summary")
    return {"total": start["total"], "lines": end["lines"], "failed": end["failed"]}


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few lines are a script that fits into no memory and is not read before the first sound."""
    monkeypatch.setattr(planning, "READ_AHEAD", 1)
    monkeypatch.setattr(spool, "IN_MEMORY", 4)
    monkeypatch.setattr(spool, "_CHUNK", 2)
    monkeypatch.setattr(row_index, "KEPT_ROWS", 3)
    monkeypatch.setattr(indexed_manifest, "KEPT_ROWS", 3)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("long")
def test_a_plan_that_is_made_on_the_way_ends_as_the_dry_run_says(sbv2: Sbv2, seed: int) -> None:
    dice = random.Random(seed)
    lines = [line(dice, f"l{number}") for number in range(12)]
    for round_ in range(4):
        script("l.csv", sheet(lines))
        options = ("--force",) if round_ == 2 else ()
        command = ("render", "l.csv", "-m", "hana", "--no-fsync", "--timings", "none", *options)
        dry = sbv2(*command, "-n", "--json")
        planned = Counter(item["state"] for item in dry.json["plan"])
        run = sbv2(*command, "--json", "--progress", "json")
        assert run.json["summary"]["states"] == planned
        rows = told(dry)
        assert rows
        assert told(run)[-len(rows) :] == rows
        written = sum(planned[state] for state in ("new", "stale", "reuse", "failed"))
        events = [json.loads(row) for row in run.talk.splitlines() if row.startswith("{")]
        totals = [event["total"] for event in events if event["type"] in {"start", "total"}]
        (end,) = (event for event in events if event["type"] == "summary")
        assert totals[-1] == end["lines"] == written
        assert Path("out/manifest.jsonl.index").is_file()
        sbv2(*command, "-o", "whole")
        assert dict(made(Path("out"))).items() >= dict(made(Path("whole"))).items()
        lines = edited(dice, lines)


def made(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files that rows tell of."""
    for row in read_manifest(folder / "manifest.jsonl").rows.values():
        if row.status in {"ok", "reused", "aliased"}:
            yield str(row.file), (folder / str(row.file)).read_bytes()


@pytest.mark.parametrize("seed", range(3))
def test_plan_and_summary_are_the_same_numbers(sbv2: Sbv2, seed: int) -> None:
    dice = random.Random(seed)
    lines = [line(dice, f"l{number}") for number in range(12)]
    for round_ in range(4):
        script("l.csv", sheet(lines))
        options = ("--force",) if round_ == 2 else ()
        command = ("render", "l.csv", "-m", "hana", "--no-fsync", "--timings", "none", *options)
        dry = sbv2(*command, "-n", "--json")
        planned = Counter(item["state"] for item in dry.json["plan"])
        run = sbv2(*command, "--json", "--progress", "json")
        summary = run.json["summary"]
        assert summary["states"] == planned
        assert told(dry) == told(run) != []
        written = sum(planned[state] for state in ("new", "stale", "reuse", "failed"))
        assert counted(run) == {"total": written, "lines": written, "failed": planned["failed"]}
        assert summary["ok"] == planned["new"] + planned["stale"]
        assert summary["reused"] == planned["reuse"] + planned["fresh"]
        for state in ("reuse", "fresh", "skipped", "failed"):
            count = re.search(rf"^{state}  ([\d,]+)$", "\n".join(said(run)), re.MULTILINE)
            assert (int(count[1]) if count else 0) == planned[state]
        lines = edited(dice, lines)


def test_a_new_dictionary_plans_what_it_changes(sbv2: Sbv2) -> None:
    lines = "".join(f"l{number},これは{number}番目の橋。\n" for number in range(9))
    script("l.csv", f"id,text\n{lines}z,川。\n")
    command = ("render", "l.csv", "-m", "hana", "--timings", "none")
    sbv2(*command)
    script("names.csv", "surface,reading,accent\n川,ガワ,1\n")
    before = files()
    result = sbv2(*command, "--dict", "names.csv", "--progress", "json", "--json")
    assert told(result) == ["1 stale: reading (1)", "9 fresh"]
    assert counted(result) == {"total": 1, "lines": 1, "failed": 0}
    assert [name for name, data in files().items() if before[name] != data] == ["z.wav"]


def test_a_format_is_named_only_where_it_is_another(sbv2: Sbv2) -> None:
    script("l.csv", "id,text\na,橋。\n")
    command = ("render", "l.csv", "-m", "hana", "--format", "ogg")
    sbv2(*command)
    assert told(sbv2(*command, "--speed", "1.2", "-n")) == ["1 stale: speed 1→1.2 (1)"]


def test_check_skips_what_a_run_skips(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,reading,skip\na,橋。,,\nb,,,\nc,♪,,\nd,川。,,yes\ne,,ハ'シ,\n")
    run = sbv2("render", "l.csv", "-m", "hana", "--json")
    checked = sbv2("check", "l.csv", "--json").json
    assert run.json["summary"]["states"] == {"new": 2, "skipped": 3}
    assert checked["summary"]["skipped"] == 3


def test_a_sheet_under_another_name_leaves_no_lines_behind_in_silence(sbv2: Sbv2) -> None:
    script("one.csv", "id,text\na,橋。\nb,川。\nc,山。\n")
    sbv2("render", "one.csv", "-m", "hana")
    script("two.csv", "id,text\na,橋。\nc,山。\n")
    result = sbv2("render", "two.csv", "-m", "hana")
    assert "kept of one.csv: 1, with their files: b;" in result.talk
    Path("one.csv").unlink()
    assert "1 orphaned file: b.wav" in sbv2("render", "two.csv", "-m", "hana").talk


def test_two_scripts_in_one_folder_are_no_news(sbv2: Sbv2) -> None:
    script("one.csv", "id,text\na,橋。\n")
    script("two.csv", "id,text\nb,川。\n")
    for name in ("one.csv", "two.csv", "one.csv"):
        assert "stay" not in sbv2("render", name, "-m", "hana").talk
