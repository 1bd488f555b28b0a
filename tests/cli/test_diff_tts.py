"""A Diff-TTS voice on the command line: steps, speakers, and a run that is gone on with."""

from __future__ import annotations

import pytest
import tiny_mel_voice
from stage import Sbv2, files, rows, script

SHEET = "id,text,voice,steps\na,おはよう。,diff,\nb,橋を渡る。,diff/話者1,8\n"


@pytest.fixture(autouse=True)
def diff(stage):
    tiny_mel_voice.write_diff_tts(stage / "voices" / "diff", speakers=2)


def test_show_and_verify(sbv2: Sbv2):
    shown = sbv2("voices", "show", "diff", "--json").json["voice"]
    assert shown["architecture"] == "diff_tts"
    assert (shown["steps"], shown["possible_steps"]) == (4, [2, 3, 4, 5, 7, 13])
    assert shown["temperature"] is None
    assert sbv2("voices", "verify", "diff").status == 0


def test_render_resume_and_the_steps_that_were_taken(sbv2: Sbv2):
    said = sbv2("render", script("s.csv", SHEET), "-o", "out")
    assert said.status == 0, said.talk
    first, found = files(), rows()
    assert [found[name]["steps"] for name in "ab"] == [4, 7]
    assert "temperature" not in found["a"]
    assert sbv2("render", "s.csv", "-o", "out").status == 0
    assert files() == first
    # Of numbers that come to the same steps, a line stays what it is.
    script("s.csv", SHEET.replace(",8\n", ",7\n"))
    again = sbv2("render", "s.csv", "-o", "out", "--dry-run")
    assert "2 fresh" in again.out + again.talk
    assert sbv2("render", "s.csv", "-o", "alone", "--select", "id=b").status == 0
    assert files("alone")["b.wav"] == first["b.wav"]


def test_it_has_no_temperature(sbv2: Sbv2):
    said = sbv2("say", "-m", "diff", "あ。", "-o", "x.wav", "--temperature", "2")
    assert said.status == 2
    assert "voice.no-temperature" in said.talk
