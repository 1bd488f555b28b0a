"""Checkpoints as training programs leave them: the voice in them is the same one."""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import sys
import types

import numpy as np
import pytest
import tiny_voice
import torch
from safetensors.torch import load_file, save_file

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import VoiceError
from sbv2cli.voices.bundle import open_bundle


@pytest.fixture
def voice(tmp_path):
    return tiny_voice.write(tmp_path / "voice")


@pytest.fixture
def tensors(voice):
    return {n: t for n, t in load_file(weights_of(voice)).items() if n != "iteration"}


def weights_of(folder):
    return next(folder.glob("*.safetensors"))


def same_voice(folder, tensors):
    network = loading.load(open_bundle(folder))
    assert torch.equal(network.acoustic.speakers.weight, tensors["emb_g.weight"])
    assert torch.equal(network.vocoder.conv_in.weight, tensors["dec.conv_pre.weight"])


@pytest.mark.parametrize(
    "before", ["module.", "_orig_mod.", "net_g.", "generator.", "_orig_mod.module.", "model."]
)
def test_what_stands_before_every_name_is_taken_off(voice, tensors, before):
    counter = {"iteration": torch.tensor([3])}
    named = {before + name: tensor for name, tensor in tensors.items()}
    save_file({**named, **counter}, weights_of(voice))
    same_voice(voice, tensors)


def test_a_name_that_some_have_alone_stays(voice, tensors):
    half = {
        ("module." if "dec." in name else "") + name: tensor for name, tensor in tensors.items()
    }
    save_file(half, weights_of(voice))
    with pytest.raises(VoiceError) as caught:
        loading.load(open_bundle(voice))
    assert '"module.dec.' in caught.value.message


@pytest.mark.parametrize(
    "beside", ["net_d.discriminators.0.convs.0.weight_v", "model_d.mpd.x", "optimizer.state.0"]
)
@pytest.mark.parametrize("before", ["", "net_g."])
def test_a_judge_beside_the_voice_is_left_out(voice, tensors, beside, before):
    named = {before + name: tensor for name, tensor in tensors.items()}
    save_file({**named, beside: torch.ones(2)}, weights_of(voice))
    same_voice(voice, tensors)


def test_discriminators_alone_keep_their_names(tmp_path):
    judge = {"discriminators.0.convs.0.weight": torch.ones(2, 1, 3)}
    save_file(judge, tmp_path / "D_0.safetensors")
    assert read_tensors(tmp_path / "D_0.safetensors").keys() == judge.keys()


@pytest.mark.parametrize(
    "table", ["model", "generator", "state_dict", "model_state_dict", "net_g", "weight"]
)
def test_wherever_the_table_is_kept(voice, tensors, table):
    weights_of(voice).unlink()
    torch.save({table: tensors, "epoch": 3}, voice / "G_7.pth")
    same_voice(voice, tensors)


def test_values_beside_the_parameters_are_not_needed(voice, tensors):
    weights_of(voice).unlink()
    checkpoint = {
        "model": tensors,
        "learning_rate": np.float64(2e-4),
        "losses": np.zeros(3, dtype=np.float32),
        "folder": pathlib.PurePosixPath("/home/somebody/run"),
        "arguments": argparse.Namespace(seed=3),
        "optimizer": {"state": collections.defaultdict(dict, {0: {"step": 3}})},
    }
    torch.save(checkpoint, voice / "G_7.pth")
    same_voice(voice, tensors)


def test_settings_of_an_old_file_of_coqui(voice, tensors, monkeypatch):
    """A table that is its own attributes, of a module that is not here."""
    names = ("TTS", "TTS.utils", "TTS.utils.io")
    for name in names:
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    table = type("AttrDict", (dict,), {"__module__": names[-1]})
    optimiser = type("RAdam", (), {"__module__": names[-1]})
    sys.modules[names[-1]].AttrDict, sys.modules[names[-1]].RAdam = table, optimiser
    said = table(model="x", audio=table(rate=3))
    said.__dict__ = said
    weights_of(voice).unlink()
    checkpoint = {"config": said, "optimizer": optimiser(), "model": tensors}
    torch.save(checkpoint, voice / "model_file.pth.tar")
    for name in names:
        monkeypatch.delitem(sys.modules, name)
    same_voice(voice, tensors)


class Command:
    run = False

    def __reduce__(self):
        return (Command.go, ())

    @staticmethod
    def go():
        Command.run = True


def test_a_command_beside_values_is_still_refused(voice, tensors):
    weights_of(voice).unlink()
    checkpoint = {"model": tensors, "learning_rate": np.float64(2e-4), "x": Command()}
    torch.save(checkpoint, voice / "G_7.pth")
    with pytest.raises(VoiceError) as caught:
        loading.load(open_bundle(voice))
    assert caught.value.code == "voice.weights-code"
    assert not Command.run


@pytest.mark.parametrize("name", ["dec.conv_pre.weight", "enc_p.emb.weight"])
def test_weights_in_few_bits_are_refused(voice, tensors, name):
    """Their numbers would be taken as they stand."""
    save_file({**tensors, name: (tensors[name] * 40).to(torch.int8)}, weights_of(voice))
    with pytest.raises(VoiceError) as caught:
        loading.load(open_bundle(voice))
    assert caught.value.code == "voice.weights-values"
    assert f'"{name}" is of int8' in caught.value.message


def vits(folder, *, speakers, said):
    """A checkpoint of one speaker whose configuration says so much of speakers."""
    tiny_voice.write_vits(folder, speakers=1)
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["data"]["n_speakers"] = said
    if said == 0:
        del config["speakers"]
    path.write_text(json.dumps(config), "utf-8")
    checkpoint = torch.load(folder / "G_1000.pth", weights_only=True)
    if not speakers:
        del checkpoint["model"]["emb_g.weight"]
    torch.save(checkpoint, folder / "G_1000.pth")
    return folder


@pytest.mark.parametrize("said", [0, 1])
def test_layers_for_a_speaker_that_nobody_chose_are_not_heard(tmp_path, said):
    """The code of 2021 makes them wherever gin_channels is given, and gives them nothing."""
    network = loading.load(open_bundle(vits(tmp_path / "a", speakers=0, said=said)))
    assert network.acoustic.speaker_channels == 0
    deaf = tiny_voice.write_vits(tmp_path / "b", speakers=0)
    given = torch.load(tmp_path / "a" / "G_1000.pth", weights_only=True)
    given["model"] = {
        name: tensor
        for name, tensor in given["model"].items()
        if ".cond." not in name and ".cond_layer." not in name
    }
    torch.save(given, deaf / "G_1000.pth")
    wanted = loading.load(open_bundle(deaf)).state_dict()
    found = network.state_dict()
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_one_speaker_with_a_table_is_heard(tmp_path):
    network = loading.load(open_bundle(vits(tmp_path / "a", speakers=1, said=1)))
    assert network.acoustic.speaker_channels == 6


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"data": {"hop_length": 16}}, '"hop_length" is 16, and the rates of upsampling make 8'),
        ({"model": {"upsample_rates": [4, 4]}}, '"hop_length" is 8, and the rates'),
    ],
)
def test_rates_that_the_weights_cannot_show_must_agree(voice, change, shown):
    path = voice / "config.json"
    config = json.loads(path.read_text("utf-8"))
    for section, values in change.items():
        config[section].update(values)
    path.write_text(json.dumps(config), "utf-8")
    with pytest.raises(VoiceError) as caught:
        loading.load(open_bundle(voice))
    assert caught.value.code == "voice.config"
    assert shown in caught.value.message


def test_the_version_that_the_weights_ask_for_is_told(voice):
    path = voice / "config.json"
    path.write_text(path.read_text("utf-8").replace("2.0-JP-Extra", "2.0-jp-extra"), "utf-8")
    with pytest.raises(VoiceError) as caught:
        loading.load(open_bundle(voice))
    assert '"version": "2.0-JP-Extra"' in str(caught.value.hint)
