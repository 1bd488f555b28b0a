"""Piper voices on the command line: found by name, shown, spoken, converted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import piper_voice
import pytest
import soundfile
from stage import Sbv2, rows, script


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("piper")
    piper_voice.write(folder, "de_DE-tiny-low")
    said = {"speaker_id_map": {"p1": 0, "p2": 1}}
    piper_voice.write(folder, "de_DE-duo-low", said=said, gin=6, speakers=2)
    return folder


@pytest.fixture
def voices(stage: Path, exported: Path) -> None:
    """Side by side in one folder, as most people keep them."""
    (stage / "voices" / "piper").symlink_to(exported)


@pytest.mark.usefixtures("voices")
def test_each_of_a_folder_is_listed_and_found_by_name(sbv2: Sbv2):
    listed = sbv2("voices", "list", "--json").json["voices"]
    found = {voice["name"]: voice for voice in listed}
    assert found["piper/de_DE-tiny-low.onnx"]["text"] == "letters"
    assert found["piper/de_DE-duo-low.onnx"]["speakers"] == ["p1", "p2"]
    shown = sbv2("voices", "show", "piper/de_DE-tiny-low", "--json").json["voice"]
    assert (shown["architecture"], shown["backend"]) == ("vits", "torch")
    assert shown["languages"] == ["de_DE"]
    said = sbv2("voices", "show", "piper")
    assert said.status != 0
    assert "de_DE-duo-low" in said.talk


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize("backend", ["torch", "onnx"])
def test_verify_say_and_render(sbv2: Sbv2, backend):
    run = ("--backend", backend)
    assert sbv2("voices", "verify", "piper/de_DE-tiny-low", *run).status == 0
    said = sbv2("say", "-m", "piper/de_DE-duo-low/p2", "Habe Tee, 9.", "-o", "x.wav", *run)
    assert said.status == 0, said.talk
    assert 'no symbol for "9"' in said.talk
    path = script(
        "s.csv",
        "id,text,language,reading\n"
        "a,Blase im Handel.,,\n"
        "b,Tal,de,\n"
        "c,x,,ids: 8 9 10\n"
        "d,x,,symbols: a b ␣ ə\n"
        "e,x,,symbols: ж\n",
    )
    said = sbv2("render", path, "-m", "piper/de_DE-tiny-low", "-o", "out", *run)
    assert said.status == 3, said.talk
    found = rows()
    assert {name for name, row in found.items() if row["status"] == "ok"} == set("abcd")
    assert found["e"]["error"]["code"] == "reading.symbol"
    assert found["a"]["made"]["backend"] == backend
    again = sbv2("render", path, "-m", "piper/de_DE-tiny-low", "-o", "out", "--dry-run", *run)
    assert "4 fresh" in again.talk + again.out


@pytest.mark.usefixtures("voices")
def test_text_that_needs_espeak_is_refused_before_anything_is_spoken(
    sbv2: Sbv2, exported: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    said = exported / "de_DE-tiny-low.onnx.json"
    before = said.read_text("utf-8")
    said.write_text(json.dumps({**json.loads(before), "phoneme_type": "espeak"}), "utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        shown = sbv2("voices", "show", "piper/de_DE-tiny-low", "--json").json["voice"]
        assert shown["text"] == "espeak-ng de, which is not installed: symbols or ids alone"
        assert "de_DE (by symbols)" in sbv2("voices", "list").out
        checked = sbv2("voices", "verify", "piper/de_DE-tiny-low")
        assert checked.status == 4
        assert "espeak.missing" in checked.talk
        path = script("s.csv", "text,reading\nhallo,\nTee,symbols: t e\n")
        refused = sbv2("render", path, "-m", "piper/de_DE-tiny-low", "-o", "out")
        assert refused.status == 4
        assert "error[espeak.missing]" in refused.talk
        assert "apt install espeak-ng" in refused.talk
        path = script("s.csv", "text,reading\nTee,symbols: t e\n")
        assert sbv2("render", path, "-m", "piper/de_DE-tiny-low", "-o", "out").status == 0
    finally:
        said.write_text(before, "utf-8")


def test_a_folder_is_installed_voice_by_voice(sbv2: Sbv2, exported: Path):
    (exported / "MODEL_CARD").write_text("# Model card\n", encoding="utf-8")
    refused = sbv2("voices", "install", exported, "--yes")
    assert refused.status == 2
    assert "de_DE-duo-low" in refused.talk
    made = sbv2("voices", "install", exported, "--only", "de_DE-tiny-low", "--yes", "--to", "home")
    assert made.status == 0, made.talk
    found = {path.name for path in Path("home/de_DE-tiny-low").iterdir()}
    assert {"de_DE-tiny-low.onnx", "de_DE-tiny-low.onnx.json", "MODEL_CARD"} <= found
    assert "de_DE-duo-low.onnx" not in found
    said = sbv2("say", "-m", "home/de_DE-tiny-low", "Habe Tee.", "-o", "x.wav")
    assert said.status == 0, said.talk


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize("kind", ["folder", "onnx"])
def test_a_converted_voice_says_the_same(sbv2: Sbv2, kind):
    made = sbv2("voices", "convert", "piper/de_DE-duo-low", "--to", kind, "-o", "made")
    assert made.status == 0, made.talk
    for voice, file in (("piper/de_DE-duo-low/p2", "one.wav"), ("made/p2", "other.wav")):
        said = sbv2("say", "-m", voice, "Habe Tee.", "-o", file)
        assert said.status == 0, said.talk
    one, other = (soundfile.read(f"{name}.wav", dtype="int16")[0] for name in ("one", "other"))
    assert one.any()
    # Another runtime adds in another order: a step or two of the file's 16 bits.
    np.testing.assert_allclose(other, one, rtol=0, atol=0 if kind == "folder" else 2)
