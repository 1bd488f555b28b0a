"""A voice of spectrograms with the vocoder of another voice, as graphs."""

from __future__ import annotations

import json
import shutil

import numpy as np
import onnx_graphs
import tiny_glow
import tiny_voice

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.export import vocoder_folder
from sbv2cli.export.options import Options
from sbv2cli.voices.bundle import open_bundle


def test_a_vocoder_hears_in_a_graph_what_it_hears_outside(tmp_path):
    other = tiny_voice.write(tmp_path / "other", network={"vocoder": tiny_voice.SOURCE_FILTER})
    config = json.loads((other / "config.json").read_text("utf-8"))
    config["sbv2cli"]["latent"] = "mel"
    (other / "config.json").write_text(json.dumps(config), "utf-8")
    taken = tmp_path / "vocoder"
    vocoder_folder.convert(open_bundle(other), taken, Options(force=False))
    data = {"hop_length": 8, "filter_length": 2048, "win_length": 2048, "mel_floor": 1e-6}
    voice = tiny_glow.write(tmp_path / "voice", data=data)
    shutil.rmtree(voice / "vocoder")
    taken.rename(voice / "vocoder")
    bundle = open_bundle(voice)
    graphs = open_bundle(onnx_graphs.convert(bundle, tmp_path / "graphs"))
    lines = [tiny_voice.utterance(bundle, n, phones=3 + n) for n in range(3)]
    sounds = [
        {s.id: s.samples for s in Engine(each, EngineSettings(device="cpu")).speak(lines)}
        for each in (bundle, graphs)
    ]
    for name, samples in sounds[0].items():
        assert np.abs(samples).max() > 1e-3
        np.testing.assert_allclose(sounds[1][name], samples, rtol=0, atol=5e-3)
