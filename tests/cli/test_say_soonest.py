"""`sbv2 say` takes the graphs of a voice: they speak sooner, and are the same voice."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import onnx_graphs
import pytest
import soundfile
import tiny_voice
from stage import Sbv2, rows, script, without_torch

from sbv2cli.cli.commands import say
from sbv2cli.pipeline.job import Machine
from sbv2cli.pipeline.open_voice import SOONEST, open_voice

LINES = [
    "おはようございます。",
    "えっ、本当にそんなことがあるの？",
    "東京特許許可局の局長は、昨日の午後三時に急に休暇を取った。",
]
FAINTEST = 60.0
"""Decibels of the sound over what the two backends differ by; 16 bits leave some 80."""


def test_the_voice_in_the_package_speaks_without_torch_and_sounds_the_same(sbv2: Sbv2) -> None:
    for number, text in enumerate(LINES):
        without_torch("say", "--seed", "7", "-o", f"soon{number}.wav", text)
        said = sbv2("say", "--seed", "7", "--backend", "torch", "-o", f"torch{number}.wav", text)
        assert said.status == 0, said.talk
        soon, _ = soundfile.read(f"soon{number}.wav")
        torch, _ = soundfile.read(f"torch{number}.wav")
        assert len(soon) == len(torch)
        apart = 10 * np.log10(np.sum(torch**2) / np.sum((soon - torch) ** 2))
        assert apart > FAINTEST


def test_a_run_of_many_lines_keeps_torch(sbv2: Sbv2) -> None:
    script("a.txt", "はい。\n")
    assert sbv2("render", "a.txt", "-o", "out").status == 0
    (row,) = rows("out").values()
    assert "backend" not in row


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """A voice with its weights, and its graphs beside them."""
    bundle = tiny_voice.opened(tmp_path / "both")
    made = onnx_graphs.convert(bundle, tmp_path / "graphs")
    for graph in made.glob("*.onnx"):
        shutil.copy(graph, tmp_path / "both" / graph.name)
    return tmp_path / "both"


def test_graphs_beside_their_weights_speak_first(both: Path) -> None:
    assert open_voice(both, SOONEST).backend == "onnx"
    assert open_voice(both, "auto").backend == "torch"
    assert open_voice(both, "onnx").backend == "onnx"


def test_graphs_of_other_weights_do_not(both: Path) -> None:
    styles = np.load(both / "style_vectors.npy")
    np.save(both / "style_vectors.npy", styles + 1)
    assert open_voice(both, SOONEST).backend == "torch"


def test_broken_graphs_and_published_ones_do_not(both: Path, tmp_path: Path) -> None:
    for graph in both.glob("*.onnx"):
        graph.write_bytes(b"broken")
    assert open_voice(both, SOONEST).backend == "torch"
    for graph in both.glob("*.onnx"):
        graph.unlink()
    assert open_voice(both, SOONEST).backend == "torch"
    shutil.copy(next((tmp_path / "graphs").glob("*.onnx")), both / "whole.onnx")
    assert open_voice(both, SOONEST).backend == "torch"


def test_a_file_that_is_named_is_the_one_that_speaks(both: Path) -> None:
    (weights,) = both.glob("*.safetensors")
    assert open_voice(weights, SOONEST).backend == "torch"


def test_without_onnxruntime_torch_speaks(both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "sbv2cli.pipeline.open_voice.find_spec",
        lambda name: None if name == "onnxruntime" else found(name),
    )
    assert open_voice(both, SOONEST).backend == "torch"


def test_a_voice_that_needs_a_bert_keeps_torch(tmp_path: Path) -> None:
    """Its BERT would have to be there as a graph, too."""
    bundle = tiny_voice.opened(tmp_path / "both", bert=True)
    for graph in onnx_graphs.convert(bundle, tmp_path / "graphs").glob("*.onnx"):
        shutil.copy(graph, tmp_path / "both" / graph.name)
    assert open_voice(tmp_path / "both", SOONEST).backend == "torch"


@pytest.mark.parametrize(
    ("asked", "backend"),
    [
        ({}, SOONEST),
        ({"device": "cpu"}, SOONEST),
        ({"device": "cuda"}, "auto"),
        ({"precision": "bf16"}, "auto"),
        ({"backend": "torch"}, "torch"),
        ({"backend": "onnx"}, "onnx"),
    ],
)
def test_who_says_how_to_compute_gets_that(asked: dict[str, str], backend: str) -> None:
    assert say.soonest(Machine(**asked)).backend == backend
