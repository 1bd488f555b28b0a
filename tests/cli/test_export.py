"""Subtitles and labels of a rendered script, read by others' parsers."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
import soundfile
import srt
from made_epub import epub
from praatio import textgrid
from stage import Sbv2, rows, script

GAMES = Path(__file__).parents[1] / "data" / "games"


@pytest.fixture
def rendered(sbv2: Sbv2) -> Sbv2:
    script("l.csv", "id,text,character\nb,こんにちは。,花\na,おはよう。,花\nc,今日は晴れ。,太郎\n")
    assert sbv2("render", "l.csv", "-m", "hana", "--lead", "100ms", "--tail", "0.25s").status == 0
    return sbv2


def test_labels_beside_each_line(rendered: Sbv2) -> None:
    result = rendered("export", "out/manifest.jsonl", "--to", "lab", "--to", "textgrid", "--json")
    assert result.status == 0, result.talk
    assert len(result.json["files"]) == 6
    for row in rows().values():
        audio = Path("out", row["file"])
        info = soundfile.info(audio)
        labels = [line.split() for line in audio.with_suffix(".lab").read_text().splitlines()]
        assert int(labels[-1][1]) == pytest.approx(info.frames / info.samplerate * 1e7, abs=10)
        assert labels[0][2] == labels[-1][2] == "pau"
        grid = textgrid.openTextgrid(
            str(audio.with_suffix(".TextGrid")), includeEmptyIntervals=True
        )
        assert grid.maxTimestamp == pytest.approx(info.frames / info.samplerate, abs=1e-6)
        assert [e.label for e in grid.getTier("text").entries if e.label] == [row["text"]]


def test_subtitles_of_the_whole(rendered: Sbv2) -> None:
    assert rendered("export", "out", "--to", "srt", "--by", "whole").status == 0
    cues = list(srt.parse(Path("out/manifest.srt").read_bytes().decode()))
    assert [cue.content for cue in cues] == ["こんにちは。", "おはよう。", "今日は晴れ。"]
    position = 0.0
    for cue, row in zip(cues, sorted(rows().values(), key=lambda row: row["n"]), strict=True):
        position += row.get("pause_before", 0)
        assert cue.start.total_seconds() == pytest.approx(position, abs=1e-3)
        position += row["duration"]
        assert cue.end.total_seconds() == pytest.approx(position, abs=1e-3)
        position += row["pause_after"]


def test_nothing_of_others_is_replaced(rendered: Sbv2) -> None:
    command = ("export", "out", "--to", "srt", "--by", "whole", "-o", "subtitles")
    assert rendered(*command).status == 0
    assert rendered(*command).status == 0
    Path("subtitles/manifest.srt").write_text("mine")
    refused = rendered(*command)
    assert refused.status == 2
    assert "error[export.exists]" in refused.talk
    assert Path("subtitles/manifest.srt").read_text() == "mine"
    assert rendered(*command, "--force").status == 0


def test_what_is_not_there_is_refused(rendered: Sbv2) -> None:
    assert "error[export.manifest]" in rendered("export", "nowhere", "--to", "srt").talk
    records = [
        json.loads(row) for row in Path("out/manifest.jsonl").read_text("utf-8").splitlines()
    ]
    for record in records:
        if record.get("id") == "a":
            record["status"] = "failed"
    Path("out/manifest.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    refused = rendered("export", "out", "--to", "srt", "--by", "whole")
    assert refused.status == 2
    assert "error[export.lines-missing]: 1 of 3 lines have no audio, the first is a" in refused.talk
    assert rendered("export", "out", "--to", "srt").status == 0
    assert not Path("out", rows()["a"]["file"]).with_suffix(".srt").exists()
    assert Path("out", rows()["b"]["file"]).with_suffix(".srt").exists()


def test_every_scope_has_its_files(sbv2: Sbv2) -> None:
    script(
        "l.csv",
        "id,text,character,chapter,scene\na,あ。,花,1,朝\nb,い。,太郎,1,夜/街\nc,う。,花,2,朝\nd,え。,,2,朝\n",
    )
    assert sbv2("render", "l.csv", "-m", "hana").status == 0

    def made(by: str) -> dict[str, list[str]]:
        assert sbv2("export", "out", "--to", "srt", "--by", by, "-o", by).status == 0
        return {
            path.name: [cue.content for cue in srt.parse(path.read_bytes().decode())]
            for path in sorted(Path(by).iterdir())
        }

    assert made("chapter") == {
        "manifest-01.srt": ["あ。", "い。"],
        "manifest-02.srt": ["う。", "え。"],
    }
    assert made("scene") == {
        "manifest-01-夜／街.srt": ["い。"],
        "manifest-01-朝.srt": ["あ。"],
        "manifest-02-朝.srt": ["う。", "え。"],
    }
    assert made("character") == {
        "manifest-narration.srt": ["え。"],
        "manifest-太郎.srt": ["い。"],
        "manifest-花.srt": ["あ。", "う。"],
    }
    cues = list(srt.parse(Path("chapter/manifest-02.srt").read_bytes().decode()))
    found = rows()
    gap = (cues[1].start - cues[0].end).total_seconds()
    assert gap == pytest.approx(found["c"]["pause_after"], abs=2e-3)
    assert cues[0].start.total_seconds() == 0


def test_a_table_has_failed_lines_too(rendered: Sbv2) -> None:
    result = rendered("export", "out", "--to", "csv", "--to", "xlsx", "--json")
    assert [Path(file).name for file in result.json["files"]] == ["manifest.csv", "manifest.xlsx"]
    assert rendered("export", "out", "--to", "csv").status == 0  # the same bytes
    assert "error[export.scope]" in rendered("export", "out", "--to", "csv", "--by", "line").talk
    # It is a script again.
    assert rendered("check", "out/manifest.csv", "--show", "findings").status == 0


def test_a_sheet_goes_back(rendered: Sbv2) -> None:
    result = rendered("export", "out", "--back", "l.csv", "-o", "given", "--json")
    assert result.status == 0, result.talk
    lines = Path("given/l.csv").read_text("utf-8").splitlines()
    assert lines[0] == "id,text,character,audio,seconds"
    for line in lines[1:]:
        row = rows()[line[0]]
        assert line.split(",")[3:] == [row["file"], str(round(row["duration"], 3))]
    named = ("export", "out", "--back", "l.csv", "-o", "given", "--headers", "音声,秒")
    assert "error[export.exists]" in rendered(*named).talk
    assert rendered(*named, "--force").status == 0
    assert Path("given/l.csv").read_text("utf-8").startswith("id,text,character,音声,秒\n")
    assert "error[export.exists]" in rendered("export", "out", "--back", "l.csv", "-o", ".").talk
    assert "error[usage.export]" in rendered("export", "out").talk
    assert "error[usage.export]" in rendered(*named[:-1], "一つ").talk


def test_a_sheet_that_changed_is_rendered_first(rendered: Sbv2) -> None:
    text = Path("l.csv").read_text("utf-8")
    Path("l.csv").write_text("\n" + text, "utf-8")
    back = ("export", "out", "--back", "l.csv", "-o", "given")
    refused = rendered(*back)
    assert refused.status == 2
    assert "error[export.back-changed]" in refused.talk
    again = rendered("render", "l.csv", "-m", "hana", "--lead", "100ms", "--tail", "0.25s")
    assert again.status == 0
    assert rendered(*back).status == 0
    assert Path("given/l.csv").read_text("utf-8").startswith("\nid,text,character,audio,seconds\n")
    Path("l.xls").write_bytes(b"x")
    refused = rendered("export", "out", "--back", "l.xls")
    assert "error[export.back-kind]" in refused.talk
    assert "save it as .xlsx" in refused.talk


def test_a_table_of_a_game_goes_back(sbv2: Sbv2) -> None:
    data = (GAMES / "yarn" / "VisualNovel_ja.csv").read_bytes()
    Path("VisualNovel_ja.csv").write_bytes(data)
    assert sbv2("render", "VisualNovel_ja.csv", "-m", "hana", "--limit", "2").status == 0
    assert sbv2("export", "out", "--back", "VisualNovel_ja.csv", "-o", "given").status == 0
    made = Path("given/VisualNovel_ja.csv").read_bytes()
    pairs = list(zip(data.splitlines(), made.splitlines(), strict=True))
    assert all(new.startswith(old) for old, new in pairs)
    table = csv.DictReader(io.StringIO(made.decode("utf-8-sig"), newline=""))
    files = [row["audio"] for row in table if row["audio"]]
    assert files == [row["file"] for row in rows().values() if row["status"] == "ok"]
    assert len(files) == 2


def test_subtitles_of_what_was_joined(rendered: Sbv2) -> None:
    assert rendered("join", "out", "-o", "book/all.wav", "--head-silence", "1s").status == 0
    command = ("export", "out", "--to", "lab", "--to", "srt", "--joined", "book/all.report.json")
    assert rendered(*command).status == 0
    info = soundfile.info("book/all.wav")
    last = Path("book/all.lab").read_text("utf-8").split()[-2]
    assert int(last) == pytest.approx(info.frames / info.samplerate * 1e7, abs=10)
    cues = list(srt.parse(Path("book/all.srt").read_bytes().decode()))
    assert [cue.content for cue in cues] == ["こんにちは。", "おはよう。", "今日は晴れ。"]
    first = min(rows().values(), key=lambda row: row["n"])
    assert cues[0].start.total_seconds() == pytest.approx(1 - first["lead"], abs=1e-3)
    assert "error[usage.export]" in rendered(*command, "--by", "whole").talk
    other = rendered(*command[:-1], "out/manifest.jsonl")
    assert "error[export.joined]" in other.talk
    again = rendered("render", "l.csv", "-m", "hana", "--lead", "100ms", "--length-scale", "2")
    assert again.status == 0
    assert "error[export.joined-other]" in rendered(*command, "--force").talk


def test_each_file_of_a_join_has_its_own(rendered: Sbv2) -> None:
    by_character = ("join", "out", "-o", "book/{n:02d}.wav", "--by", "character")
    assert rendered(*by_character).status == 0
    command = ("export", "out", "--to", "srt", "--joined", "book/book.report.json", "--json")
    files = rendered(*command).json["files"]
    assert [Path(file).name for file in files] == ["01.srt", "02.srt"]
    texts = [[cue.content for cue in srt.parse(Path(f).read_bytes().decode())] for f in files]
    assert texts == [["こんにちは。", "おはよう。"], ["今日は晴れ。"]]


def test_one_mouth_of_a_scene(rendered: Sbv2) -> None:
    command = ("export", "out", "--to", "srt", "--to", "rhubarb-json", "--by", "whole")
    assert rendered(*command).status == 0
    assert rendered(*command, "--character", "太郎").status == 0
    (cue,) = srt.parse(Path("out/manifest-太郎.srt").read_bytes().decode())
    everyone = list(srt.parse(Path("out/manifest.srt").read_bytes().decode()))
    assert (cue.start, cue.content) == (everyone[2].start, "今日は晴れ。")
    mouth = json.loads(Path("out/manifest-太郎.mouth.json").read_text("utf-8"))
    whole = json.loads(Path("out/manifest.mouth.json").read_text("utf-8"))
    assert mouth["metadata"]["duration"] == whole["metadata"]["duration"]
    assert mouth["mouthCues"][0]["value"] == "X"
    assert mouth["mouthCues"][0]["end"] >= cue.start.total_seconds() - 0.01
    assert (
        len(rendered("export", "out", "--to", "lab", "--character", "花", "--json").json["files"])
        == 2
    )
    assert "error[export.character]" in rendered(*command, "--character", "次郎").talk


def test_a_book_is_read_along(sbv2: Sbv2) -> None:
    Path("b.epub").write_bytes(epub({"p.xhtml": "<p>こんにちは。今日は、晴れ。</p>"}).getvalue())
    assert sbv2("render", "b.epub", "-m", "hana").status == 0
    result = sbv2("export", "out", "--back", "b.epub", "--cue", "phrase", "--json")
    assert result.status == 0, result.talk
    assert result.json["files"] == [str(Path("out/b.read-along.epub"))]
    with zipfile.ZipFile("out/b.read-along.epub") as book:
        page = book.read("OPS/p.xhtml").decode()
        clips = re.findall(
            r'src="page-001.m4a" clipBegin="0:00:(.*?)"',
            book.read("OPS/read-along/page-001.smil").decode(),
        )
    assert page.count('<span id="sbv2-') == len(clips) == 3
    first, second = rows().values()
    assert float(clips[1]) == pytest.approx(first["duration"] + first["pause_after"], abs=2e-3)
    assert float(clips[1]) < float(clips[2]) < float(clips[1]) + second["duration"]
