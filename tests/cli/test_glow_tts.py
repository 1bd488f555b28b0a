"""Glow-TTS voices with a HiFi-GAN on the command line: English, Japanese, speakers, Coqui's."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import tiny_glow
from stage import Sbv2, files, rows, script


@pytest.fixture
def glow(stage):
    tiny_glow.write(stage / "voices" / "ljs")
    tiny_glow.write(stage / "voices" / "sakura", japanese=True, speakers=2)
    tiny_glow.write_coqui(stage / "voices" / "coqui")
    tiny_glow.write(stage / "voices" / "other", vocoder={"num_mels": 80})


@pytest.mark.usefixtures("glow")
def test_show_and_verify(sbv2: Sbv2):
    shown = sbv2("voices", "show", "ljs", "--json").json["voice"]
    assert shown["architecture"] == "glow_tts"
    assert shown["languages"] == ["en"]
    assert shown["language_model"] == "none"
    said = sbv2("voices", "verify", "ljs", "sakura", "coqui")
    assert said.status == 0, said.talk


@pytest.mark.usefixtures("glow")
def test_a_vocoder_of_other_spectrograms_is_refused(sbv2: Sbv2):
    said = sbv2("say", "-m", "other", "--lang", "en", "Hello.", "-o", "x.wav")
    assert said.status != 0
    assert "voice.vocoder-mel" in said.talk
    assert "n_mel_channels is 80 and 8" in said.talk
    assert not Path("x.wav").exists()


@pytest.mark.usefixtures("glow")
def test_say_is_the_same_twice(sbv2: Sbv2):
    for name in ("x.wav", "y.wav"):
        said = sbv2("say", "-m", "ljs", "--lang", "en", "Turn left on {HH AW1 S}.", "-o", name)
        assert said.status == 0, said.talk
    assert Path("x.wav").read_bytes() == Path("y.wav").read_bytes()


@pytest.mark.usefixtures("glow")
def test_render_plan_and_resume(sbv2: Sbv2):
    path = script(
        "s.csv",
        "id,text,voice,language,reading,take\n"
        'a,"Dr. Smith paid $3.50, on May 1st.",ljs,en,,\n'
        "b,Hello there,ljs,en,,\n"
        "c,Hello there,ljs,en,,2\n"
        "d,Hello there,ljs,en,HH AH0 L OW1,\n"
        "e,橋,sakura/speaker1,ja,ハ'シ,\n"
        "f,橋,sakura/speaker0,ja,ハ'シ,\n"
        "g,merhaba,coqui,,,\n"
        "h,merhaba,ljs,en,symbols: @HH @AY9,\n",
    )
    planned = sbv2("render", path, "-o", "out", "--dry-run")
    assert planned.status in (0, 3), planned.talk
    said = sbv2("render", path, "-o", "out")
    assert said.status == 3, said.talk
    found = rows()
    assert {name for name, row in found.items() if row["status"] == "ok"} == set("abcdefg")
    assert found["h"]["error"]["code"] == "reading.symbol"
    assert "@AY9" in found["h"]["error"]["message"]
    made = {path: content for path, content in files().items() if path.endswith(".wav")}
    sounds = {name: made[found[name]["file"]] for name in "abcdefg"}
    assert len(set(sounds.values())) == 7
    for name in "abcdefg":
        times = json.loads(Path(f"out/timings/{name}.json").read_text("utf-8"))
        starts = [start for _, start, _ in times["phones"]]
        ends = [end for _, _, end in times["phones"]]
        assert starts[1:] == ends[:-1]
        assert ends[-1] <= found[name]["duration"] + 1e-3
    phones = json.loads(Path("out/timings/d.json").read_text("utf-8"))["phones"]
    assert [phone for phone, _, _ in phones] == ["_", "=@HH", "=@AH0", "=@L", "=@OW1", "_"]
    again = sbv2("render", path, "-o", "out")
    assert {path: files()[path] for path in made} == made
    assert "7 fresh" in again.talk + again.out or rows()["a"] == found["a"]


@pytest.mark.usefixtures("glow")
def test_lines_do_not_hear_their_neighbours(sbv2: Sbv2):
    texts = [f"Line number {n} of the script." for n in range(6)]
    script("all.txt", "\n".join(texts))
    script("one.txt", texts[3])
    assert sbv2("render", "all.txt", "-m", "ljs", "--lang", "en", "-o", "all").status == 0
    assert sbv2("render", "one.txt", "-m", "ljs", "--lang", "en", "-o", "one").status == 0
    together = [row for row in rows("all").values() if row["text"] == texts[3]]
    (alone,) = rows("one").values()
    one, other = Path("one") / alone["file"], Path("all") / together[0]["file"]
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.usefixtures("glow")
def test_check_shows_the_symbols_of_the_voice(sbv2: Sbv2):
    path = script("c.txt", "Hi there!\n")
    said = sbv2("check", path, "-m", "ljs", "--lang", "en")
    assert said.status == 0, said.talk
    assert "symbols: @HH @AY1 ␣ t h e r e !" in said.out + said.talk


def test_phonemes_of_coqui_come_from_espeak(stage, sbv2: Sbv2, monkeypatch, tmp_path):
    tiny_glow.write_coqui(
        stage / "voices" / "ph", use_phonemes=True, phoneme_language="tr",
        text_cleaner="phoneme_cleaners", add_blank=True, enable_eos_bos_chars=True,
    )  # fmt: skip
    monkeypatch.setenv("PATH", str(tmp_path))
    path = script("s.csv", "id,text,reading\na,Merhaba!,\nb,x,symbols: m e\n")
    refused = sbv2("render", path, "-m", "ph", "-o", "out")
    assert refused.status == 4
    assert "error[espeak.missing]" in refused.talk
    assert not Path("out").exists() or not files()
    shown = sbv2("voices", "show", "ph", "--json").json["voice"]
    assert shown["text"] == "espeak-ng tr, which is not installed: symbols or ids alone"
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!{sys.executable}\nprint(input().lower())\n", encoding="utf-8")
    program.chmod(0o755)
    said = sbv2("render", path, "-m", "ph", "-o", "out", "--timings", "phones")
    assert said.status == 0, said.talk
    assert {row["status"] for row in rows().values()} == {"ok"}
    times = json.loads(Path("out", rows()["a"]["timings"]).read_text("utf-8"))["phones"]
    assert [phone for phone, _, _ in times] == ["_", *(f"={letter}" for letter in "merhaba!"), "_"]
    assert times[-1][2] == pytest.approx(rows()["a"]["duration"], abs=1e-3)
