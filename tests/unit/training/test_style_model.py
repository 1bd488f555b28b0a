"""Style vectors measured from sound: the features, the network, and what is no model."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import tiny_dataset as sounds
import torch
from safetensors.torch import save_file
from torch.nn import functional

from sbv2cli.errors import MachineError, UsageError
from sbv2cli.training.prepare import filter_banks as banks
from sbv2cli.training.prepare.make_clips import PrepareSettings
from sbv2cli.training.prepare.prepare import prepare
from sbv2cli.training.prepare.style_model import SpeakerNet, StyleModel, find


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def noise(seconds, seed=0):
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(round(seconds * banks.RATE))).astype(np.float32)


# Features.


def test_one_window_by_hand():
    """Kaldi's steps with a transform written out, for the second window of some noise."""
    samples = noise(0.1)
    frame = samples[160:560].astype(np.float64) * 32768
    frame = frame - frame.sum() / 400
    emphasised = [frame[0] * (1 - 0.97)]
    emphasised += [frame[n] - 0.97 * frame[n - 1] for n in range(1, 400)]
    window = [0.54 - 0.46 * np.cos(2 * np.pi * n / 399) for n in range(400)]
    tapered = np.array(emphasised) * window
    bins = np.arange(256)
    turns = np.exp(-2j * np.pi * np.outer(bins, np.arange(400)) / 512)
    power = np.abs(turns @ tapered) ** 2

    def mel(hz):
        return 1127 * np.log(1 + hz / 700)

    step = (mel(8000) - mel(20)) / 81
    found = banks.filter_banks(samples)[1]
    for band in range(80):
        left = mel(20) + band * step
        energy = 0.0
        for k in bins:
            place = mel(k * 16000 / 512)
            if left < place < left + 2 * step:
                energy += power[k] * (1 - abs(place - left - step) / step)
        assert found[band] == pytest.approx(np.log(max(energy, 1.1920929e-7)), abs=1e-4)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2)])
def test_only_whole_windows_count(samples, frames):
    assert banks.filter_banks(noise(1)[:samples]).shape == (frames, 80)


def test_features_know_neither_offset_nor_loudness():
    samples = noise(0.5)
    plain = banks.filter_banks(samples)
    np.testing.assert_allclose(banks.filter_banks(samples + 0.05), plain, atol=1e-3)
    np.testing.assert_allclose(banks.filter_banks(2 * samples), plain + np.log(4), atol=1e-4)
    louder = banks.without_mean(banks.filter_banks(2 * samples))
    np.testing.assert_allclose(louder, banks.without_mean(plain), atol=1e-4)
    np.testing.assert_allclose(louder.mean(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("hz", [100, 1000, 5000])
def test_a_tone_is_loudest_in_its_band(hz):
    tone = np.sin(2 * np.pi * hz * np.arange(8000) / 16000).astype(np.float32)
    low, high = (1127 * np.log(1 + f / 700) for f in (20, 8000))
    centres = 700 * (np.exp((low + np.arange(1, 81) * (high - low) / 81) / 1127) - 1)
    loudest = banks.filter_banks(tone).mean(axis=0).argmax()
    assert abs(int(loudest) - int(np.abs(centres - hz).argmin())) <= 1


def test_silence_is_finite():
    assert np.isfinite(banks.filter_banks(np.zeros(1000, dtype=np.float32))).all()


# The network.


@pytest.fixture(scope="module")
def tensors():
    """Random weights of the true shape; the running means and variances too."""
    torch.manual_seed(3)
    network = SpeakerNet()
    state = {}
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            state[name] = 0.5 + torch.rand_like(tensor)
        elif name.endswith(("running_mean", "bias")):
            state[name] = 0.1 * torch.randn_like(tensor)
        else:
            state[name] = tensor.clone()
    return state


@pytest.fixture(scope="module")
def folder(tensors, tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    named = {f"resnet.{name}": tensor for name, tensor in tensors.items()}
    save_file(named, path / "m.safetensors")
    return path


def by_hand(state, features):
    """He et al. 2016 with WeSpeaker's sizes, from the names of its checkpoint."""

    def norm(x, name):
        parts = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(x, *(state[f"{name}.{part}"] for part in parts))

    x = torch.from_numpy(features).T[None, None]
    x = functional.relu(norm(functional.conv2d(x, state["conv1.weight"], padding=1), "bn1"))
    for stage, blocks in enumerate((3, 4, 6, 3), 1):
        for block in range(blocks):
            at, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            inner = functional.conv2d(x, state[f"{at}.conv1.weight"], stride=stride, padding=1)
            inner = functional.relu(norm(inner, f"{at}.bn1"))
            inner = functional.conv2d(inner, state[f"{at}.conv2.weight"], padding=1)
            inner = norm(inner, f"{at}.bn2")
            if stride == 2:
                x = functional.conv2d(x, state[f"{at}.shortcut.0.weight"], stride=2)
                x = norm(x, f"{at}.shortcut.1")
            x = functional.relu(inner + x)
    assert x.shape[1:3] == (256, 10)
    mean = x.mean(dim=3)
    deviation = (((x - mean[..., None]) ** 2).sum(dim=3) / (x.shape[3] - 1) + 1e-8).sqrt()
    pooled = torch.cat([mean.reshape(-1), deviation.reshape(-1)])
    return (state["seg_1.weight"] @ pooled + state["seg_1.bias"]).numpy()


def test_the_network_is_the_published_one(tensors, folder):
    assert tensors["seg_1.weight"].shape == (256, 5120)
    parameters = sum(t.numel() for n, t in tensors.items() if not n.endswith(
        ("running_mean", "running_var", "num_batches_tracked")))  # fmt: skip
    assert parameters == 6_634_336  # published: 6.63 million
    samples = noise(0.7)
    features = banks.without_mean(banks.filter_banks(samples))
    found = StyleModel(folder).vector(samples, banks.RATE)
    np.testing.assert_allclose(found, by_hand(tensors, features), atol=1e-4)


def test_names_of_all_tools_and_other_rates(tensors, folder, tmp_path):
    samples = noise(0.7)
    expected = StyleModel(folder).vector(samples, banks.RATE)
    plain = {**tensors, "projection.weight": torch.zeros(5994, 256)}
    torch.save(plain, tmp_path / "avg_model.pt")
    torch.save({"state_dict": {f"resnet.{n}": t for n, t in tensors.items()}}, tmp_path / "p.bin")
    for name in ("avg_model.pt", "p.bin"):
        found = StyleModel(tmp_path / name).vector(samples, banks.RATE)
        np.testing.assert_array_equal(found, expected)
    twice = np.repeat(samples, 2)  # nearly the same sound at twice the rate
    other = StyleModel(folder).vector(twice, 2 * banks.RATE)
    assert other @ expected / np.linalg.norm(other) / np.linalg.norm(expected) > 0.9
    assert np.isnan(StyleModel(folder).vector(samples[:100], banks.RATE)).all()


def graph(path, size=256):
    """A graph with the published input and output: the mean of the frames, times a matrix."""
    onnx = pytest.importorskip("onnx")
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    matrix = np.random.default_rng(1).standard_normal((80, size)).astype(np.float32)
    made = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["feats", "axes"], ["mean"], keepdims=0),
            helper.make_node("MatMul", ["mean", "matrix"], ["embs"]),
        ],
        "g",
        [helper.make_tensor_value_info("feats", onnx.TensorProto.FLOAT, ["B", "T", 80])],
        [helper.make_tensor_value_info("embs", onnx.TensorProto.FLOAT, ["B", size])],
        [
            numpy_helper.from_array(matrix, "matrix"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axes"),
        ],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path)
    return matrix


def test_a_published_graph_is_asked_the_same(tmp_path):
    pytest.importorskip("onnxruntime")
    matrix = graph(tmp_path / "model.onnx")
    samples = noise(0.5)
    features = banks.without_mean(banks.filter_banks(samples))
    found = StyleModel(tmp_path).vector(samples, banks.RATE)
    assert found.shape == (256,)
    np.testing.assert_allclose(found, features.mean(axis=0) @ matrix, atol=1e-4)


# What is no model.


def code(path):
    with pytest.raises(UsageError) as caught:
        StyleModel(path)
    assert caught.value.code == "train.style-model"
    return caught.value


def test_what_is_no_model(tensors, tmp_path):
    assert "no style model" in code(tmp_path / "none").message
    assert "no style model" in code(tmp_path).message
    broken = tmp_path / "a.safetensors"
    broken.write_bytes(b"nothing")
    assert "cannot be read" in code(broken).message
    (tmp_path / "b.pt").write_bytes(b"nothing")
    assert "b.pt" in code(tmp_path / "b.pt").message
    torch.save([1, 2], tmp_path / "c.pt")
    assert "no table" in code(tmp_path / "c.pt").message
    other = {n: t for n, t in tensors.items() if "layer4.2" not in n}
    other["seg_1.weight"] = torch.zeros(192, 5120)
    other["what.weight"] = torch.zeros(1)
    save_file(other, tmp_path / "d.safetensors")
    said = code(tmp_path / "d.safetensors").message
    assert "missing: layer4.2.conv1.weight" in said
    assert "seg_1.weight 192x5120 instead of 256x5120" in said
    assert "of no use: what.weight" in said
    pytest.importorskip("onnxruntime")
    (tmp_path / "e.onnx").write_bytes(b"nothing")
    assert "e.onnx" in code(tmp_path / "e.onnx").message
    graph(tmp_path / "f.onnx", size=192)
    assert "1x192 numbers, wanted 1x256" in code(tmp_path / "f.onnx").message


class Evil:
    def __reduce__(self):
        return (print, ("run",))


def test_files_that_could_run_code_are_refused(tmp_path, capsys):
    torch.save({"state_dict": Evil()}, tmp_path / "y.bin")
    assert "could run code" in code(tmp_path / "y.bin").message
    assert capsys.readouterr().out == ""


def test_without_onnxruntime_the_extra_is_named(tmp_path, monkeypatch):
    (tmp_path / "m.onnx").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MachineError) as caught:
        StyleModel(tmp_path)
    assert caught.value.code == "extra.missing"
    assert "sbv2cli[onnx]" in caught.value.hint


def test_weights_win_over_a_graph(tmp_path):
    for name in ("m.onnx", "avg_model.pt", "z.safetensors"):
        (tmp_path / name).write_bytes(b"x")
    assert find(tmp_path).name == "z.safetensors"


# In `sbv2 train prepare`.


def test_prepare_measures_styles_and_keeps_them(folder, tensors, tmp_path, monkeypatch):
    rows = []
    for number, style in enumerate(("Happy", "Sad", "Happy", "Sad")):
        samples = sounds.clip(["a", "i", "u"][: 2 + number % 2] * 3)
        sounds.write_audio(tmp_path / "audio" / style / f"{number}.wav", samples)
        path = f"{style}/{number}.wav"
        rows.append({"audio": path, "text": "x", "phones": "_ a i", "tones": "0 0 0"})
    table = sounds.write_table(tmp_path / "t.csv", rows)
    out = tmp_path / "data"

    def again(**changes):
        given = {"audio": tmp_path / "audio", "style_model": folder, **changes}
        return prepare(
            PrepareSettings(transcript=table, out=out, recipe="tiny", threads=1, **given)
        )

    prepared = again()
    assert prepared.styles == {"Happy": 2, "Sad": 2}
    vectors = np.load(out / "style_vectors.npy")
    clips = {p.stem: np.load(p) for p in out.glob("styles/*/*.npy")}
    assert len(clips) == 4
    np.testing.assert_allclose(vectors[0], np.mean(list(clips.values()), axis=0), atol=1e-5)
    np.testing.assert_allclose(vectors[1], (clips["0"] + clips["2"]) / 2, atol=1e-5)
    asked = []
    real = StyleModel.vector
    monkeypatch.setattr(StyleModel, "vector", lambda *args: asked.append(1) or real(*args))
    again()
    assert asked == []
    (out / "styles" / "Sad" / "1.npy").unlink()
    again()
    assert len(asked) == 1
    # Another model measures all of them anew.
    other = {**tensors, "seg_1.bias": tensors["seg_1.bias"] + 1}
    torch.save(other, tmp_path / "other.pt")
    again(style_model=tmp_path / "other.pt")
    assert len(asked) == 5
    np.testing.assert_allclose(np.load(out / "style_vectors.npy"), vectors + 1, atol=1e-4)
    # Without a model nothing of it is left.
    again(style_model=None)
    assert not (out / "styles").exists()
    with pytest.raises(UsageError) as caught:
        again(style_vectors=tmp_path / "audio")
    assert caught.value.code == "train.styles-twice"
