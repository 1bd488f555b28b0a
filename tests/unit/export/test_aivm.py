"""AIVM and AIVMX out and in: the same voice, the same metadata, and what other programs expect."""

from __future__ import annotations

import base64
import json
import shutil
import uuid
import zlib

import aivmlib
import numpy as np
import onnx
import pytest
import tiny_voice
import torch
from safetensors.torch import load_file, save_file

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import Sbv2Error
from sbv2cli.export import aivm as exporter
from sbv2cli.export import folder as folder_exporter
from sbv2cli.export import icon, onnx_voice
from sbv2cli.export.options import AivmMetadata, Options
from sbv2cli.records import Waveform
from sbv2cli.voices.aivm import container
from sbv2cli.voices.bundle import open_bundle

JP, MULTI = "2.0-JP-Extra", "2.7"
PNG = icon.plain_icon("a")


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    place = tmp_path_factory.mktemp("voices")
    return {
        JP: tiny_voice.write(place / "jp", bert=True),
        MULTI: tiny_voice.write(place / "multi", bert=True, version=MULTI, seed=2),
    }


@pytest.fixture(scope="module")
def aivmx(originals, tmp_path_factory):
    out = tmp_path_factory.mktemp("aivmx") / "jp.aivmx"
    exporter.to_aivmx(open_bundle(originals[JP]), out, Options())
    return out


@pytest.fixture
def folder(originals, tmp_path):
    return shutil.copytree(originals[JP], tmp_path / "jp")


def to_aivm(folder, out, **label):
    return exporter.to_aivm(open_bundle(folder), out, Options(metadata=AivmMetadata(**label)))


def metadata_of(path):
    read = aivmlib.read_aivmx_metadata if path.suffix == ".aivmx" else aivmlib.read_aivm_metadata
    with path.open("rb") as file:
        return read(file)


def spoken(bundle, **changes):
    lines = [tiny_voice.utterance(bundle, n, phones=4 + n, **changes) for n in range(4)]
    settings = EngineSettings(device="cpu", threads=1)
    sounds = {sound.id: sound for sound in Engine(bundle, settings).speak(lines)}
    assert all(isinstance(sound, Waveform) for sound in sounds.values())
    return [sounds[line.id].samples for line in lines]


def edit(folder, **data):
    path = folder / "config.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["data"].update(data)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def weights_of(folder):
    return next(folder.glob("*.safetensors"))


def failing(action):
    with pytest.raises(Sbv2Error) as caught:
        action()
    assert caught.value.hint
    return caught.value


# --- round trips


@pytest.mark.parametrize("version", [JP, MULTI])
def test_an_aivm_file_speaks_the_same_samples(originals, tmp_path, version):
    out = tmp_path / "voice.aivm"
    to_aivm(originals[version], out)
    voice, made = open_bundle(originals[version]), open_bundle(out)
    assert made.config.languages == voice.config.languages
    for one, other in zip(spoken(voice), spoken(made), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_aivmx_file_speaks_the_same_samples(originals, aivmx):
    voice, made = open_bundle(originals[JP]), open_bundle(aivmx)
    assert (voice.backend, made.backend) == ("torch", "onnx")
    still = {"noise_scale": 0.0, "noise_scale_w": 0.0, "sdp_ratio": 0.0}
    for one, other in zip(spoken(voice, **still), spoken(made, **still), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("version", [JP, MULTI])
def test_the_aivm_package_agrees(originals, tmp_path, version):
    out = tmp_path / "voice.aivm"
    licence = "# ライセンス\n\n本文。"
    to_aivm(originals[version], out, creators=("a", "b <b@c.d>"), licence=licence, name="声")
    read = metadata_of(out)
    manifest = read.manifest
    assert (manifest.name, manifest.creators, manifest.license) == (
        "声",
        ["a", "b <b@c.d>"],
        licence,
    )
    assert manifest.model_format == "Safetensors"
    assert (manifest.training_epochs, manifest.training_steps) == (3, 120)
    languages = ["ja"] if version == JP else ["ja", "en-US", "zh-CN"]
    kind = "Style-Bert-VITS2 (JP-Extra)" if version == JP else "Style-Bert-VITS2"
    assert manifest.model_architecture == kind
    assert [(s.name, s.local_id, s.supported_languages) for s in manifest.speakers] == [
        ("花子", 0, languages),
        ("Taro", 1, languages),
    ]
    styles = [(style.name, style.local_id) for style in manifest.speakers[0].styles]
    assert styles == [("Neutral", 0), ("Happy", 1), ("Sad", 2)]
    assert read.style_vectors == (originals[version] / "style_vectors.npy").read_bytes()
    assert read.hyper_parameters.data.spk2id == {"花子": 0, "Taro": 1}
    assert read.hyper_parameters.version == version


def test_the_aivm_package_agrees_on_the_graph(originals, aivmx):
    read = metadata_of(aivmx)
    ours = container.read(aivmx)
    assert ours.manifest_text is not None
    assert json.loads(read.manifest.model_dump_json()) == json.loads(ours.manifest_text)
    assert read.manifest.model_format == "ONNX"
    assert read.style_vectors == ours.styles == (originals[JP] / "style_vectors.npy").read_bytes()
    assert ours.config == (originals[JP] / "config.json").read_text(encoding="utf-8")
    onnx.checker.check_model(onnx.load(aivmx))


def test_a_file_of_the_package_opens_here(folder, tmp_path):
    with (
        weights_of(folder).open("rb") as weights,
        (folder / "config.json").open("rb") as config,
        (folder / "style_vectors.npy").open("rb") as styles,
    ):
        architecture = aivmlib.ModelArchitecture.StyleBertVITS2JPExtra
        made = aivmlib.generate_aivm_metadata(architecture, config, styles)
        content = aivmlib.write_aivm_metadata(weights, made)
    path = tmp_path / "theirs.aivm"
    path.write_bytes(content)
    manifest = container.read(path).manifest()
    assert manifest is not None
    assert manifest.uuid == str(made.manifest.uuid)
    # Its styles have Japanese names; the weights are ours.
    assert manifest.speakers[0].styles[0].name == "ノーマル"
    for one, other in zip(spoken(open_bundle(folder)), spoken(open_bundle(path)), strict=True):
        # The package moves the weights by any number of bytes, and so the last bits of sums.
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_back_to_a_folder_and_forth_again(folder, tmp_path):
    to_aivm(folder, tmp_path / "a.aivm", description="だ", icon=PNG)
    voice = open_bundle(tmp_path / "a.aivm")
    folder_exporter.convert(voice, tmp_path / "back", Options())
    assert sorted(file.name for file in (tmp_path / "back").iterdir()) == [
        "a.safetensors",
        "aivm_manifest.json",
        "config.json",
        "style_vectors.npy",
    ]
    for name in ("config.json", "style_vectors.npy"):
        assert (tmp_path / "back" / name).read_bytes() == (folder / name).read_bytes()
    assert "__metadata__" not in container.header(tmp_path / "back" / "a.safetensors")
    to_aivm(tmp_path / "back", tmp_path / "again.aivm")
    assert (tmp_path / "again.aivm").read_bytes() == (tmp_path / "a.aivm").read_bytes()


def test_a_graph_back_to_a_folder_and_forth_again(aivmx, tmp_path):
    folder_exporter.convert(open_bundle(aivmx), tmp_path / "back", Options())
    graph = onnx.load(tmp_path / "back" / "jp.onnx")
    assert not [entry for entry in graph.metadata_props if entry.key.startswith("aivm")]
    exporter.to_aivmx(open_bundle(tmp_path / "back"), tmp_path / "again.aivmx", Options())
    assert (tmp_path / "again.aivmx").read_bytes() == aivmx.read_bytes()


def test_a_folder_of_graphs_has_the_identity_of_its_voice(originals, aivmx, tmp_path):
    voice = open_bundle(originals[JP])
    onnx_voice.convert(voice, tmp_path / "graphs", Options())
    exporter.to_aivmx(open_bundle(tmp_path / "graphs"), tmp_path / "a.aivmx", Options())
    assert (tmp_path / "a.aivmx").read_bytes()
    assert (
        container.read(tmp_path / "a.aivmx").manifest().uuid
        == container.read(aivmx).manifest().uuid
    )
    folder_exporter.convert(open_bundle(tmp_path / "graphs"), tmp_path / "halves", Options())
    assert open_bundle(tmp_path / "halves").parts.keys() == {"plan", "render"}


def test_equal_voices_make_equal_files(folder, tmp_path):
    to_aivm(folder, tmp_path / "a.aivm")
    to_aivm(folder, tmp_path / "b.aivm")
    assert (tmp_path / "a.aivm").read_bytes() == (tmp_path / "b.aivm").read_bytes()
    first = metadata_of(tmp_path / "a.aivm").manifest
    assert first.uuid.variant == uuid.RFC_4122
    vectors = np.load(folder / "style_vectors.npy")
    np.save(folder / "style_vectors.npy", vectors + 1)
    to_aivm(folder, tmp_path / "c.aivm")
    other = metadata_of(tmp_path / "c.aivm").manifest
    assert other.uuid != first.uuid
    assert len({first.uuid, *(speaker.uuid for speaker in first.speakers)}) == 3


# --- weights


def test_what_only_training_needs_is_left_out_and_the_rest_is_as_it_was(folder, tmp_path):
    tensors = load_file(weights_of(folder))
    weight = tensors.pop("dec.ups.0.weight")
    tensors["dec.ups.0.weight_v"] = weight
    tensors["dec.ups.0.weight_g"] = torch.linalg.vector_norm(weight, dim=(1, 2), keepdim=True)
    half = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    save_file(
        {**half, "enc_q.pre.weight": torch.zeros(3)}, weights_of(folder), metadata={"format": "pt"}
    )
    to_aivm(folder, tmp_path / "a.aivm")
    made = load_file(tmp_path / "a.aivm")
    assert made.keys() == tensors.keys()
    assert all(torch.equal(made[key], half[key]) for key in made)
    assert container.header(tmp_path / "a.aivm")["__metadata__"].keys() == container.KEYS


def test_a_checkpoint_becomes_an_aivm_file(folder, tmp_path):
    tensors = load_file(weights_of(folder))
    weights_of(folder).unlink()
    torch.save({"model": {**tensors, "enc_q.pre.bias": torch.zeros(2)}}, folder / "G_120.pth")
    to_aivm(folder, tmp_path / "a.aivm")
    made = load_file(tmp_path / "a.aivm")
    assert made.keys() == tensors.keys()
    assert all(torch.equal(made[key], tensors[key]) for key in made)


def test_damaged_weights_make_no_file(folder, tmp_path):
    tensors = load_file(weights_of(folder))
    del tensors["dec.conv_pre.weight"]
    save_file(tensors, weights_of(folder))
    out = tmp_path / "out" / "a.aivm"
    assert failing(lambda: to_aivm(folder, out)).code == "voice.weights"
    assert list(out.parent.iterdir()) == []


# --- configuration


def test_folders_of_the_maker_are_not_given_away(folder, tmp_path):
    edit(folder, training_files="/home/taro/秘密/train.list", validation_files=r"C:\taro\val.list")
    to_aivm(folder, tmp_path / "a.aivm")
    assert "taro" not in container.read(tmp_path / "a.aivm").config
    data = metadata_of(tmp_path / "a.aivm").hyper_parameters.data
    assert (data.training_files, data.validation_files) == ("train.list", "val.list")


def test_names_that_config_lacks_are_counted(folder, tmp_path):
    edit(folder, spk2id={}, style2id={})
    to_aivm(folder, tmp_path / "a.aivm")
    read = metadata_of(tmp_path / "a.aivm")
    assert read.hyper_parameters.data.style2id == {"0": 0, "1": 1, "2": 2}
    assert [speaker.name for speaker in read.manifest.speakers] == ["0", "1"]


# --- metadata


def test_one_speaker_is_called_as_the_voice(folder, tmp_path):
    edit(folder, spk2id={"花子": 1})
    to_aivm(folder, tmp_path / "a.aivm", name="花子 2")
    manifest = metadata_of(tmp_path / "a.aivm").manifest
    assert (manifest.name, manifest.speakers[0].name) == ("花子 2", "花子 2")
    assert manifest.speakers[0].local_id == 1


def test_icons(folder, tmp_path):
    to_aivm(folder, tmp_path / "a.aivm")
    icons = [speaker.icon for speaker in metadata_of(tmp_path / "a.aivm").manifest.speakers]
    assert len(set(icons)) == 2
    assert base64.b64decode(icons[0].partition(",")[2]).startswith(b"\x89PNG")
    to_aivm(folder, tmp_path / "b.aivm", icon=b"\xff\xd8\xff\xe0 a photograph")
    icons = [speaker.icon for speaker in metadata_of(tmp_path / "b.aivm").manifest.speakers]
    assert icons[0] == icons[1]
    assert icons[0].startswith("data:image/jpeg;base64,")


def test_the_plain_icon_is_a_picture():
    content = icon.plain_icon("花子")
    assert zlib.decompress(icon.ROWS) == bytes(512 * 65)
    place = 8
    kinds = []
    while place < len(content):
        size = int.from_bytes(content[place : place + 4])
        body = content[place + 4 : place + 8 + size]
        assert zlib.crc32(body) == int.from_bytes(content[place + 8 + size : place + 12 + size])
        kinds.append(body[:4])
        place += 12 + size
    assert kinds == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert icon.plain_icon("花子") == content != icon.plain_icon("太郎")


def test_a_new_version_of_a_voice(folder, tmp_path):
    old = tmp_path / "old.aivm"
    to_aivm(folder, old, creators=("me",), icon=PNG)
    np.save(folder / "style_vectors.npy", np.load(folder / "style_vectors.npy") * 2)
    to_aivm(folder, tmp_path / "new.aivm", like=old, version="1.1.0", description="new")
    before, after = (metadata_of(path).manifest for path in (old, tmp_path / "new.aivm"))
    assert after == before.model_copy(update={"version": "1.1.0", "description": "new"})
    error = failing(lambda: to_aivm(folder, tmp_path / "x.aivm", like=old))
    assert error.code == "export.aivm-version"
    error = failing(lambda: to_aivm(folder, tmp_path / "x.aivm", like=old, version="1.0.0"))
    assert error.code == "export.aivm-version"


@pytest.mark.parametrize(
    ("label", "code", "said"),
    [
        ({"name": "長" * 81}, "export.aivm-rules", "--name"),
        ({"name": ""}, "export.aivm-rules", "--name"),
        ({"description": "a" * 141}, "export.aivm-rules", "--description"),
        ({"creators": ("",)}, "export.aivm-rules", "--creator"),
        ({"version": "1"}, "export.aivm-rules", "--voice-version"),
        ({"icon": b"GIF89a"}, "export.icon", "PNG"),
    ],
)
def test_metadata_that_aivm_does_not_allow(folder, tmp_path, label, code, said):
    error = failing(lambda: to_aivm(folder, tmp_path / "a.aivm", **label))
    assert error.code == code
    assert said in str(error.hint)
    assert not (tmp_path / "a.aivm").exists()


def test_a_style_with_a_long_name(folder, tmp_path):
    edit(folder, style2id={"あ" * 21: 0})
    error = failing(lambda: to_aivm(folder, tmp_path / "a.aivm"))
    assert (error.code, "config.json" in str(error.hint)) == ("export.aivm-rules", True)


# --- what cannot be


def test_plain_vits_has_no_place(tmp_path):
    bundle = open_bundle(tiny_voice.write_vits(tmp_path / "plain"))
    error = failing(lambda: exporter.to_aivm(bundle, tmp_path / "a.aivm", Options()))
    assert error.code == "export.architecture"


def test_a_graph_gives_no_weights_back(aivmx, tmp_path):
    voice = open_bundle(aivmx)
    error = failing(lambda: exporter.to_aivm(voice, tmp_path / "a.aivm", Options()))
    assert error.code == "export.graph"


@pytest.mark.parametrize("name", ["a.safetensors", "a", "a.aivmx"])
def test_the_ending_is_part_of_the_format(folder, tmp_path, name):
    error = failing(lambda: to_aivm(folder, tmp_path / name))
    assert (error.code, "a.aivm" in str(error.hint)) == ("export.name", True)


def test_what_is_there_stays_without_force(folder, tmp_path):
    out = tmp_path / "a.aivm"
    out.write_text("mine", encoding="utf-8")
    assert failing(lambda: to_aivm(folder, out)).code == "export.exists"
    assert out.read_text(encoding="utf-8") == "mine"
    exporter.to_aivm(open_bundle(folder), out, Options(force=True))
    assert open_bundle(out)


def test_graphs_that_other_programs_do_not_know(originals, aivmx, tmp_path):
    place = tmp_path / "odd"
    folder_exporter.convert(open_bundle(aivmx), place, Options())
    made = onnx.load(place / "jp.onnx")
    made.graph.input[0].name = "x"
    made.graph.node[0].input[0] = "x"
    onnx.save(made, place / "jp.onnx")
    out = tmp_path / "a.aivmx"
    error = failing(lambda: exporter.to_aivmx(open_bundle(place), out, Options()))
    assert error.code == "export.signature"
    made.graph.input[0].name = "x_tst"
    location = {"location": "jp.onnx.data", "size_threshold": 0}
    onnx.save_model(made, place / "jp.onnx", save_as_external_data=True, **location)
    error = failing(lambda: exporter.to_aivmx(open_bundle(place), out, Options()))
    assert error.code == "export.external-data"
    assert not out.exists()


def test_a_voice_without_bert_ignores_features_of_others(tmp_path):
    bundle = tiny_voice.opened(tmp_path / "mute", bert=False)
    exporter.to_aivm(bundle, tmp_path / "mute.aivm", Options())
    made, before = load_file(tmp_path / "mute.aivm"), load_file(bundle.weights)
    assert not made["enc_p.bert_proj.weight"].any()
    assert before["enc_p.bert_proj.weight"].any()
    changed = [name for name in made if not torch.equal(made[name], before[name])]
    assert changed == ["enc_p.bert_proj.weight"]
