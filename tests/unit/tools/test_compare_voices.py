"""Several voices and settings side by side: measured once each, as a table and a chart."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import tiny_mel_voice

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.writers.audio.wav import wav_bytes
from tools.evaluate_voice import chart, compare
from tools.evaluate_voice.metrics import HOP, RATE

TEXTS = ("雨が降る。", "箸を持つ。")
FRAMES = 9  # of each phone


@pytest.fixture
def held_out(tmp_path: Path) -> Path:
    folder = tmp_path / "held"
    folder.mkdir()
    table = [("audio", "text", "phones", "tones")]
    durations = []
    for number, text in enumerate(TEXTS):
        reading = JAPANESE.read(text)
        phones, tones = reading.phones, reading.tones
        count = len(phones) * FRAMES * HOP
        sound = np.random.default_rng(number).normal(0, 0.1, count).astype(np.float32)
        (folder / f"{number}.wav").write_bytes(wav_bytes(sound, RATE, "pcm16"))
        table.append((f"{number}.wav", text, " ".join(phones), " ".join(map(str, tones))))
        durations.append({"audio": f"{number}.wav", "durations": [FRAMES] * len(phones)})
    with (folder / "transcript.tsv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(table)
    lines = "".join(json.dumps(row) + "\n" for row in durations)
    (folder / "durations.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_steps_are_points_and_points_are_measured_once(tmp_path, held_out, capsys):
    voice = tiny_mel_voice.write_diff_tts(tmp_path / "voice")
    out, drawn = tmp_path / "compare.json", tmp_path / "compare.svg"
    command = [f"Diff={voice}:1,4", "--held-out", str(held_out), "--out", str(out)]
    assert compare.main([*command, "--takes", "2", "--chart", str(drawn)]) == 0
    found = json.loads(out.read_text("utf-8"))
    assert list(found["points"]) == ["Diff 1", "Diff 4"]
    for values in found["points"].values():
        assert values["sentences"] == len(TEXTS)
        assert values["failed"] == []
        assert values["times_real_time"] > 0
        assert values["take_length_share"] == 0  # its durations are not drawn
    assert found["teacher"]["seconds"] > 0
    assert "| Diff 4 |" in capsys.readouterr().out
    # What is there stays; what is new is added.
    found["points"]["Diff 1"]["mel_distance"] = 77.0
    out.write_text(json.dumps(found), encoding="utf-8")
    compare.main([command[0].replace("1,4", "1,2"), *command[1:]])
    again = json.loads(out.read_text("utf-8"))["points"]
    assert again["Diff 1"]["mel_distance"] == 77.0
    assert list(again) == ["Diff 1", "Diff 4", "Diff 2"]
    compare.main([*command, "--again"])
    assert json.loads(out.read_text("utf-8"))["points"]["Diff 1"]["mel_distance"] != 77.0


def test_a_temperature_is_heard(tmp_path, held_out):
    voice = tiny_mel_voice.write_grad_tts(tmp_path / "voice")
    assert len(_distances(f"V={voice}:2", held_out, tmp_path, "--temperature", "1", "100")) == 2


def test_noise_is_heard(tmp_path, held_out):
    assert len(_distances("V=sbv2-f01", held_out, tmp_path, "--noise", "0", "1")) == 2


def _distances(point, held_out, folder, option, *values):
    """Of what is spoken with each value."""
    found = set()
    for value in values:
        out = folder / f"{value}.json"
        asked = [point, "--held-out", str(held_out), "--out", str(out), option, value]
        compare.main(asked)
        (values_of,) = json.loads(out.read_text("utf-8"))["points"].values()
        found.add(values_of["mel_distance"])
    return found


def test_the_chart_has_each_point_where_it_belongs():
    points = {
        "Slow 50": {"steps": 50, "times_real_time": 0.1, "distillmos": 4.0},
        "Slow 1": {"steps": 1, "times_real_time": 10.0, "distillmos": 2.0},
        "Fast": {"steps": None, "times_real_time": 20.0, "distillmos": 3.0},
    }
    root = ET.fromstring(chart.svg(points, {"distillmos": 4.5}))
    space = "{http://www.w3.org/2000/svg}"
    dots = {
        (float(dot.get("cx", 0)), float(dot.get("cy", 0))) for dot in root.iter(f"{space}circle")
    }
    slow, quick, fast = sorted(dots)
    assert slow[1] < fast[1] < quick[1]  # better is higher
    labels = {text.text for text in root.iter(f"{space}text")}
    assert {"Slow 50", "Slow 1", "Fast", "teacher"} <= labels
    # One line for each voice.
    assert len(list(root.iter(f"{space}polyline"))) == 2


@pytest.mark.parametrize("text", ["voice", "=voice", "name="])
def test_a_point_has_a_name_and_a_voice(text):
    with pytest.raises(SystemExit):
        compare.points_of([text])
