"""`sbv2 book`: a manuscript becomes an audiobook, whatever happens on the way."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
import webvtt
from stage import Sbv2, script

av = pytest.importorskip("av", reason='needs the extra "book"')

DATA = Path(__file__).parents[1] / "data"
TOKYO = DATA / "aozora" / "45623_ruby_20632.txt"
EPUB = DATA / "books" / "epub" / "aozora-two-works-epub2.epub"
STORY = "# 第一章\n\nおはよう。今日は晴れ。\n\n# 第二章\n\nさようなら。\n"

Spawn = Callable[..., "subprocess.Popen[bytes]"]


def made(folder: Path) -> dict[str, bytes]:
    """Every file of a book and of its work folder that has no time of day in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {"manifest.jsonl", "changes.md", "changes.csv"}
    }


def test_a_text_becomes_a_book(sbv2: Sbv2) -> None:
    script("a.txt", STORY)
    command = ("book", "a.txt", "-m", "hana", "--subtitles", "vtt", "--loudness", "lufs:-30")
    result = sbv2(*command, "--split", "sentence", "--title", "本《ほん》", "--json")
    assert result.status == 0, result.talk
    assert result.json["files"] == ["a.m4b"]
    assert result.json["summary"]["ok"] == 5
    assert sorted(path.name for path in Path().glob("a.*")) == [
        *("a.m4b", "a.report.json", "a.report.md", "a.txt", "a.vtt", "a.work")
    ]
    with av.open("a.m4b") as file:
        assert [c["metadata"]["title"] for c in file.chapters()] == ["第一章", "第二章"]
        assert file.metadata["title"] == "本"
        starts = [float(c["start"] * c["time_base"]) for c in file.chapters()]
    cues = list(webvtt.read("a.vtt"))
    assert [cue.text for cue in cues] == [
        *("第一章", "おはよう。", "今日は晴れ。", "第二章", "さようなら。")
    ]
    assert float(cues[3].start.split(":")[-1]) == pytest.approx(starts[1], abs=0.01)


def test_nothing_is_done_twice_and_what_people_change_stays(sbv2: Sbv2) -> None:
    script("a.txt", STORY)
    command = ("book", "a.txt", "-m", "hana", "-o", "a.flac", "--split", "sentence", "--json")
    assert sbv2(*command).status == 0
    before = made(Path())
    again = sbv2(*command).json
    assert (again["fresh"], again["summary"]["reused"]) == (True, 5)
    assert made(Path()) == before
    lines = Path("a.work/lines.jsonl").read_text("utf-8").splitlines()
    changed = json.loads(lines[4]) | {"reading": "サヨナラ'"}
    script("a.work/lines.jsonl", "\n".join([*lines[:4], json.dumps(changed)]) + "\n")
    edited = sbv2(*command).json
    assert (edited["fresh"], edited["summary"]["ok"], edited["summary"]["reused"]) == (False, 1, 4)
    # Another sentence in front: ids outlive it, and so does the change.
    script("a.txt", STORY.replace("おはよう。", "こんばんは。おはよう。"))
    longer = sbv2(*command).json
    assert (longer["summary"]["ok"], longer["summary"]["reused"]) == (1, 5)
    assert "サヨナラ'" in Path("a.work/lines.jsonl").read_text("utf-8")


def test_audio_of_somebody_else_in_the_work_folder_stays_until_it_is_adopted(sbv2: Sbv2) -> None:
    script("a.txt", STORY)
    command = ("book", "a.txt", "-m", "hana", "-o", "a.flac", "--split", "sentence")
    assert sbv2(*command).status == 0
    Path("a.work/manifest.jsonl").unlink()
    sound = next(Path("a.work").rglob("*.wav"))
    sound.write_text("mine")
    for options in ((), ("--force",)):
        result = sbv2(*command, *options)
        assert result.status == 2
        assert "error[name.foreign]" in result.talk
        assert "write over it: --adopt" in result.talk
        assert sound.read_text("utf-8") == "mine"
    adopted = sbv2(*command, "--adopt")
    assert adopted.status == 0, adopted.talk
    assert soundfile.info(sound).frames


def test_what_a_book_says_of_itself_becomes_tags(sbv2: Sbv2) -> None:
    shutil.copy(TOKYO, "tokyo.txt")
    assert sbv2("book", "tokyo.txt", "-m", "hana", "-o", "out/t.m4b").status == 0
    assert Path("out/t.work/lines.jsonl").exists()
    with av.open("out/t.m4b") as file:
        assert file.metadata["title"] == "東京に生れて"
        assert file.metadata["artist"] == "芥川龍之介"
        assert len(file.chapters()) == 1


def test_a_line_that_fails_keeps_the_book_from_being_joined(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,reading\na,おはよう。,\nb,大人気,漢字\n")
    command = ("book", "l.csv", "-m", "hana", "-o", "l.wav", "--retries", "0")
    failed = sbv2(*command, "--json")
    assert failed.status == 3
    assert failed.json["files"] == []
    assert [one["id"] for one in failed.json["failures"]] == ["b"]
    assert not Path("l.wav").exists()
    assert sbv2(*command, "--missing", "skip").status == 3
    assert soundfile.info("l.wav").frames > 0


def test_what_is_wrong_with_the_end_is_told_at_the_beginning(sbv2: Sbv2) -> None:
    script("a.txt", STORY)
    for wrong, code in (
        (("-o", "a.aiff"), "format.unknown"),
        (("--cover", "none.png"), "usage.file"),
        (("--loudness", "much"), "setting.loudness"),
    ):
        refused = sbv2("book", "a.txt", "-m", "hana", *wrong)
        assert (refused.status, f"error[{code}]" in refused.talk) == (2, True)
        assert not Path("a.work").exists()


def test_a_missing_package_is_told_before_anything_is_spoken(
    sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch
) -> None:
    script("a.txt", STORY)
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "sbv2cli.writers.audio.m4b", raising=False)
    refused = sbv2("book", "a.txt", "-m", "hana")
    assert (refused.status, "pip install 'sbv2cli[book]'" in refused.talk) == (4, True)
    assert not Path("a.work").exists()


STAGES = ("lines", "seconds measured", "seconds written", "seconds checked")


@pytest.mark.slow
@pytest.mark.parametrize("book", [TOKYO, EPUB], ids=["aozora", "epub"])
def test_killed_at_every_stage_a_book_has_the_bytes_of_an_unbroken_run(
    book: Path, spawn: Spawn, sbv2: Sbv2, stage: Path
) -> None:
    command = (
        "book",
        book,
        "-m",
        "hana",
        "--loudness",
        "lufs:-30",
        "--subtitles",
        "srt",
        "-j",
        "1",
    )
    assert sbv2(*command, "-o", "whole/b.m4b").status == 0
    killed = [what for what in STAGES if kill(spawn, [*command, "-o", "broken/b.m4b"], what)]
    assert killed == list(STAGES)
    assert sbv2(*command, "-o", "broken/b.m4b").status == 0
    whole, broken = made(stage / "whole"), made(stage / "broken")
    assert sorted(broken) == sorted(whole)
    assert [name for name in whole if broken[name] != whole[name]] == []


def kill(spawn: Spawn, command: list[object], what: str) -> bool:
    """Run until a stage has begun, or has gone some way if it is that of the lines; then kill."""
    process = spawn(*command, "--progress", "json")
    assert process.stderr is not None
    begun = False
    lines = 0
    for row in process.stderr:
        event = json.loads(row) if row.startswith(b"{") else {}
        begun = begun or (event.get("type") == "start" and event.get("what") == what)
        lines += begun and event.get("type") == "line"
        if begun and (what != "lines" or lines == 5):
            process.kill()
            process.wait()
            return True
    process.wait()
    return False
