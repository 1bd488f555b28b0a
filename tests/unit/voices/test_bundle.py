"""Opening voices: every shape that exists in the wild, and every way in which one is broken."""

from __future__ import annotations

import base64
import json
import os
import pickle
import shutil

import numpy as np
import pytest
import tiny_voice
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import Sbv2Error, VoiceError
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import voice_config as config


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return tiny_voice.write(tmp_path_factory.mktemp("voices") / "tiny")


@pytest.fixture
def folder(original, tmp_path):
    return shutil.copytree(original, tmp_path / "tiny")


def weights_of(folder):
    return next(folder.glob("*.safetensors"))


def edit(folder, **sections):
    path = folder / "config.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for name, value in sections.items():
        if isinstance(value, dict):
            content[name] = {**content.get(name, {}), **value}
        else:
            content[name] = value
    path.write_text(json.dumps(content), encoding="utf-8")


def same_network(one, two):
    a, b = one.state_dict(), two.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def failing(action):
    with pytest.raises(VoiceError) as caught:
        action()
    assert caught.value.hint
    assert caught.value.at
    return caught.value


# --- what opens


def test_an_ordinary_folder(folder):
    bundle = open_bundle(folder)
    assert (bundle.name, bundle.config.rate, bundle.config.frame_samples) == ("tiny", 16000, 8)
    assert bundle.config.speakers == {"花子": 0, "Taro": 1}
    assert bundle.style_vectors.shape == (3, 256)
    assert not bundle.config.needs_bert
    assert loading.load(bundle).acoustic.dims.heads == 2


def test_published_defaults_fill_what_is_missing():
    parsed = config.parse("{}", where="x")
    assert parsed.architecture == "sbv2_jp_extra"
    assert parsed.version == "2.0-JP-Extra"
    assert (parsed.rate, parsed.frame_samples, parsed.add_blank) == (44100, 512, True)
    assert parsed.network["hidden_channels"] == 192
    assert parsed.network["upsample_kernel_sizes"] == [16, 16, 8, 2, 2]
    assert parsed.needs_bert


@pytest.mark.parametrize(
    ("version", "architecture"),
    [
        ("2.7.0-JP-Extra", "sbv2_jp_extra"),
        ("2.7.0", "sbv2_multilingual"),
        ("1.3", "sbv2_multilingual"),
        ("JP-Extra-2.0", "sbv2_multilingual"),
    ],
)
def test_the_version_decides_the_architecture(version, architecture):
    text = json.dumps({"version": version, "data": {"use_jp_extra": True}, "unknown": [1]})
    assert config.parse(text, where="x").architecture == architecture


def test_the_newest_weight_file_or_the_one_named(folder):
    first = weights_of(folder)
    second = folder / "other_e9_s9.safetensors"
    shutil.copy(first, second)
    os.utime(first, (1, 1))
    assert open_bundle(folder).weights == second
    assert open_bundle(folder, weights=first.name).weights == first
    assert open_bundle(folder, weights="other_e9_s9").weights == second
    assert open_bundle(first).weights == first
    hidden = folder / ".hidden.safetensors"
    shutil.copy(first, hidden)
    assert open_bundle(folder).weights == second


def test_half_precision_and_pth_are_the_same_voice(folder, tmp_path):
    network = loading.load(open_bundle(folder))
    tensors = load_file(weights_of(folder))
    torch.save({"model": tensors, "iteration": 3, "learning_rate": 1e-4}, folder / "G_120.pth")
    assert same_network(loading.load(open_bundle(folder, weights="G_120.pth")), network)
    half = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    save_file(half, folder / "half.safetensors")
    loaded = loading.load(open_bundle(folder, weights="half"))
    assert all(tensor.dtype == torch.float32 for tensor in loaded.state_dict().values())
    rounded = {k: v.half().float() for k, v in network.state_dict().items()}
    assert all(torch.equal(v, rounded[k]) for k, v in loaded.state_dict().items())


def test_training_only_tensors_may_be_there(folder):
    tensors = load_file(weights_of(folder))
    save_file({**tensors, "enc_q.pre.weight": torch.zeros(3)}, folder / "full.safetensors")
    loading.load(open_bundle(folder, weights="full"))


def test_an_aivm_file_carries_all_three(folder, tmp_path):
    path = tmp_path / "voice.aivm"
    save_file(
        load_file(weights_of(folder)),
        path,
        metadata={
            "aivm_hyper_parameters": (folder / "config.json").read_text(encoding="utf-8"),
            "aivm_style_vectors": base64.b64encode(
                (folder / "style_vectors.npy").read_bytes()
            ).decode(),
        },
    )
    bundle = open_bundle(path)
    assert np.array_equal(bundle.style_vectors, open_bundle(folder).style_vectors)
    assert same_network(loading.load(bundle), loading.load(open_bundle(folder)))


def test_a_voice_without_style_names_counts_them(folder):
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    del content["data"]["style2id"], content["data"]["spk2id"]
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    bundle = open_bundle(folder)
    assert bundle.config.styles == {"0": 0, "1": 1, "2": 2}
    assert bundle.config.speakers == {"0": 0, "1": 1}


def test_the_fingerprint_follows_the_sound(folder):
    before = open_bundle(folder).fingerprint()
    edit(folder, model_name="renamed")
    assert open_bundle(folder).fingerprint() == before
    edit(folder, model={"n_heads": 4})
    assert open_bundle(folder).fingerprint() != before
    edit(folder, model={"n_heads": 2})
    assert open_bundle(folder).fingerprint() == before
    vectors = np.load(folder / "style_vectors.npy")
    np.save(folder / "style_vectors.npy", vectors + 1)
    assert open_bundle(folder).fingerprint() != before


# --- what does not


def test_nothing_there(tmp_path):
    with pytest.raises(VoiceError, match="no voice at") as caught:
        open_bundle(tmp_path / "nowhere")
    assert caught.value.code == "voice.missing"


def test_a_file_of_another_kind(folder):
    (folder / "a.txt").write_text("x", encoding="utf-8")
    assert failing(lambda: open_bundle(folder / "a.txt")).code == "voice.weights-format"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("config.json", "voice.config-missing"),
        ("style_vectors.npy", "voice.styles-missing"),
        ("tiny_e3_s120.safetensors", "voice.weights-missing"),
    ],
)
def test_a_file_is_missing(folder, name, code):
    (folder / name).unlink()
    assert failing(lambda: open_bundle(folder)).code == code


TOO_LONG = f'{{"data": {"1" * 5_000}}}'  # Python turns no text of so many digits into a number


@pytest.mark.parametrize(
    "content", ["{", "", '{"a": 1,}', "[" * 100_000, "nonsense", TOO_LONG], ids=range(6)
)
def test_broken_json(folder, content):
    (folder / "config.json").write_text(content, encoding="utf-8")
    error = failing(lambda: open_bundle(folder))
    assert error.code == "voice.config-json"
    assert "config.json" in str(error.at)


@pytest.mark.parametrize("content", ["[]", "3", '"x"', "null"])
def test_json_that_is_no_configuration(folder, content):
    (folder / "config.json").write_text(content, encoding="utf-8")
    assert failing(lambda: open_bundle(folder)).code == "voice.config"


def test_a_configuration_that_is_no_text(folder):
    (folder / "config.json").write_bytes(b"\xff\xfe\x00\x01")
    assert failing(lambda: open_bundle(folder)).code == "voice.config-unreadable"


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"sampling_rate": "fast"}},
        {"data": {"hop_length": 0}},
        {"data": {"n_speakers": True}},
        {"data": {"spk2id": ["a"]}},
        {"data": {"style2id": {"a": -1}}},
        {"data": 3},
        {"version": 2},
    ],
)
def test_values_of_the_wrong_kind(folder, change):
    edit(folder, **change)
    assert failing(lambda: open_bundle(folder)).code == "voice.config"


@pytest.mark.parametrize(
    "change",
    [
        {"n_heads": 3},
        {"inter_channels": 7},
        {"hidden_channels": "8"},
        {"upsample_rates": []},
        {"upsample_kernel_sizes": [8]},
        {"upsample_kernel_sizes": [2, 4]},
        {"resblock_dilation_sizes": [[1, 3], [1, 2, 3]]},
        {"resblock_dilation_sizes": [1, 2]},
        {"resblock_kernel_sizes": [3]},
        {"upsample_initial_channel": 2},
    ],
)
def test_sizes_that_cannot_be_a_network(folder, change):
    edit(folder, model=change)
    error = failing(lambda: loading.load(open_bundle(folder)))
    assert error.code == "voice.config"
    assert next(iter(change)).split("_")[0] in error.message or "heads" in str(change)


@pytest.mark.parametrize(
    ("array", "code"),
    [
        (np.zeros((3, 255), np.float32), "voice.styles-shape"),
        (np.zeros(256, np.float32), "voice.styles-shape"),
        (np.zeros((0, 256), np.float32), "voice.styles-shape"),
        (np.full((3, 256), np.nan, np.float32), "voice.styles-values"),
        (np.zeros((3, 256), np.complex64), "voice.styles-values"),
        (np.zeros((2, 256), np.float32), "voice.styles-count"),
    ],
)
def test_style_vectors_that_do_not_fit(folder, array, code):
    np.save(folder / "style_vectors.npy", array)
    assert failing(lambda: open_bundle(folder)).code == code


@given(st.binary(max_size=200))
def test_style_vectors_of_any_bytes(original, data):
    from sbv2cli.voices import bundle

    with pytest.raises(VoiceError):
        bundle._parse_styles(data, where="x")


def test_style_vectors_with_code_are_not_run(folder):
    np.save(folder / "style_vectors.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    assert failing(lambda: open_bundle(folder)).code == "voice.styles-file"
    assert not Bomb.exploded


def test_too_many_speakers_are_refused_before_each_gets_a_name(folder):
    edit(folder, data={"spk2id": {}, "n_speakers": 200_000})
    assert failing(lambda: open_bundle(folder)).code == "voice.speakers-count"


def test_more_speakers_than_rows(folder):
    edit(folder, data={"spk2id": {"a": 0, "b": 5}})
    assert failing(lambda: open_bundle(folder)).code == "voice.speakers-count"


def test_a_voice_without_speakers(folder):
    edit(folder, data={"n_speakers": 0})
    assert failing(lambda: open_bundle(folder)).code == "voice.no-speakers"


class Bomb:
    exploded = False

    def __reduce__(self):
        return (Bomb.explode, ())

    @staticmethod
    def explode():
        Bomb.exploded = True


def test_a_pickle_with_code_is_not_opened(folder):
    path = folder / "evil.pth"
    path.write_bytes(pickle.dumps({"model": Bomb()}))
    torch.save({"model": Bomb()}, folder / "evil2.pt")
    for name in ("evil.pth", "evil2.pt"):
        error = failing(lambda name=name: loading.load(open_bundle(folder, weights=name)))
        assert error.code in ("voice.weights-code", "voice.weights-broken")
    assert error.code == "voice.weights-code"
    assert not Bomb.exploded


def test_missing_extra_and_reshaped_tensors_are_one_error(folder):
    tensors = load_file(weights_of(folder))
    del tensors["dec.conv_pre.weight"]
    tensors["dec.conv_pre.bias"] = torch.zeros(3)
    tensors["something.else"] = torch.zeros(1)
    save_file(tensors, weights_of(folder))
    error = failing(lambda: loading.load(open_bundle(folder)))
    assert error.code == "voice.weights"
    for part in (
        '1 tensors are missing: "dec.conv_pre.weight"',
        '1 tensors are of no use to this network: "something.else"',
        '"dec.conv_pre.bias 3 instead of 16"',
        "looks like sbv2_jp_extra with other sizes",
    ):
        assert part in error.message


def test_another_architecture_is_guessed(folder):
    edit(folder, version="2.2")
    error = failing(lambda: loading.load(open_bundle(folder)))
    assert "looks like sbv2_jp_extra, the configuration says sbv2_multilingual" in error.message


def test_weights_of_something_else(folder):
    save_file({"vision.embeddings": torch.zeros(2)}, weights_of(folder))
    error = failing(lambda: loading.load(open_bundle(folder)))
    assert "does not look like a voice" in error.message


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite(folder, value):
    tensors = load_file(weights_of(folder))
    tensors["dec.conv_pre.bias"][2] = value
    save_file(tensors, weights_of(folder))
    error = failing(lambda: loading.load(open_bundle(folder)))
    assert error.code == "voice.weights-values"
    assert "dec.conv_pre.bias" in error.message


@given(st.binary(max_size=300))
def test_weight_files_of_any_bytes(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("bytes") / "a.safetensors"
    for name in (path, path.with_suffix(".pth"), path.with_suffix(".aivm")):
        name.write_bytes(data)
        with pytest.raises(Sbv2Error):
            read_tensors(name) if name.suffix != ".aivm" else open_bundle(name)


def test_an_aivm_without_its_metadata(folder, tmp_path):
    path = tmp_path / "voice.aivm"
    shutil.copy(weights_of(folder), path)
    assert failing(lambda: open_bundle(path)).code == "voice.aivm-metadata"


def test_two_names_for_the_weights(folder):
    with pytest.raises(VoiceError) as caught:
        open_bundle(weights_of(folder), weights="x")
    assert caught.value.code == "voice.weights-twice"


def test_an_unknown_weight_file_names_the_nearest(folder):
    error = failing(lambda: open_bundle(folder, weights="tiny_e3_s121.safetensors"))
    assert error.code == "voice.weights-unknown"
    assert 'did you mean "tiny_e3_s120.safetensors"?' in str(error)
