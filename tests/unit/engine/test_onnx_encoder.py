"""BERT models as ONNX files: ours with a batch axis, published ones without."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sbv2cli.engine.bert.features import spread
from sbv2cli.engine.bert.folders import find_bert, graph_file
from sbv2cli.engine.onnx.backend import open_bert
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import MachineError, Sbv2Error

JAPANESE = Path(__file__).parents[2] / "golden/model/dev/bert/tiny-deberta-v2-japanese-char"
WIDTH = 12
WORDS = 22012


def table() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((WORDS, WIDTH)).astype(np.float32)


def write_model(path: Path, *, batched: bool = True, names=("input_ids", "attention_mask")) -> None:
    """Each token's row of a table, and in padding something that must not be heard."""
    nodes = [
        helper.make_node("Gather", ["table", names[0]], ["rows"]),
        helper.make_node("Cast", [names[1]], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Div", ["rows", "column"], ["hidden" if not batched else "output"]),
    ]
    constants = {"table": table(), "last": np.array([-1])}
    if not batched:
        nodes.append(helper.make_node("Squeeze", ["hidden", "first"], ["output"]))
        constants["first"] = np.array([0])
    shape = ["b", "t", WIDTH] if batched else ["t", WIDTH]
    graph = helper.make_graph(
        nodes,
        "bert",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"]) for name in names],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "bert"
    made.mkdir()
    for name in ("config.json", "vocab.txt"):
        shutil.copy(JAPANESE / name, made)
    write_model(made / "model.onnx")
    return made


def opened(folder: Path):
    return open_bert(folder, EngineSettings(device="cpu"))


@pytest.mark.parametrize("batched", [True, False])
def test_rows_of_several_texts(folder, batched):
    write_model(folder / "model.onnx", batched=batched)
    model = opened(folder)
    lines = [model.tokeniser.ids(text) for text in ("今日は良い天気ですね.", "え?", "", "はい")]
    rows = model.encoder.encode(lines)
    for ids, found in zip(lines, rows, strict=True):
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, table()[ids])


def test_columns_of_arrays_are_those_of_tensors():
    import torch

    rows, assist = table()[:4], table()[4:9]
    counts = [1, 0, 3, 2]
    how = {"assist_weight": 0.3, "scale": 1.5}
    found = spread(rows, counts, assist_rows=assist, **how)
    expected = spread(torch.from_numpy(rows), counts, assist_rows=torch.from_numpy(assist), **how)
    assert found.shape == (WIDTH, 6)
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-6, atol=1e-6)


def test_the_exact_file_first(folder):
    assert graph_file(folder).name == "model.onnx"
    (folder / "model.onnx").rename(folder / "model_fp16.onnx")
    assert graph_file(folder).name == "model_fp16.onnx"
    assert opened(folder).encoder.encode([[1, 2]])[0].shape == (2, WIDTH)


def test_only_places_with_a_graph_are_found(folder, tmp_path):
    environment = {"HOME": str(tmp_path), "SBV2_BERT_JA": str(JAPANESE)}
    assert find_bert("ja", environment=environment) == JAPANESE
    with pytest.raises(MachineError) as caught:
        find_bert("ja", environment=environment, backend="onnx")
    assert caught.value.code == "bert.onnx-missing"
    assert "voices convert --bert" in str(caught.value.hint)
    environment["SBV2_BERT_JA"] = str(folder)
    assert find_bert("ja", environment=environment, backend="onnx") == folder


def test_absolute_positions_set_a_limit(folder):
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    assert opened(folder).encoder.longest_line is None
    path.write_text(
        json.dumps({**config, "relative_attention": False, "max_position_embeddings": 96})
    )
    assert opened(folder).encoder.longest_line == 96


def broken(folder: Path) -> None:
    path = folder / "model.onnx"
    path.write_bytes(path.read_bytes()[:-99])


@pytest.mark.parametrize(
    ("breakage", "code"),
    [
        (broken, "bert.onnx-file"),
        (lambda f: (f / "model.onnx").unlink(), "bert.onnx-missing"),
        (lambda f: write_model(f / "model.onnx", names=("ids", "mask_in")), "bert.onnx-inputs"),
    ],
)
def test_a_broken_model_says_what_is_wrong(folder, breakage, code):
    breakage(folder)
    with pytest.raises(Sbv2Error) as caught:
        opened(folder)
    assert caught.value.code == code
    assert str(folder) in str(caught.value.at)
    assert caught.value.hint
