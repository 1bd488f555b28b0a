"""Voices whose frames are made of noise, as graphs: the sound of torch, step by step."""

from __future__ import annotations

import dataclasses

import numpy as np
import onnx
import pytest
import tiny_mel_voice
import tiny_voice

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import Sbv2Error
from sbv2cli.export import check
from sbv2cli.export.onnx_voice import convert
from sbv2cli.export.options import Options
from sbv2cli.voices.bundle import open_bundle

VOICES = {
    "grad-tts": (tiny_mel_voice.opened_grad_tts, {}),
    "grad-tts, speakers, sde": (
        tiny_mel_voice.opened_grad_tts,
        {"speakers": 3, "model": {"stoc": True, "pe_scale": 1, "dec_dim": 16}},
    ),
    "diff-tts": (tiny_mel_voice.opened_diff_tts, {}),
    "diff-tts, velocity": (
        tiny_mel_voice.opened_diff_tts,
        {"model": {"predicts": "velocity", "eta": 0.5}},
    ),
    "diff-tts, speakers, ddpm": (
        tiny_mel_voice.opened_diff_tts,
        {"speakers": 3, "model": {"eta": 1.0, "encoder_dilations": [1, 3], "residual_layers": 9}},
    ),
}
STEPS = (1, 2, 5)


@pytest.fixture(scope="module", params=VOICES)
def pair(request, tmp_path_factory):
    """A voice with its weights, and the same as graphs."""
    opened, options = VOICES[request.param]
    folder = tmp_path_factory.mktemp("voices")
    bundle = opened(folder / "tiny", **options)
    report = convert(bundle, folder / "graphs", Options())
    assert set(report.worst) == {"plan", "begin", "step", "render"}
    assert max(report.worst.values()) < 5e-5
    return bundle, open_bundle(folder / "graphs")


def lines_of(bundle):
    diffusion = bundle.config.diffusion
    return [
        dataclasses.replace(
            tiny_voice.utterance(bundle, number, phones=1 + 3 * number, seed=number % 3),
            steps=diffusion.nearest(STEPS[number % 3]),
            temperature=1 + number / 7,
            length_scale=1 + 0.13 * (number % 4),
        )
        for number in range(9)
    ]


def spoken(bundle, lines, **settings):
    machine = Engine(bundle, EngineSettings(device="cpu", **settings))
    return {sound.id: sound for sound in machine.speak(lines)}


@pytest.mark.parametrize("layout", [{"threads": 1}, {"together": True}])
def test_the_same_sound_as_with_torch(pair, layout):
    bundle, graphs = pair
    lines = lines_of(bundle)
    expected, sounds = spoken(bundle, lines, threads=1), spoken(graphs, lines, **layout)
    assert sounds.keys() == expected.keys()
    for name, sound in sounds.items():
        assert np.array_equal(sound.phone_frames, expected[name].phone_frames)
        np.testing.assert_allclose(sound.samples, expected[name].samples, rtol=0, atol=1e-5)


def test_steps_and_temperature_are_heard(pair):
    bundle, graphs = pair
    line = lines_of(bundle)[5]
    changed = {
        "steps": dataclasses.replace(line, steps=bundle.config.diffusion.nearest(13)),
        "take": dataclasses.replace(line, take=9),
    }
    if bundle.config.diffusion.temperature is not None:
        changed["temperature"] = dataclasses.replace(line, temperature=3.0)
    sounds = [spoken(graphs, [one])[line.id] for one in (line, *changed.values())]
    assert len({sound.samples.tobytes() for sound in sounds}) == len(sounds)
    assert len({len(sound.samples) for sound in sounds}) == 1


def test_a_graph_has_the_inputs_that_its_network_wants(pair):
    bundle, graphs = pair
    inputs = {
        kind: {one.name for one in onnx.load(path).graph.input}
        for kind, path in graphs.parts.items()
    }
    assert list(inputs) == ["plan", "begin", "step", "render"]
    network = bundle.config.network
    table = {"speaker"} if bundle.config.speaker_count > 1 else set()
    calm = {"temperature"} if bundle.config.diffusion.temperature is not None else set()
    if not calm:
        table = set()  # its speakers are part of the hidden states
    drawn = {"noise"} if network.get("stoc") or network.get("eta") else set()
    assert inputs["begin"] == {"values", "noise", "lengths"} | table | calm
    assert inputs["step"] == {"x", "conditions", "lengths", "step", "steps"} | drawn
    assert inputs["render"] == {"mel", "lengths"}


def test_a_wrong_step_gets_no_name(tmp_path, monkeypatch):
    bundle = tiny_mel_voice.opened_grad_tts(tmp_path / "tiny")
    monkeypatch.setattr("sbv2cli.export.grad.OUTSIDE", 0.0)  # attention over neighbours' windows
    with pytest.raises(Sbv2Error) as caught:
        convert(bundle, tmp_path / "out", Options())
    assert caught.value.code == "export.differs"
    assert "step by" in caught.value.message
    assert not (tmp_path / "out").exists()


def test_weights_in_eight_bits(tmp_path):
    bundle = tiny_mel_voice.opened_grad_tts(tmp_path / "tiny", model={"dec_dim": 32})
    report = convert(bundle, tmp_path / "out", Options(quantize=True))
    assert report.worst["plan"] < check.TOLERANCE
    assert 1e-4 < report.worst["step"] < 0.5
    types = {node.op_type for node in onnx.load(tmp_path / "out" / "tiny.step.onnx").graph.node}
    assert "DequantizeLinear" in types


def test_a_published_file_brings_the_configuration_that_it_came_without(tmp_path):
    tiny_mel_voice.write_published_grad_tts(tmp_path / "lj")
    bundle = open_bundle(tmp_path / "lj")
    convert(bundle, tmp_path / "out", Options())
    graphs = open_bundle(tmp_path / "out")
    assert graphs.config.languages == bundle.config.languages == ("en",)
    assert graphs.config.diffusion == bundle.config.diffusion


@pytest.mark.parametrize("part", ["begin", "step"])
def test_a_missing_part_is_named(tmp_path, part):
    folder = tmp_path / "out"
    convert(tiny_mel_voice.opened_diff_tts(tmp_path / "tiny"), folder, Options())
    (folder / f"tiny.{part}.onnx").unlink()
    with pytest.raises(Sbv2Error) as caught:
        open_bundle(folder)
    assert caught.value.code == "voice.onnx-half"
    assert f"tiny.{part}.onnx" in caught.value.message


def test_both_missing_parts_are_noticed_when_the_voice_is_opened(tmp_path):
    folder = tmp_path / "out"
    convert(tiny_mel_voice.opened_diff_tts(tmp_path / "tiny"), folder, Options())
    for part in ("begin", "step"):
        (folder / f"tiny.{part}.onnx").unlink()
    with pytest.raises(Sbv2Error) as caught:
        Engine(open_bundle(folder), EngineSettings(device="cpu"))
    assert caught.value.code == "voice.onnx-half"
    assert 'a part "begin"' in caught.value.message
