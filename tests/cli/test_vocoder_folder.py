"""The vocoder of a voice in a folder of its own: voices of mel spectrograms speak through it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tiny_voice
import torch

from sbv2cli.engine.torch import loading
from sbv2cli.training.recipes import mel
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import mel as mels

if TYPE_CHECKING:
    from stage import Sbv2


@pytest.fixture
def source(stage):
    """A voice whose latent is a spectrogram."""
    folder = tiny_voice.write(
        stage / "voices" / "source",
        network={"vocoder": tiny_voice.SOURCE_FILTER},
        data={"filter_length": 64, "win_length": 64},
    )
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["sbv2cli"]["latent"] = "mel"
    path.write_text(json.dumps(config), "utf-8")
    return folder


def test_what_comes_out_is_what_the_voice_itself_makes(source, sbv2: Sbv2):
    said = sbv2("voices", "convert", "source", "--to", "vocoder", "-o", "made/vocoder")
    assert said.status == 0, said.talk
    own = loading.load(open_bundle(source))
    Path("made/config.json").write_text(
        json.dumps(
            {
                "architecture": "grad_tts",
                "model": {"n_feats": 8, "n_enc_channels": 8, "filter_channels": 8,
                          "filter_channels_dp": 8, "n_enc_layers": 1, "dec_dim": 8},
                "data": json.loads(Path("made/vocoder/config.json").read_text("utf-8"))["data"],
                "symbols": ["_", "a"],
            }
        ),
        "utf-8",
    )  # fmt: skip
    config = open_bundle_without_weights(Path("made"))
    network = loading.build(config, where="made")
    folder = next(Path("made/vocoder").glob("*.safetensors"))
    kind = loading.parts_of(config, where="made").vocoder
    loading._fill(
        network.vocoder, loading.read_tensors(folder), kind.names, kind.name, where="made"
    )
    draw = torch.Generator().manual_seed(1)
    mel_BMF = torch.randn(1, 8, 20, generator=draw) * 2 - 5
    latent_BMF = (mel_BMF.clamp_min(-8.5) + 5.5) / 2
    noise = torch.randn(1, network.vocoder.noise_channels, 20, generator=draw)
    assert network.mel_input is not None
    with torch.inference_mode():
        speaker = own.acoustic.speaker(torch.tensor([0]))
        wanted = own.vocoder(latent_BMF, None, speaker, noise)
        found = network.vocoder(
            network.mel_input.latent(mel_BMF), None, network.mel_input.speaker_of(mel_BMF), noise
        )
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def open_bundle_without_weights(folder):
    from sbv2cli.voices.configs import vocoder_config, voice_config

    text = (folder / "vocoder" / "config.json").read_text("utf-8")
    own = (folder / "config.json").read_text("utf-8")
    config = voice_config.parse(own, where="made")
    vocoder = vocoder_config.parse(text, where="made")
    assert config.mel is not None
    assert config.mel.differences(vocoder.mel) == []
    from dataclasses import replace

    return replace(config, vocoder=vocoder)


def test_a_voice_with_a_latent_of_its_own_has_none_to_give(sbv2: Sbv2):
    said = sbv2("voices", "convert", "hana", "--to", "vocoder", "-o", "made")
    assert said.status == 2
    assert "export.vocoder" in said.talk
    assert not Path("made").exists()


def test_that_of_the_built_in_voice_hears_what_the_recipes_make(sbv2: Sbv2):
    assert sbv2("voices", "convert", "sbv2-f01", "--to", "vocoder", "-o", "made").status == 0
    made = json.loads(Path("made/config.json").read_text("utf-8"))
    for recipe in (mel.grad_tts(), mel.diff_tts()):
        said = mels.of_data(recipe["data"])
        assert said.differences(mels.of_data(made["data"])) == []
    assert len(made["vocoder"]["mel_input"]["speaker"]) == 96


def test_graphs_hear_as_the_network_does(stage, source, sbv2: Sbv2):
    import tiny_glow

    glow = tiny_glow.write(stage / "voices" / "glow", japanese=True, data={"hop_length": 8})
    shutil.rmtree(glow / "vocoder")
    said = sbv2("voices", "convert", "source", "--to", "vocoder", "-o", str(glow / "vocoder"))
    assert said.status == 0, said.talk
    # The converter compares graphs and network, and writes nothing where they differ.
    said = sbv2("voices", "convert", "glow", "--to", "onnx", "-o", "graphs")
    assert said.status == 0, said.talk
    for voice, name in (("glow", "a.wav"), ("./graphs", "b.wav")):
        assert sbv2("say", "-m", voice, "おはよう。", "-o", name).status == 0
    one, other = (np.frombuffer(Path(n).read_bytes()[44:], "<i2").astype(int) for n in
                  ("a.wav", "b.wav"))  # fmt: skip
    assert one.shape == other.shape
    # A phase is a sum over a line, and carries on what is rounded away.
    assert np.abs(one - other).max() < 200
    assert np.abs(one).max() > 1000
