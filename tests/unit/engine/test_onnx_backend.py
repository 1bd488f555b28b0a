"""Voices as ONNX graphs: the sound of torch, without torch; and what is said of broken files."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import onnx_graphs as graphs
import pytest
import tiny_voice
from onnx import external_data_helper

import sbv2cli
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.onnx.backend import Runtime, choose_providers, describe
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import MachineError, Sbv2Error
from sbv2cli.records import LineFailure, Waveform
from sbv2cli.voices.bundle import open_bundle

BOUND = 1e-4

LAYOUTS = [{"threads": 1}, {"threads": 3}, {"together": True}, {"threads": 2, "one_thread": True}]

VOICES = {
    "jp-extra": {},
    "multilingual": {"version": "2.2"},
    "wavenet flow": {"network": {"use_transformer_flow": False}},
}


def engine(bundle, **settings):
    return Engine(bundle, EngineSettings(device="cpu", **settings))


def spoken(bundle, lines, **settings):
    return {sound.id: sound for sound in engine(bundle, **settings).speak(lines)}


@pytest.fixture(scope="module", params=VOICES)
def pair(request, tmp_path_factory):
    """A voice with its weights, and the same as graphs."""
    folder = tmp_path_factory.mktemp("voices")
    bundle = tiny_voice.opened(folder / "tiny", **VOICES[request.param])
    return bundle, open_bundle(graphs.convert(bundle, folder / "graphs"))


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """A folder of graphs, to copy and break."""
    folder = tmp_path_factory.mktemp("voices")
    return graphs.convert(tiny_voice.opened(folder / "tiny"), folder / "graphs")


@pytest.fixture
def copy(converted, tmp_path):
    return Path(shutil.copytree(converted, tmp_path / "graphs"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_sound_as_with_torch(pair, layout):
    with_torch, graph = pair
    lines = [tiny_voice.utterance(with_torch, n, phones=1 + 3 * n % 20) for n in range(10)]
    lines[3] = dataclasses.replace(lines[3], noise_scale=0.0, noise_scale_w=0.0)
    expected = spoken(with_torch, lines, threads=1)
    sounds = spoken(graph, iter(lines), **layout)
    assert sounds.keys() == expected.keys()
    for name, sound in sounds.items():
        assert np.array_equal(sound.phone_frames, expected[name].phone_frames)
        np.testing.assert_allclose(sound.samples, expected[name].samples, rtol=0, atol=BOUND)
        assert sound.samples.dtype == np.float32


def test_really_side_by_side(pair, monkeypatch):
    _, graph = pair
    machine = engine(graph, together=True)
    sizes = []
    speaker = machine.worker.speaker
    run = speaker.render_graph.run

    def watched(outputs, feeds):
        sizes.append(len(feeds["values"]))
        return run(outputs, feeds)

    monkeypatch.setattr(
        machine.worker,
        "speaker",
        dataclasses.replace(
            speaker, render_graph=dataclasses.replace(speaker.render_graph, run=watched)
        ),
    )
    lines = [tiny_voice.utterance(graph, n, phones=9, length_scale=1.0) for n in range(12)]
    assert len(list(machine.speak(lines))) == 12
    assert max(sizes) > 1
    assert sum(sizes) == 12


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_bad_line_fails_alone(pair, layout):
    _, graph = pair
    lines = [tiny_voice.utterance(graph, n, phones=4) for n in range(6)]
    nan = np.full(256, np.nan, dtype=np.float32)
    lines[2] = dataclasses.replace(lines[2], speaker=7)
    lines[3] = dataclasses.replace(lines[3], style=nan)
    lines[4] = dataclasses.replace(lines[4], phones=lines[4].phones + 400)
    answers = spoken(graph, lines, **layout)
    codes = {i: a.code for i, a in answers.items() if isinstance(a, LineFailure)}
    assert codes == {
        "line-2": "engine.ids",
        "line-3": "engine.durations",
        "line-4": "engine.ids",
    }
    assert all(isinstance(answers[name], Waveform) for name in ("line-0", "line-1", "line-5"))


def test_a_full_device_halves_the_batch(pair, monkeypatch):
    _, graph = pair
    machine = engine(graph, together=True)
    speaker = machine.worker.speaker
    run = speaker.render_graph.run

    def small(outputs, feeds):
        if len(feeds["values"]) > 2:
            raise RuntimeError("Failed to allocate memory for requested buffer of size 99")
        return run(outputs, feeds)

    monkeypatch.setattr(
        machine.worker,
        "speaker",
        dataclasses.replace(
            speaker, render_graph=dataclasses.replace(speaker.render_graph, run=small)
        ),
    )
    lines = [tiny_voice.utterance(graph, n, phones=9, length_scale=1.0) for n in range(9)]
    assert all(isinstance(sound, Waveform) for sound in machine.speak(lines))


# Published graphs.


def test_a_published_graph_is_the_voice_without_noise(pair):
    with_torch, graph = pair
    published = open_bundle(graph.path / "tiny.onnx")
    assert published.noise_inside
    assert not graph.noise_inside
    line = tiny_voice.utterance(with_torch, 1, phones=12, noise_scale=0.0, noise_scale_w=0.0)
    (expected,) = engine(with_torch, threads=1).speak([line])
    (sound,) = engine(published, threads=1).speak([line])
    np.testing.assert_allclose(sound.samples, expected.samples, rtol=0, atol=BOUND)
    assert np.array_equal(sound.phone_frames, expected.phone_frames)


@pytest.mark.slow
def test_weights_that_are_listed_as_inputs_are_no_inputs(copy):
    """As exporters of some years ago left them."""
    model = onnx.load(copy / "tiny.onnx")
    listed = {one.name for one in model.graph.input}
    for weight in model.graph.initializer:
        if weight.name not in listed:
            model.graph.input.append(
                onnx.helper.make_tensor_value_info(weight.name, weight.data_type, weight.dims)
            )
    onnx.save(model, copy / "tiny.onnx")
    published = open_bundle(copy / "tiny.onnx")
    line = tiny_voice.utterance(published, 1, phones=3)
    (sound,) = engine(published, threads=1).speak([line])
    assert isinstance(sound, Waveform)


@pytest.mark.parametrize("speakers", [0, 2])
def test_a_graph_with_the_signature_of_piper_is_the_voice_without_noise(tmp_path, speakers):
    bundle = tiny_voice.opened_vits(tmp_path / "vits", speakers=speakers)
    folder = graphs.convert(bundle, tmp_path / "graphs")
    graph = open_bundle(folder / "vits.onnx")
    lines = [
        tiny_voice.utterance(bundle, n, phones=2 + 3 * n, noise_scale=0.0, noise_scale_w=0.0)
        for n in range(4)
    ]
    expected = spoken(bundle, lines, threads=1)
    for name, sound in spoken(graph, lines).items():
        assert isinstance(sound, Waveform)
        assert np.array_equal(sound.phone_frames, expected[name].phone_frames)
        np.testing.assert_allclose(sound.samples, expected[name].samples, rtol=0, atol=BOUND)


def test_the_noise_of_a_published_graph_follows_the_seed_and_nothing_else(converted):
    published = open_bundle(converted / "tiny.onnx")
    lines = [
        tiny_voice.utterance(published, n, phones=5, noise_scale=0.7, length_scale=1.0)
        for n in range(3)
    ]
    forwards = spoken(published, lines, threads=1)
    backwards = spoken(published, lines[::-1], threads=2)
    for name, sound in forwards.items():
        assert np.array_equal(sound.samples, backwards[name].samples)
    take = [dataclasses.replace(lines[0], take=2)]
    (other,) = spoken(published, take, threads=1).values()
    same_length = len(other.samples) == len(forwards["line-0"].samples)
    assert not same_length or not np.array_equal(other.samples, forwards["line-0"].samples)


@pytest.mark.parametrize("durations", [True, False])
def test_the_other_scheme_of_names(tmp_path, durations):
    folder = graphs.voice_folder(tmp_path / "short")
    graphs.short_graph(folder / "model.onnx", durations=durations)
    bundle = open_bundle(folder)
    assert bundle.backend == "onnx"
    line = tiny_voice.utterance(bundle, 1, phones=6, noise_scale=0.0)
    (sound,) = engine(bundle).speak([line])
    held = np.repeat(line.phones / 200, graphs.FRAMES * graphs.FRAME_SAMPLES)
    np.testing.assert_allclose(sound.samples, held, atol=1e-6)
    if durations:
        assert sound.phone_frames.tolist() == [graphs.FRAMES] * len(line.phones)
    else:
        assert sound.phone_frames is None


def test_a_seeded_session_is_what_the_runtime_needs(tmp_path):
    """If onnxruntime ever seeds its random nodes anew for each run, sessions can be kept."""
    import onnxruntime

    path = graphs.short_graph(tmp_path / "model.onnx")
    feeds = {
        name: np.ones([1 if isinstance(n, str) else n for n in shape], np.int64)
        if kind == onnx.TensorProto.INT64
        else np.ones([1 if isinstance(n, str) else n for n in shape], np.float32)
        for name, (kind, shape) in graphs.SHORT_INPUTS.items()
    }

    def session():
        onnxruntime.set_seed(5)
        return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    kept = session()
    first = kept.run(["audio"], feeds)[0]
    onnxruntime.set_seed(5)
    assert not np.array_equal(kept.run(["audio"], feeds)[0], first)
    assert np.array_equal(session().run(["audio"], feeds)[0], first)


# Files that are not what they should be.


def _truncated(folder: Path) -> None:
    path = folder / "tiny.render.onnx"
    path.write_bytes(path.read_bytes()[:-5000])


def _external(folder: Path) -> None:
    path = folder / "tiny.render.onnx"
    model = onnx.load(path)
    external_data_helper.convert_model_to_external_data(model, location="w.data", size_threshold=0)
    onnx.save(model, path)
    (folder / "w.data").unlink()


def _outside(folder: Path) -> None:
    path = folder / "tiny.render.onnx"
    model = onnx.load(path)
    external_data_helper.convert_model_to_external_data(model, location="w.data", size_threshold=0)
    onnx.save(model, path)
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        tensor.external_data[0].value = "../../etc/passwd"
    path.write_bytes(model.SerializeToString())


def _of_the_future(folder: Path) -> None:
    path = folder / "tiny.plan.onnx"
    model = onnx.load(path)
    model.opset_import[0].version = 99
    path.write_bytes(model.SerializeToString())


def _ir_of_the_future(folder: Path) -> None:
    path = folder / "tiny.plan.onnx"
    model = onnx.load(path)
    model.ir_version = 99
    path.write_bytes(model.SerializeToString())


def _facts(folder: Path, half: str, **changes: object) -> None:
    path = folder / f"tiny.{half}.onnx"
    facts = json.loads(onnx.load(path).metadata_props[0].value) | changes
    graphs.changed(path, sbv2cli=json.dumps(facts))


BROKEN = [
    (_truncated, "voice.onnx-file", "cannot be read"),
    (_external, "voice.onnx-data", "second file"),
    (_outside, "voice.onnx-outside", "../../etc/passwd"),
    (_of_the_future, "voice.onnx-opset", "newer"),
    (_ir_of_the_future, "voice.onnx-opset", "newer"),
    (
        lambda f: graphs.changed(f / "tiny.plan.onnx", sbv2cli="{never"),
        "voice.onnx-metadata",
        "not a JSON object",
    ),
    (
        lambda f: graphs.changed(f / "tiny.plan.onnx", sbv2cli="[1]"),
        "voice.onnx-metadata",
        "not a JSON object",
    ),
    (lambda f: _facts(f, "plan", signature=7), "voice.onnx-signature", "7"),
    (lambda f: _facts(f, "plan", rate=12345), "voice.onnx-config", "12345"),
    (lambda f: _facts(f, "render", bundle="other"), "voice.onnx-half", "different voices"),
    (
        lambda f: shutil.copy(f / "tiny.plan.onnx", f / "tiny.render.onnx"),
        "voice.onnx-half",
        '"plan"',
    ),
    (lambda f: (f / "tiny.render.onnx").unlink(), "voice.onnx-half", " is missing"),
    (lambda f: (f / "tiny.plan.onnx").unlink(), "voice.onnx-half", " is missing"),
]


@pytest.mark.parametrize(("breakage", "code", "words"), BROKEN)
def test_a_broken_file_says_what_is_wrong(copy, breakage, code, words):
    breakage(copy)
    with pytest.raises(Sbv2Error) as caught:
        engine(open_bundle(copy))
    error = caught.value
    assert error.code == code
    assert words in error.message
    assert str(copy) in str(error.at)
    assert error.hint


def test_a_graph_that_is_no_voice(tmp_path):
    folder = graphs.voice_folder(tmp_path / "odd")
    pitch = {"f0_curve": (onnx.TensorProto.FLOAT, [1, "t"])}
    graphs.short_graph(folder / "model.onnx", **pitch)
    with pytest.raises(Sbv2Error) as caught:
        engine(open_bundle(folder))
    assert caught.value.code == "voice.onnx-inputs"
    assert "f0_curve" in caught.value.message
    assert caught.value.hint


# The machine.


def test_precisions_that_there_are_not(converted):
    with pytest.raises(MachineError) as caught:
        engine(open_bundle(converted), precision="bf16")
    assert caught.value.code == "precision.missing"


@pytest.mark.parametrize("name", ["tpu", "cuda:x", "", "cuda"])
def test_devices_that_are_not_there(name):
    with pytest.raises(MachineError) as caught:
        choose_providers(name)
    assert caught.value.code in ("device.unknown", "device.missing")
    assert caught.value.hint


def test_what_doctor_says():
    assert "CPU" in describe()


def test_a_thread_among_others_takes_one_core(converted):
    runtime, language_model = (Runtime(EngineSettings(device="cpu", threads=3)) for _ in range(2))
    taken = []

    def work():
        runtime.enter()
        taken.append(language_model.threads)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert taken == [1]
    assert language_model.threads == 3
    with runtime.one():
        assert language_model.threads == 1
    assert Runtime(EngineSettings(device="cpu", threads=3, one_thread=True)).threads == 1


def test_the_api_needs_no_torch(converted):
    code = (
        "import sys, sbv2cli;"
        f"voice = sbv2cli.load_voice({str(converted)!r});"
        "(sound,) = voice.speak(['はい。']);"
        "assert sound.or_raise().seconds > 0;"
        "heavy = {'torch', 'transformers', 'onnx'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_api_chooses_between_both(tmp_path, converted):
    folder = tiny_voice.write(tmp_path / "both")
    assert sbv2cli.load_voice(folder, device="cpu").bundle.backend == "torch"
    for file in converted.glob("*.onnx"):
        shutil.copy(file, folder)
    assert sbv2cli.load_voice(folder, device="cpu").bundle.backend == "torch"
    with_graphs = sbv2cli.load_voice(folder, backend="onnx", device="cpu").bundle
    assert with_graphs.backend == "onnx"
    assert with_graphs.weights.name == "tiny.plan.onnx"
    assert with_graphs.parts.keys() == {"plan", "render"}
