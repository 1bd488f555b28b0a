"""Other people's files stay, a blocked file costs its line, and the end of a run is always told."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from stage import Sbv2, files, rows, script

Spawn = Callable[..., "subprocess.Popen[bytes]"]

SHEET = "id,text\n" + "".join(f"l{number},{number}番目の文。\n" for number in range(6))
RENDER = ("render", "l.csv", "-m", "hana")


@pytest.fixture(autouse=True)
def _sheet(stage: Path) -> None:
    script("l.csv", SHEET)
    Path("out").mkdir()


def test_files_of_somebody_else_are_not_written_over(sbv2: Sbv2) -> None:
    Path("out/timings").mkdir()
    for name in ("l1.wav", "L3.WAV", "l4.wav", "timings/l5.json"):
        Path("out", name).write_text("mine")
    for options in ((), ("-n",)):
        result = sbv2(*RENDER, *options)
        assert result.status == 2
        assert "error[name.foreign]" in result.talk
        assert "at: out/l1.wav (line l1, l.csv:3:4)" in result.talk
        assert "out/timings/l5.json" in result.talk
        assert "3 problems; nothing was spoken" in result.talk
    assert set(files().values()) == {b"mine"}
    assert sbv2(*RENDER, "--limit", "1").status == 0
    assert sbv2(*RENDER, "--timings", "none", "--select", "id=l5").status == 0
    assert sbv2(*RENDER, "--adopt").status == 0
    assert {name for name, data in files().items() if data == b"mine"} == {"L3.WAV"}
    assert "6 fresh" in sbv2(*RENDER).talk


def test_what_was_written_once_stays_ours(sbv2: Sbv2) -> None:
    assert sbv2(*RENDER).status == 0
    # A line that fails leaves its file, a line that is skipped too; both may come back.
    script("l.csv", "id,text,reading,skip\nl0,〇番目の文。,漢字,\nl1,一番目の文。,,yes\n")
    assert sbv2(*RENDER).status == 3
    script("l.csv", SHEET.replace("番目", "番"))
    assert sbv2(*RENDER).status == 0
    # Without the manifest nobody knows whose they are.
    Path("out/manifest.jsonl").unlink()
    assert sbv2(*RENDER).status == 2
    assert sbv2(*RENDER, "--force").status == 0


def test_a_killed_run_knows_its_own_files(sbv2: Sbv2, spawn: Spawn) -> None:
    process = spawn(*RENDER, "--print", "id", "--no-fsync")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    # As if it had been killed before it noted a file that is there.
    path = Path("out/manifest.jsonl")
    records = [json.loads(row) for row in path.read_text("utf-8").splitlines() if row[-1:] == "}"]
    claims = [one for one in records if one.get("status") == "cancelled"]
    assert claims
    kept = [one for one in records if one["type"] == "job" or one in claims]
    path.write_text("".join(f"{json.dumps(one)}\n" for one in kept), "utf-8")
    assert sbv2(*RENDER).status == 0
    assert {row["status"] for row in rows().values()} == {"ok"}


def test_a_damaged_row_still_claims_its_file(sbv2: Sbv2) -> None:
    assert sbv2(*RENDER).status == 0
    path = Path("out/manifest.jsonl")
    whole = path.read_text("utf-8").splitlines()
    record = next(row for row in map(json.loads, whole) if row.get("id") == "l1")
    kept = [row for row in whole if json.loads(row).get("id") != "l1"]
    path.write_text("\n".join([*kept, json.dumps(record | {"n": "two"}), ""]), "utf-8")
    Path("out/l1.wav").write_bytes(b"an older sound")
    result = sbv2(*RENDER)
    assert result.status == 0, result.talk
    assert "made  1: 1 new" in result.talk
    assert rows()["l1"]["sha256"] == record["sha256"]


def test_the_refusal_says_that_a_damaged_row_may_have_told_of_the_file(sbv2: Sbv2) -> None:
    assert sbv2(*RENDER).status == 0
    path = Path("out/manifest.jsonl")
    path.write_text(path.read_text("utf-8").replace('"id":"l1"', '"id":"l1'), "utf-8")
    result = sbv2(*RENDER)
    assert result.status == 2
    assert "at: out/l1.wav (line l1, l.csv:3:4)" in result.talk
    assert "damaged rows of the manifest: 1, and it may be one of theirs" in result.talk
    assert sbv2(*RENDER, "--adopt").status == 0
    assert "6 fresh" in sbv2(*RENDER).talk


def test_folders_and_parts_of_others_stay(sbv2: Sbv2) -> None:
    keep = ("out/.sbv2/notes.txt", "out/.sbv2/held/diary", "out/.song.wav.77.part")
    gone = ("out/.sbv2/held/" + "0" * 32, "out/.l1.wav.77.part", "out/.manifest.jsonl.77.part")
    for name in (*keep, *gone):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x")
    assert sbv2(*RENDER).status == 0
    assert [name for name in keep if not Path(name).exists()] == []
    assert [name for name in gone if Path(name).exists()] == []


def test_a_linked_store_is_not_emptied(sbv2: Sbv2) -> None:
    Path("elsewhere").mkdir()
    Path("elsewhere", "0" * 32).write_text("mine")
    Path("out/.sbv2").mkdir()
    Path("out/.sbv2/held").symlink_to(Path("elsewhere").absolute())
    assert sbv2(*RENDER).status == 0
    assert Path("elsewhere", "0" * 32).read_text() == "mine"


def test_a_blocked_file_costs_its_line_alone(sbv2: Sbv2) -> None:
    Path("out/l2.wav/inside").mkdir(parents=True)
    result = sbv2(*RENDER, "--adopt")
    assert result.status == 3
    assert "error[disk.blocked] in 1 line" in result.talk
    assert "made  5: 5 new" in result.talk
    assert rows()["l2"]["error"]["code"] == "disk.blocked"
    shutil.rmtree("out/l2.wav")
    again = sbv2(*RENDER)
    assert again.status == 0
    assert "made  1: 1 new" in again.talk


def test_a_manifest_that_cannot_be_written_is_found_first(
    sbv2: Sbv2,
) -> None:
    Path("blocked").write_text("a file")
    result = sbv2(*RENDER, "--manifest", "blocked/manifest.jsonl")
    assert result.status == 4
    assert "blocked/manifest.jsonl" in result.talk
    assert files() == {}


def test_a_folder_that_vanishes_ends_the_run(sbv2: Sbv2, spawn: Spawn) -> None:
    script("l.csv", "id,text\n" + "".join(f"l{n},{n}番目の長い文です。\n" for n in range(1500)))
    process = spawn(*RENDER, "--print", "id", "--no-fsync", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    Path("out").rename("gone")
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        process.stdout.readline()
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 4
    assert b"error[disk.vanished]" in talk
    assert b"not reached" in talk
    assert not Path("out").exists()
