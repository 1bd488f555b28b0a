"""The graphs of the voice in the package: made from its weights, which stay where they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from sbv2cli.voices import search_path
from sbv2cli.voices.bundle import open_bundle
from tools import builtin_graphs

VOICE = search_path.find(None, []).path


def model_of(path: Path) -> onnx.ModelProto:
    # Without what is in other files: the metadata has the fingerprint of the weights.
    return onnx.load(path, load_external_data=False)


def test_the_graphs_in_the_package_are_those_of_its_weights(tmp_path: Path) -> None:
    """Run `python -m tools.builtin_graphs` where this fails."""
    written = builtin_graphs.write(VOICE, tmp_path)
    assert len(written) == 2
    for path in written:
        there = VOICE / path.name
        assert model_of(path).graph == model_of(there).graph
        facts = [
            json.loads(one.metadata_props[0].value)["bundle"]
            for one in map(model_of, (path, there))
        ]
        assert facts == 2 * [open_bundle(VOICE, backend="torch").fingerprint()]
        assert there.stat().st_size < 600_000
        kept = [
            tensor.name
            for tensor in model_of(there).graph.initializer
            if tensor.data_location != TensorProto.EXTERNAL
            and np.prod(tensor.dims) > builtin_graphs.SMALL
        ]
        assert kept == []


def run(model: onnx.ModelProto, folder: Path) -> list[np.ndarray]:
    import onnxruntime

    path = folder / "made.onnx"
    path.write_bytes(model.SerializeToString())
    return onnxruntime.InferenceSession(str(path)).run(None, {})


@pytest.fixture
def weights(tmp_path: Path) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(5)
    shapes = {"a": (40, 30, 1), "b": (40, 30, 1), "c": (40, 30, 1), "taps": (8, 60, 5)}
    stored = {
        name: draw.normal(size=shape).astype(np.float16) for name, shape in shapes.items()
    } | {"whole": np.arange(2000), "single": draw.normal(size=(900, 3)).astype(np.float32)}
    save_file(stored, tmp_path / "voice.safetensors")
    return stored


def test_weights_come_from_the_file_in_the_shape_that_is_wanted(
    tmp_path: Path, weights: dict[str, np.ndarray]
) -> None:
    full = {name: array.astype(np.float32) for name, array in weights.items()}
    joined = np.concatenate([full[name] for name in "abc"])
    wanted = {
        "as it is": full["taps"],
        "a matrix": np.ascontiguousarray(full["a"][:, :, 0].T),
        "three in one": np.ascontiguousarray(joined[:, :, 0].T),
        "two in one": np.concatenate([full["c"], full["a"]]),
        "in no file": full["taps"] + 1,
        "not in half": full["single"],
        "small": full["b"][:3, :, 0],
    }
    outputs = [helper.make_tensor_value_info(f"{name}!", 1, a.shape) for name, a in wanted.items()]
    nodes = [helper.make_node("Identity", [name], [f"{name}!"]) for name in wanted]
    tensors = [numpy_helper.from_array(array, name) for name, array in wanted.items()]
    graph = helper.make_graph(nodes, "g", [], outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    stored = builtin_graphs.stored_in(tmp_path / "voice.safetensors")
    kept = builtin_graphs.share(model, stored, "voice.safetensors")
    assert kept == ["in no file", "not in half", "small"]
    for made, expected in zip(run(model, tmp_path), wanted.values(), strict=True):
        assert np.array_equal(made, expected)
