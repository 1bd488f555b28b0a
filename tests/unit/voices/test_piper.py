"""Piper voices: their weights out of the graph, held to onnxruntime, which runs it as it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import piper_voice
import pytest
import torch

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import Sbv2Error
from sbv2cli.languages.letters import read_letters
from sbv2cli.languages.own_symbols import read_own
from sbv2cli.records import Delivery, LineId, Waveform
from sbv2cli.voices import piper_graph
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.to_utterance import settle, to_utterance

TEXT = "Lahmen beim Tab, tə.áb?"

HIGH = {"resblock": "1", "dilations": [[1, 3, 5], [1, 2, 3]], "kernels": [3, 7]}
VOICES: dict[str, dict[str, Any]] = {
    "low": {},
    "high": {**HIGH, "rates": [2, 2, 2], "up_kernels": [4, 4, 4], "layers": 3, "hidden": 12},
    "several": {"gin": 6, "speakers": 3, "inter": 6},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The graphs, exported once."""
    folder = tmp_path_factory.mktemp("piper")
    for name, sizes in VOICES.items():
        said = {"speaker_id_map": {"p1": 0, "p2": 1, "p3": 2}} if "gin" in sizes else {}
        piper_voice.write(folder / name, name, said=said, **sizes)
    return folder


def spoken(bundle, reading, **delivery: Any):
    utterance = to_utterance(LineId("x"), reading, bundle, Delivery(**delivery))
    (sound,) = Engine(bundle, EngineSettings(device="cpu")).speak([utterance])
    return utterance, sound


def run(path: Path, ids, speaker: int | None, length_scale: float) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path))
    feeds = {
        "input": ids[None],
        "input_lengths": np.array([len(ids)]),
        "scales": np.array([0, length_scale, 0], np.float32),
    }
    if speaker is not None:
        feeds["sid"] = np.array([speaker])
    (answer,) = session.run(None, feeds)
    return answer.reshape(-1)


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("backend", ["torch", "onnx"])
@pytest.mark.parametrize("speed", [1.0, 0.6])
def test_samples_are_those_of_the_graph(made, name, backend, speed):
    path = made / name / f"{name}.onnx"
    bundle = open_bundle(path, backend=backend)
    assert bundle.backend == backend
    reading = read_letters(TEXT, bundle.config.text_rules)
    speaker = "p3" if "gin" in VOICES[name] else None
    utterance, sound = spoken(bundle, reading, noise=0.0, noise_w=0.0, speed=speed, speaker=speaker)
    assert isinstance(sound, Waveform), sound
    wanted = run(path, utterance.phones, 2 if speaker else None, 1 / speed)
    assert np.abs(wanted).max() > 0.05
    assert len(sound.samples) == len(wanted) > 200
    np.testing.assert_allclose(sound.samples, wanted, atol=1e-4)
    assert (sound.phone_frames is None) == (backend == "onnx")


@pytest.mark.parametrize("name", VOICES)
def test_weights_are_those_that_were_exported(made, name):
    network = piper_voice.network(**VOICES[name])
    wanted = {key: value.detach() for key, value in network.named_parameters()}
    for key in [key for key in wanted if key.endswith("weight_v")]:
        stem = key.removesuffix("_v")
        direction, size = wanted.pop(key), wanted.pop(f"{stem}_g")
        length = direction.flatten(1).norm(dim=1)[:, None, None]
        wanted[stem] = size * direction / length
    found = piper_graph.tensors(made / name / f"{name}.onnx")
    assert found.keys() == wanted.keys()
    for key, value in wanted.items():
        # The coupling that no voice speaks with is in no graph.
        expected = torch.zeros_like(value) if key.startswith("dp.flows.1.") else value
        np.testing.assert_allclose(found[key], expected, atol=1e-6, err_msg=key)


def test_blanks_stand_as_piper_sets_them(made):
    bundle = open_bundle(made / "low" / "low.onnx")
    reading = read_letters("ab", bundle.config.text_rules)
    spelled = bundle.config.phonology.spell(reading, add_blank=bundle.config.add_blank)
    ids = piper_voice.PHONEMES
    assert spelled.phones.tolist() == [1, 0, ids["a"][0], 0, ids["b"][0], 0, 2]
    assert spelled.ids_per_phone == (2, 2, 2, 1)


def test_letters_are_folded_and_taken_apart(made):
    rules = open_bundle(made / "low" / "low.onnx").config.text_rules
    reading = read_letters("ÁB_$ß9", rules)
    assert reading.normalised == "a\u0301bss"
    assert {finding.code for finding in reading.findings} == {"reading.letter"}


def test_two_symbols_may_have_one_number(made, tmp_path):
    shutil.copytree(made / "low", tmp_path / "v")
    edit(tmp_path / "v" / "low.onnx", phoneme_id_map={**piper_voice.PHONEMES, "g": [8]})
    rules = open_bundle(tmp_path / "v").config.text_rules
    assert read_letters("ga", rules).normalised == "ba"


def test_settings_speakers_and_name_are_those_of_the_file(made, tmp_path):
    shutil.copytree(made / "several", tmp_path / "v")
    edit(tmp_path / "v" / "several.onnx", inference={"length_scale": 1.25, "noise_scale": 0.2})
    bundle = open_bundle(tmp_path / "v")
    settled = settle(Delivery(speaker="p2"), bundle)
    assert (settled.speed, settled.noise, settled.noise_w) == (0.8, 0.2, 0.8)
    assert (settled.speaker, bundle.name) == (1, "several")
    assert bundle.config.languages == ("de_DE",)


def edit(path: Path, **changes: Any) -> None:
    said = piper_graph.config_of(path)
    said.write_text(json.dumps({**json.loads(said.read_text("utf-8")), **changes}), "utf-8")


def test_a_folder_with_several_names_them(made, tmp_path):
    for name in ("low", "high"):
        shutil.copytree(made / name, tmp_path, dirs_exist_ok=True)
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(tmp_path)
    assert caught.value.code == "voice.several"
    assert "high.onnx, low.onnx" in caught.value.message
    assert open_bundle(tmp_path, "low").name == "low"


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"num_symbols": 99}, "voice.sizes", "99"),
        ({"num_speakers": 2}, "voice.sizes", "num_speakers"),
        ({"audio": {}}, "voice.config", "sample_rate"),
        ({"phoneme_id_map": None}, "voice.config", "phoneme_id_map"),
        ({"phoneme_id_map": {"_": [0], "a": [900]}}, "voice.config", "900"),
        ({"phoneme_id_map": {"_": [0], "a": 3}}, "voice.config", "phoneme_id_map.a"),
        ({"phoneme_id_map": {"a": [0]}}, "voice.config", "phoneme_id_map._"),
        ({"inference": {"length_scale": 0}}, "voice.config", "length_scale"),
        ({"phoneme_type": "espeak", "espeak": {}}, "voice.config", "espeak.voice"),
        ({"speaker_id_map": [1]}, "voice.config", "speaker_id_map"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(made, tmp_path, changes, code, words):
    shutil.copytree(made / "low", tmp_path / "v")
    edit(tmp_path / "v" / "low.onnx", **changes)
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(tmp_path / "v")
    assert caught.value.code == code
    assert words in caught.value.message


def test_an_unknown_manner_of_phonemes_leaves_symbols_and_ids(made, tmp_path):
    shutil.copytree(made / "low", tmp_path / "v")
    edit(tmp_path / "v" / "low.onnx", phoneme_type="something")
    bundle = open_bundle(tmp_path / "v")
    assert bundle.config.text_rules is None
    for given in ("ids: 8 9 10", "symbols: a b ␣ a", "cleaned: ab"):
        _, sound = spoken(bundle, read_own("x", given, "en"))
        assert isinstance(sound, Waveform)


@pytest.mark.parametrize("damage", ["empty", "cut", "other", "lost"])
def test_a_damaged_graph_is_refused_by_name(made, tmp_path, damage):
    shutil.copytree(made / "low", tmp_path / "v")
    path = tmp_path / "v" / "low.onnx"
    data = path.read_bytes()
    if damage == "lost":
        model = onnx.load(path)
        kept = [t for t in model.graph.initializer if t.name != "dec.conv_pre.weight"]
        del model.graph.initializer[:]
        model.graph.initializer.extend(kept)
        onnx.save(model, path)
    else:
        path.write_bytes({"empty": b"", "cut": data[: len(data) // 2], "other": b"no"}[damage])
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(tmp_path / "v")
    assert caught.value.code == ("voice.piper-graph" if damage == "lost" else "voice.onnx-file")


@pytest.mark.parametrize("kind", ["Conv", "ConvTranspose", "Gather", "Sub", "Mul", "Identity"])
def test_a_node_that_has_lost_its_inputs_is_named(made, tmp_path, kind):
    shutil.copytree(made / "low", tmp_path / "v")
    path = tmp_path / "v" / "low.onnx"
    model = onnx.load(path)
    model.graph.node.append(onnx.NodeProto(op_type=kind, output=["more"]))
    onnx.save(model, path)
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(tmp_path / "v")
    assert caught.value.code == "voice.piper-graph"
    assert f'a "{kind}" of it has 0 inputs' in caught.value.message


def test_names_that_go_round_in_a_circle_end(made, tmp_path):
    shutil.copytree(made / "low", tmp_path / "v")
    path = tmp_path / "v" / "low.onnx"
    model = onnx.load(path)
    for one, other in (("enc_p.x", "enc_p.y"), ("enc_p.y", "enc_p.x")):
        model.graph.node.append(onnx.NodeProto(op_type="Identity", input=[one], output=[other]))
    onnx.save(model, path)
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(tmp_path / "v")
    assert caught.value.code == "voice.piper-graph"
    assert "is made of itself" in caught.value.message


def test_a_graph_that_cannot_be_taken_apart_still_runs_as_it_is(made, tmp_path):
    shutil.copytree(made / "low", tmp_path / "v")
    path = tmp_path / "v" / "low.onnx"
    model = onnx.load(path)
    names = {tensor.name: f"w{number}" for number, tensor in enumerate(model.graph.initializer)}
    for tensor in model.graph.initializer:
        tensor.name = names[tensor.name]
    for node in model.graph.node:
        node.name = ""
        for index, name in enumerate(node.input):
            node.input[index] = names.get(name, name)
    onnx.save(model, path)
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(path)
    assert caught.value.code == "voice.piper-graph"
    assert "--backend onnx" in caught.value.hint
    bundle = open_bundle(path, backend="onnx")
    _, sound = spoken(bundle, read_own("x", "ids: 8 9 10", "en"))
    assert isinstance(sound, Waveform)
