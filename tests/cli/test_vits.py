"""A plain VITS voice on the command line: text, symbols, and what it cannot do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_voice
from stage import Sbv2, rows, script


@pytest.fixture
def vits(stage):
    tiny_voice.write_vits(stage / "voices" / "vits")
    tiny_voice.write_vits(
        stage / "voices" / "vctk", symbols=None, cleaner="english_cleaners2", speakers=3
    )


@pytest.mark.usefixtures("vits")
def test_show_and_verify(sbv2: Sbv2):
    shown = sbv2("voices", "show", "vits", "--json").json["voice"]
    assert shown["architecture"] == "vits"
    assert shown["languages"] == ["ja"]
    assert shown["language_model"] == "none"
    listed = sbv2("voices", "list")
    assert listed.status == 0
    assert "vctk" in listed.out + listed.talk
    said = sbv2("voices", "verify", "vits", "vctk")
    assert said.status == 0, said.talk


@pytest.mark.usefixtures("vits")
def test_say_a_sentence(sbv2: Sbv2):
    said = sbv2("say", "-m", "vits", "今日はいい天気ですね。", "-o", "x.wav")
    assert said.status == 0, said.talk
    again = sbv2("say", "-m", "vits", "今日はいい天気ですね。", "-o", "y.wav")
    assert again.status == 0
    assert Path("x.wav").read_bytes() == Path("y.wav").read_bytes()


@pytest.mark.usefixtures("vits")
def test_render_text_and_symbols_and_fail_line_by_line(sbv2: Sbv2):
    path = script(
        "s.csv",
        "id,text,voice,language,reading\n"
        "a,おはよう。,vits,ja,\n"
        "b,橋,vits,ja,ハ'シ\n"
        "c,橋,vits,ja,symbols: h a ↑ ʃ i\n"
        "d,hello,vctk/話者2,en,cleaned: həlˈoʊ wˈɜːld.\n"
        "e,hello,vctk,en,ids: 50 83 54\n"
        "f,橋,vits,ja,symbols: h ə\n"
        "g,橋,vctk,ja,\n"
        "h,橋,hana,ja,ids: 3\n",
    )
    said = sbv2("render", path, "-o", "out")
    assert said.status == 3, said.talk
    found = rows()
    status = {name: row["status"] for name, row in found.items()}
    assert {name for name, one in status.items() if one == "ok"} == set("abcde")
    assert {name: found[name]["error"]["code"] for name in "fgh"} == {
        "f": "reading.symbol",
        "g": "reading.spelling",
        "h": "reading.phone",
    }
    assert '"ə"' in found["f"]["error"]["message"]
    assert found["d"]["speaker"] == "話者2"
    times = json.loads(Path("out/timings/a.json").read_text("utf-8"))
    seconds = found["a"]["duration"]
    phones = [phone for phone, _, _ in times["phones"]]
    assert phones == "_ o h a y o o . _".split()
    assert times["phones"][-1][2] <= seconds + 1e-3
    assert [start for _, start, _ in times["phones"][1:]] == [
        end for _, _, end in times["phones"][:-1]
    ]
    again = sbv2("render", path, "-o", "out", "--dry-run")
    assert "5 fresh" in again.talk + again.out


@pytest.mark.usefixtures("vits")
def test_a_style_is_refused_before_anything_is_spoken(sbv2: Sbv2):
    said = sbv2("say", "-m", "vits", "はい", "--style", "Happy", "-o", "x.wav")
    assert said.status == 2
    assert "error[voice.no-styles]" in said.talk


@pytest.mark.usefixtures("vits")
def test_check_shows_the_symbols_as_they_were_given(sbv2: Sbv2):
    path = script("s.csv", "id,text,reading\na,hi,symbols: h a ␣ i\nb,hi,ids: 3 4\n")
    said = sbv2("check", path, "--show", "readings")
    assert "symbols: h a ␣ i" in said.out
    assert "ids: 3 4" in said.out
