"""A Grad-TTS voice on the command line: its file, a vocoder beside it, its steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_mel_voice
import torch
from stage import Sbv2, files, rows, script

from sbv2cli.engine.torch.cpu import convolution

SHEET = "id,text,voice,steps,temperature\na,おはよう。,grad,,\nb,橋を渡る。,grad/話者1,3,1.2\n"


@pytest.fixture(autouse=True)
def grad(stage):
    tiny_mel_voice.write_grad_tts(stage / "voices" / "grad", speakers=2)


def test_show_list_and_verify(sbv2: Sbv2):
    shown = sbv2("voices", "show", "grad", "--json").json["voice"]
    assert shown["architecture"] == "grad_tts"
    assert shown["vocoder"] == "hifigan"
    assert shown["steps"] == 10
    assert shown["temperature"] == 1.5
    said = sbv2("voices", "show", "grad")
    assert "10" in (said.out + said.talk).partition("steps")[2].partition("\n")[0]
    said = sbv2("voices", "verify", "grad")
    assert said.status == 0, said.talk


def test_say_is_the_same_twice_and_other_with_other_steps(sbv2: Sbv2):
    made = {}
    for name, flags in {
        "one": [],
        "again": [],
        "steps": ["--steps", "3"],
        "calm": ["--temperature", "3"],
        "take": ["--take", "2"],
    }.items():
        said = sbv2("say", "-m", "grad", "橋を渡る。", "-o", f"{name}.wav", *flags)
        assert said.status == 0, said.talk
        made[name] = Path(f"{name}.wav").read_bytes()
    assert made["one"] == made["again"]
    assert len(set(made.values())) == 4
    assert len({len(sound) for sound in made.values()}) == 1


def test_a_run_is_resumed_and_speaks_again_what_has_other_steps(sbv2: Sbv2):
    said = sbv2("render", script("s.csv", SHEET), "-o", "out", "--timings", "phones")
    assert said.status == 0, said.talk
    first, found = files(), rows()
    assert [(found[name]["steps"], found[name]["temperature"]) for name in "ab"] == [
        (10, 1.5),
        (3, 1.2),
    ]
    timings = json.loads(Path("out", found["a"]["timings"]).read_text("utf-8"))
    assert timings["phones"][-1][2] == pytest.approx(found["a"]["duration"], abs=1e-3)
    again = sbv2("render", "s.csv", "-o", "out", "--timings", "phones", "--dry-run")
    assert "2 fresh" in again.out + again.talk
    script("s.csv", SHEET.replace(",3,1.2", ",4,1.2"))
    plan = sbv2("render", "s.csv", "-o", "out", "--timings", "phones", "--dry-run")
    assert "steps 3→4" in plan.out + plan.talk
    assert sbv2("render", "s.csv", "-o", "out", "--timings", "phones").status == 0
    second = files()
    assert second["a.wav"] == first["a.wav"]
    assert second["b.wav"] != first["b.wav"]
    # One line alone, in another folder, has the bytes of the run.
    assert sbv2("render", "s.csv", "-o", "alone", "--select", "id=b").status == 0
    assert files("alone")["b.wav"] == second["b.wav"]


def test_a_manifest_is_a_script_again(sbv2: Sbv2):
    assert sbv2("render", script("s.csv", SHEET), "-o", "out").status == 0
    assert sbv2("render", "out/manifest.jsonl", "-o", "again").status == 0
    assert {n: b for n, b in files("again").items() if n.endswith("wav")} == {
        n: b for n, b in files().items() if n.endswith("wav")
    }


@pytest.mark.parametrize(
    ("flag", "code"), [("--steps=4", "voice.no-steps"), ("--temperature=2", "voice.no-temperature")]
)
def test_a_voice_without_a_diffusion_refuses_them_by_name(sbv2: Sbv2, flag, code):
    said = sbv2("render", script("s.csv", "id,text,voice\na,あ。,hana\n"), "-o", "out", flag)
    assert said.status == 2
    assert code in said.talk
    assert "hana" in said.talk
    assert not Path("out").exists() or not files()


def test_steps_of_a_character_in_the_cast(sbv2: Sbv2):
    script("sbv2.toml", 'voices_path = ["voices"]\n[cast."太郎"]\nvoice = "grad"\nsteps = 2\n'
           '[cast."*"]\nvoice = "hana"\n')  # fmt: skip
    text = "id,character,text\na,太郎,あ。\nb,花,い。\n"
    said = sbv2("render", script("s.csv", text), "-o", "out")
    assert said.status == 0, said.talk
    assert rows()["a"]["steps"] == 2
    assert "steps" not in rows()["b"]


def test_its_files_become_safetensors_with_the_same_sound(sbv2: Sbv2):
    said = sbv2("voices", "convert", "grad", "--to", "folder", "-o", "plain")
    assert said.status == 0, said.talk
    names = {str(path.relative_to("plain")) for path in Path("plain").rglob("*.*")}
    assert names == {
        "config.json",
        "grad_10.safetensors",
        "vocoder/config.json",
        "vocoder/g_00000010.safetensors",
    }
    for voice in ("grad", "./plain"):
        name = f"{voice.strip('./')}.wav"
        assert sbv2("say", "-m", voice, "あ。", "-o", name, "--steps", "2").status == 0
    assert Path("grad.wav").read_bytes() == Path("plain.wav").read_bytes()
    assert sbv2("voices", "convert", "grad", "--to", "folder", "-o", "plain").status == 2
    forced = sbv2("voices", "convert", "grad", "--to", "folder", "-o", "plain", "--force")
    assert forced.status == 0, forced.talk


def test_a_published_file_needs_no_configuration(stage, sbv2: Sbv2):
    folder = stage / "voices" / "lj"
    tiny_mel_voice.write_published_grad_tts(folder)
    assert not (folder / "config.json").exists()
    shown = sbv2("voices", "show", "lj", "--json").json["voice"]
    assert shown["languages"] == ["en"]
    assert (shown["steps"], shown["temperature"], shown["rate"]) == (10, 1.5, 22050)
    said = sbv2("render", script("s.csv", "id,text,lang\na,Hello world.,en\n"), "-o", "out",
                "-m", "lj", "--steps", "1")  # fmt: skip
    assert said.status == 0, said.talk
    (folder / "grad-tts.pt").rename(folder / "mine.pt")
    said = sbv2("voices", "show", str(folder))
    assert said.status != 0
    assert "voice.config-missing" in said.talk


@pytest.mark.parametrize("steps", ["0", "1.5", "many", "2000"])
def test_steps_that_are_no_number_of_steps(sbv2: Sbv2, steps):
    said = sbv2("say", "-m", "grad", "あ。", "-o", "x.wav", "--steps", steps)
    assert said.status == 2
    assert "setting.steps" in said.talk


@pytest.mark.skipif(
    not convolution.can_pack(torch.bfloat16), reason="this processor does not multiply bfloat16"
)
def test_half_precision_has_the_lengths_of_the_whole(sbv2: Sbv2):
    for precision in ("fp32", "bf16"):
        said = sbv2(
            "render", script("s.csv", SHEET), "-o", precision, "--precision", precision
        )  # fmt: skip
        assert said.status == 0, said.talk
    exact, half = rows("fp32"), rows("bf16")
    assert {n: row["duration"] for n, row in exact.items()} == {
        n: row["duration"] for n, row in half.items()
    }
    assert files("fp32")["a.wav"] != files("bf16")["a.wav"]
