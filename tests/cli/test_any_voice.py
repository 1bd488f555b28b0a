"""Voices as people have them, and files that are none, on the command line."""

from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx_graphs
import pytest
import tiny_glow
import tiny_mel_voice
import tiny_voice
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from stage import Sbv2

SENTENCE = "今日は雨です。"


def edit(folder: Path, **sections) -> None:
    """Change values of a configuration; `None` takes a key out."""
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8"))
    for name, values in sections.items():
        if isinstance(values, dict) and name in config:
            config[name] = {**config[name], **values}
            config[name] = {key: v for key, v in config[name].items() if v is not None}
        else:
            config[name] = values
    path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}), "utf-8")


def sound(sbv2: Sbv2, voice: object, *options: object) -> np.ndarray:
    """The samples of a sentence."""
    said = sbv2("say", "-m", voice, SENTENCE, "-o", "o.wav", *options)
    assert said.status == 0, said.talk
    with wave.open("o.wav") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def refused(sbv2: Sbv2, voice: object, code: str, *words: str) -> None:
    """Both by what is shown and by what is spoken, or by the latter alone."""
    said = sbv2("say", "-m", voice, SENTENCE, "-o", "o.wav")
    assert said.status in (2, 3, 4), said.talk
    assert f"error[{code}]" in said.talk
    assert "hint: " in said.talk
    for word in words:
        assert word in said.talk
    assert not Path("o.wav").exists()


def test_values_as_other_programs_write_them(sbv2: Sbv2) -> None:
    wanted = sound(sbv2, "hana", "--speaker", "Taro", "--style", "Sad")
    edit(
        Path("voices/hana"),
        data={
            "sampling_rate": 16000.0,
            "hop_length": "8",
            "spk2id": {"花子": "0", "Taro": "1"},
            "style2id": {"0": "Neutral", "1": "Happy", "2": "Sad"},
            "add_blank": 1,
        },
    )
    found = sound(sbv2, "hana", "--speaker", "Taro", "--style", "Sad")
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize(
    ("folder", "section", "key"),
    [("hana", "data", "add_blank"), ("hana", "model", "use_transformer_flow")],
)
def test_a_text_is_no_yes(sbv2: Sbv2, folder: str, section: str, key: str) -> None:
    edit(Path("voices", folder), **{section: {key: "false"}})
    refused(sbv2, folder, "voice.config", f'"{key}" is "false", wanted true or false')


def test_speakers_as_forks_of_vits_write_them(sbv2: Sbv2, stage: Path) -> None:
    voice = tiny_voice.write_vits(stage / "voices" / "vits", speakers=3)
    wanted = sound(sbv2, "vits", "--speaker", "話者2")
    edit(
        voice,
        speakers=None,
        data={"spk2id": {"a": 0, "b": 1, "c": 2}, "text_cleaners": "japanese_cleaners2"},
    )
    assert np.array_equal(sound(sbv2, "vits", "--speaker", "c"), wanted)
    edit(voice, speakers={"0": "x", "1": "y", "2": "z"})
    assert np.array_equal(sound(sbv2, "vits", "--speaker", "z"), wanted)


def test_speakers_of_coqui_lie_beside_it(sbv2: Sbv2, stage: Path) -> None:
    speaking = {"use_speaker_embedding": True, "num_speakers": 2}
    voice = tiny_glow.write_coqui(stage / "voices" / "coqui", **speaking)
    hello = ("say", "-m", "coqui", "hello there", "--lang", "en", "-o", "o.wav", "--speaker")
    assert sbv2(*hello, "1").status == 0
    wanted = Path("o.wav").read_bytes()
    (voice / "speakers.json").write_text('{"anna": 0, "bob": 1}', "utf-8")
    assert sbv2("voices", "show", "coqui", "--json").json["voice"]["speakers"] == ["anna", "bob"]
    assert sbv2(*hello, "bob").status == 0
    assert Path("o.wav").read_bytes() == wanted
    (voice / "speakers.json").write_text('{"anna": [1]}', "utf-8")
    said = sbv2("voices", "show", "coqui")
    assert said.status == 4
    assert "speakers.json" in said.talk


def test_a_vocoder_of_other_rates_than_it_says(sbv2: Sbv2, stage: Path) -> None:
    """Its sound would have half the length, and nothing in its weights tells so."""
    voice = tiny_mel_voice.write_grad_tts(stage / "voices" / "grad")
    sound(sbv2, "grad")
    Path("o.wav").unlink()
    edit(voice / "vocoder", upsample_rates=[2, 2])
    refused(sbv2, "grad", "voice.config", '"hop_length" is 8', "make 4 samples")


def test_another_spelling_of_an_architecture(sbv2: Sbv2, stage: Path) -> None:
    voice = tiny_mel_voice.write_grad_tts(stage / "voices" / "grad")
    edit(voice, architecture="Grad-TTS")
    refused(sbv2, "grad", "voice.config", '"architecture" is "Grad-TTS", wanted "grad_tts"')
    edit(voice, architecture="grad_tts", model={"stoc": "false"})
    refused(sbv2, "grad", "voice.config", '"stoc" is "false"')


def test_files_that_are_no_voices(sbv2: Sbv2) -> None:
    folder = Path("voices/hana")
    weights = next(folder.glob("*.safetensors"))
    whole = weights.read_bytes()
    for data, word in (
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"<!DOCTYPE html><html>", "/resolve/"),
        (whole[: len(whole) // 2], "it is cut off"),
    ):
        weights.write_bytes(data)
        refused(sbv2, "hana", "voice.weights-broken", word)
        assert sbv2("voices", "show", "hana").status == 4
    save_file({"discriminators.0.convs.0.bias": torch.ones(16)}, weights)
    refused(sbv2, "hana", "voice.family", "discriminators", "G_*.pth")
    weights.write_bytes(whole)
    refused(sbv2, folder / "style_vectors.npy", "voice.weights-format", f"voice: {folder}")
    assert sbv2("voices", "show", folder / "style_vectors.npy").status == 4
    shutil.make_archive("hana", "zip", folder)
    refused(sbv2, "hana.zip", "voice.weights-format", "sbv2 voices install 'hana.zip'")


def test_a_note_in_the_place_of_what_lies_beside(sbv2: Sbv2) -> None:
    note = b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n"
    for name, code in (("config.json", "config-json"), ("style_vectors.npy", "styles-file")):
        path = Path("voices/hana", name)
        kept = path.read_bytes()
        path.write_bytes(note)
        refused(sbv2, "hana", f"voice.{code}", name, "git lfs pull")
        path.write_bytes(kept)


def test_what_is_there_under_another_name_is_told(sbv2: Sbv2, stage: Path) -> None:
    folder = Path("voices/hana")
    config, weights = folder / "config.json", next(folder.glob("*.safetensors"))
    config.rename(folder / "base_blank.json")
    refused(sbv2, folder, "voice.config-missing", "base_blank.json", "call it config.json")
    (folder / "base_blank.json").rename(folder / "config.yaml")
    refused(sbv2, folder, "voice.config-missing", "config.yaml", "as JSON")
    (folder / "config.yaml").unlink()
    (folder / "style_vectors.npy").unlink()
    save_file(load_file(weights), weights, metadata={"aivm_hyper_parameters": "{}"})
    refused(sbv2, folder, "voice.config-missing", weights.name, "the ending .aivm")
    other = Path("voices/ken")
    next(other.glob("*.safetensors")).rename(other / "voice.ckpt")
    refused(sbv2, "ken", "voice.weights-missing", "voice.ckpt has none of them")
    glow = tiny_glow.write(stage / "voices" / "glow", japanese=True)
    (glow / "vocoder" / "config.json").rename(glow / "vocoder" / "config_v1.json")
    refused(sbv2, "glow", "voice.vocoder-missing", "config_v1.json", "glow/vocoder")


def normed(tensors: dict[str, torch.Tensor], direction: str, size: str) -> dict[str, torch.Tensor]:
    """Weight norm in one of its spellings."""
    found = {}
    for name, tensor in tensors.items():
        if tiny_voice.NORMED.search(name) and name.endswith(".weight"):
            stem = name.removesuffix("weight")
            found[stem + size] = torch.norm_except_dim(tensor, 2, 0)
            found[stem + direction] = 1.7 * tensor
        else:
            found[name] = tensor
    return found


NEW = ("parametrizations.weight.original1", "parametrizations.weight.original0")


@pytest.mark.parametrize("kind", ["folder", "aivm"])
def test_what_is_converted_has_the_names_of_the_network(sbv2: Sbv2, kind: str) -> None:
    weights = next(Path("voices/hana").glob("*.safetensors"))
    tensors = load_file(weights)
    wanted = sound(sbv2, "hana")
    names = {f"module.net_g.{name}": tensor for name, tensor in tensors.items()}
    save_file({**names, "module.net_d.x": torch.ones(2)}, weights)
    assert np.array_equal(sound(sbv2, "hana"), wanted)
    out = Path("new.aivm" if kind == "aivm" else "new")
    made = sbv2("voices", "convert", "hana", "--to", kind, "-o", out)
    assert made.status == 0, made.talk
    file = out if kind == "aivm" else next(out.glob("*.safetensors"))
    with safe_open(file, "np") as opened:
        assert not any(name.startswith("module.") for name in list(opened.keys()))
    assert np.array_equal(sound(sbv2, out), wanted)


def test_two_spellings_of_weight_norm_are_mixed(sbv2: Sbv2) -> None:
    for name in ("hana", "ken"):
        weights = next(Path("voices", name).glob("*.safetensors"))
        save_file(normed(load_file(weights), "weight_v", "weight_g"), weights)
    assert sbv2("voices", "merge", "hana", "ken", "-o", "old").status == 0
    weights = next(Path("voices/ken").glob("*.safetensors"))
    old = load_file(weights)
    new = {n.replace("weight_v", NEW[0]).replace("weight_g", NEW[1]): t for n, t in old.items()}
    assert new.keys() != old.keys()
    save_file(new, weights)
    assert sbv2("voices", "merge", "hana", "ken", "-o", "new").status == 0
    found = load_file("new/new.safetensors")
    for name, tensor in load_file("old/old.safetensors").items():
        assert torch.equal(found[name], tensor)


def test_a_graph_of_durations_is_no_voice(sbv2: Sbv2, stage: Path) -> None:
    """Its numbers would be heard as samples."""
    folder = onnx_graphs.voice_folder(stage / "voices" / "hk")
    onnx_graphs.short_graph(folder / "synthesizer.onnx")
    alone = onnx_graphs.durations_alone(folder / "duration_predictor.onnx")
    assert sbv2("voices", "show", "hk", "--json").json["voice"]["weights"] == "synthesizer.onnx"
    say = ("say", SENTENCE, "--backend", "onnx", "-o", "o.wav", "-m")
    said = sbv2(*say, alone)
    assert said.status == 4
    assert "error[voice.onnx-inputs]" in said.talk
    assert "durations alone" in said.talk


def test_what_training_keeps_is_not_taken(sbv2: Sbv2, stage: Path) -> None:
    voice = tiny_voice.write_vits(stage / "voices" / "vits")
    (voice / "G_1000.pth").rename(voice / "G_latest.pth")
    for name in ("D_latest.pth", "optimizer.pth", "do_00000010.pth"):
        torch.save({"model": {"discriminators.0.x": torch.ones(2)}}, voice / name)
    sound(sbv2, "vits")


def test_a_voice_of_transformers_as_a_checkpoint_of_torch(sbv2: Sbv2, stage: Path) -> None:
    import transformers_voice  # slow to import

    voice = transformers_voice.write(stage / "voices" / "mms")
    say = ("say", "-m", "mms", "kamati", "-o", "o.wav")
    assert sbv2(*say).status == 0
    wanted = Path("o.wav").read_bytes()
    torch.save(load_file(voice / "model.safetensors"), voice / "pytorch_model.bin")
    (voice / "model.safetensors").unlink()
    assert sbv2(*say).status == 0
    assert Path("o.wav").read_bytes() == wanted
