"""A voice in the layout of the package transformers on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import transformers_voice
from stage import Sbv2, rows, script


@pytest.fixture
def voices(stage):
    transformers_voice.write(stage / "voices" / "mms-swh", noise_scale=0.3)
    transformers_voice.write(
        stage / "voices" / "duo",
        num_speakers=2,
        speaker_embedding_size=4,
        tokeniser={"language": "kor", "is_uroman": True},
    )


@pytest.mark.usefixtures("voices")
def test_list_show_and_verify(sbv2: Sbv2):
    shown = sbv2("voices", "show", "mms-swh", "--json").json["voice"]
    assert (shown["architecture"], shown["languages"]) == ("vits", ["swh"])
    assert shown["language_model"] == "none"
    listed = sbv2("voices", "list")
    assert "kor" in listed.out + listed.talk
    assert sbv2("voices", "verify", "mms-swh", "duo").status == 0


@pytest.mark.usefixtures("voices")
def test_say_and_its_refusals(sbv2: Sbv2):
    said = sbv2("say", "-m", "mms-swh", "Tamu 9 bad.", "-o", "x.wav")
    assert said.status == 0, said.talk
    assert 'no symbol for "9"' in said.talk
    assert '"."' not in said.talk
    assert Path("x.wav").stat().st_size > 100
    said = sbv2("say", "-m", "duo/1", "tamu 나", "-o", "y.wav")
    assert said.status == 2
    assert "error[reading.uroman]" in said.talk


@pytest.mark.usefixtures("voices")
def test_render_reads_by_the_rules_of_the_voice(sbv2: Sbv2):
    path = script(
        "s.csv",
        "id,text,voice,language,reading\n"
        "a,Tamu 9 bad!,mms-swh,,\n"
        "b,tamu bad,mms-swh,sw,\n"
        "c,x,mms-swh,,ids: 1 2 3\n"
        "d,x,mms-swh,,cleaned: ab č\n"
        "e,x,mms-swh,,ids: 99\n"
        "f,나,duo,ko,\n",
    )
    said = sbv2("render", path, "-o", "out")
    assert said.status == 3, said.talk
    found = rows()
    assert {name for name, row in found.items() if row["status"] == "ok"} == set("abcd")
    assert found["f"]["error"]["code"] == "reading.uroman"
    assert found["a"]["lang"] == "swh"
    assert found["a"]["noise"] == 0.3
    assert [w["code"] for w in found["a"]["warnings"]] == ["reading.letter"] * 2
    times = json.loads(Path("out/timings/b.json").read_text("utf-8"))
    assert "".join(phone[1:] for phone, _, _ in times["phones"][1:-1]) == "tamu bad"
    again = sbv2("render", path, "-o", "out", "--dry-run")
    assert "4 fresh" in again.talk + again.out


@pytest.mark.usefixtures("voices")
def test_check_reads_by_the_rules_of_the_voice(sbv2: Sbv2):
    path = script("s.txt", "Tamu 9 bad\n")
    said = sbv2("check", path, "-m", "mms-swh", "--json").json
    (line,) = said["lines"]
    assert (line["lang"], line["kana"]) == ("swh", "symbols: t a m u ␣ ␣ b a d")
    assert [finding["code"] for finding in said["findings"]] == ["reading.letter"]


@pytest.mark.usefixtures("voices")
def test_loudness_is_matched_by_the_sounds_of_the_voice(sbv2: Sbv2):
    path = script("s.txt", "Tamu bad\n")
    said = sbv2("render", path, "-m", "mms-swh", "-o", "out", "--gain", "peak:-6dB")
    assert said.status == 0, said.talk
    (row,) = rows().values()
    assert row["made"]["gain_db"] != 0


@pytest.mark.usefixtures("voices")
def test_a_line_in_another_language_is_refused(sbv2: Sbv2):
    path = script("s.csv", "text,language\nhello,en\n")
    said = sbv2("render", path, "-m", "mms-swh", "-o", "out")
    assert said.status == 2
    assert "error[voice.language]" in said.talk


@pytest.mark.usefixtures("voices")
def test_a_folder_is_installed_with_its_tokeniser(sbv2: Sbv2):
    Path("voices/duo/pytorch_model.bin").write_bytes(b"a pickle")
    made = sbv2("voices", "install", "voices/duo", "--yes", "--to", "home")
    assert made.status == 0, made.talk
    found = {path.name for path in Path("home/duo").iterdir()}
    assert {"model.safetensors", "vocab.json", "tokenizer_config.json"} <= found
    assert "pytorch_model.bin" not in found
    assert sbv2("voices", "verify", "home/duo").status == 0


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize("kind", ["folder", "onnx"])
def test_a_converted_voice_says_the_same(sbv2: Sbv2, kind):
    made = sbv2("voices", "convert", "duo", "--to", kind, "-o", "made")
    assert made.status == 0, made.talk
    for voice in ("duo/1", "made/1"):
        said = sbv2("say", "-m", voice, "Tamu bad", "-o", f"{voice[:-2]}.wav")
        assert said.status == 0, said.talk
    one, other = (soundfile.read(f"{name}.wav", dtype="int16")[0] for name in ("duo", "made"))
    assert one.any()
    # Another runtime adds in another order: a step or two of the file's 16 bits.
    np.testing.assert_allclose(other, one, rtol=0, atol=0 if kind == "folder" else 2)
    assert sbv2("say", "-m", "made", "나", "-o", "z.wav").status == 2
