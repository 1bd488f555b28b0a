"""Subtitles and labels of a rendered script, read by others' parsers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile
import srt
from praatio import textgrid
from stage import Sbv2, rows, script


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
