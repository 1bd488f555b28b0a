"""Which files of a folder are a voice, and what runs them."""

from __future__ import annotations

import os
from pathlib import Path

import onnx
import pytest

from sbv2cli.errors import Sbv2Error
from sbv2cli.voices import files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = "old.onnx a.plan.onnx a.render.onnx v.aivmx v.pth v.safetensors .hidden.onnx notes.txt"
    for age, name in enumerate(names.split()):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    return tmp_path


def names(found: list[Path]) -> list[str]:
    return [file.name for file in found]


def test_torch_comes_first_and_halves_before_what_is_published(folder):
    graphs = ["a.plan.onnx", "a.render.onnx", "old.onnx", "v.aivmx"]
    assert names(files.listed(folder)) == ["v.pth", "v.safetensors", *graphs]
    assert names(files.listed(folder, "onnx")) == graphs
    assert names(files.listed(folder, "torch")) == ["v.pth", "v.safetensors"]


@pytest.mark.parametrize(
    ("wanted", "backend", "path", "render"),
    [
        (None, "auto", "v.pth", None),
        (None, "torch", "v.pth", None),
        (None, "onnx", "a.plan.onnx", "a.render.onnx"),
        ("a.render.onnx", "auto", "a.plan.onnx", "a.render.onnx"),
        ("a.plan", "auto", "a.plan.onnx", "a.render.onnx"),
        ("old", "auto", "old.onnx", None),
        ("v.aivmx", "onnx", "v.aivmx", None),
        ("v.safetensors", "auto", "v.safetensors", None),
    ],
)
def test_what_is_chosen(folder, wanted, backend, path, render):
    chosen = files.choose(folder, wanted, backend)
    assert files.first(chosen) == folder / path
    assert chosen.get("render") == (None if render is None else folder / render)
    backend = "onnx" if path.endswith(("onnx", "aivmx")) else "torch"
    assert files.backend_of(folder / path) == backend


def test_every_file_that_the_sound_depends_on(folder):
    """Graphs name them; two halves may share one, and what none names is not theirs."""
    for name, data in {
        "a.plan.onnx": "v.safetensors",
        "a.render.onnx": "v.safetensors",
        "old.onnx": "old.onnx_data",
    }.items():
        (folder / name).write_bytes(graph_with_numbers_in(data))
    (folder / "old.onnx_data").write_bytes(b"")
    (folder / "a.render.onnx.data").write_bytes(b"")
    assert names(list(files.all_of(files.choose(folder, None, "onnx")))) == [
        "a.plan.onnx",
        "v.safetensors",
        "a.render.onnx",
    ]
    assert names(list(files.all_of(files.given(folder / "old.onnx")))) == [
        "old.onnx",
        "old.onnx_data",
    ]


def test_files_outside_the_folder_are_no_part_of_a_voice(folder):
    (folder.parent / "secret").write_bytes(b"")
    (folder / "old.onnx").write_bytes(graph_with_numbers_in("../secret"))
    assert names(list(files.all_of(files.given(folder / "old.onnx")))) == ["old.onnx"]


def graph_with_numbers_in(data: str) -> bytes:
    tensor = onnx.TensorProto(name="w", data_type=1, dims=[2], data_location=1)
    tensor.external_data.add(key="location", value=data)
    graph = onnx.helper.make_graph([], "g", [], [], [tensor])
    return onnx.helper.make_model(graph).SerializeToString()


def remove(*patterns: str):
    def from_folder(folder: Path) -> None:
        for pattern in patterns:
            for file in folder.glob(pattern):
                file.unlink()

    return from_folder


@pytest.mark.parametrize(
    ("change", "wanted", "backend", "code", "hint"),
    [
        (remove("*.onnx", "*.aivmx"), None, "onnx", "voice.onnx-missing", "voices convert"),
        (remove("*.pth", "*.safetensors"), None, "torch", "voice.weights-missing", "--backend"),
        (remove("*.*"), None, "auto", "voice.weights-missing", "put a file"),
        (remove("a.render.onnx"), None, "onnx", "voice.onnx-half", "copy all"),
        (remove("a.plan.onnx"), "a.render", "onnx", "voice.onnx-half", "copy all"),
        (remove(), "olt.onnx", "onnx", "voice.weights-unknown", "old.onnx"),
    ],
)
def test_what_is_missing_is_said(folder, change, wanted, backend, code, hint):
    change(folder)
    with pytest.raises(Sbv2Error) as caught:
        files.choose(folder, wanted, backend)
    assert caught.value.code == code
    assert hint in str(caught.value.hint)
    assert str(folder) in str(caught.value.at)


@pytest.mark.parametrize(
    ("name", "backend", "hint"),
    [("v.pth", "onnx", "voices convert"), ("old.onnx", "torch", "leave out --backend")],
)
def test_a_file_that_the_backend_cannot_run(folder, name, backend, hint):
    with pytest.raises(Sbv2Error) as caught:
        files.given(folder / name, backend)
    assert caught.value.code == "voice.backend"
    assert hint in str(caught.value.hint)
