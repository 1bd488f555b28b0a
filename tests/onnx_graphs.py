"""ONNX graphs for tests: a tiny voice converted once, and small graphs of other people's making."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import tiny_voice
from onnx import TensorProto, helper, numpy_helper

from sbv2cli.export import onnx_voice
from sbv2cli.export.options import Options
from sbv2cli.voices.bundle import Bundle

FRAMES = 2  # of each symbol, in the graphs below
FRAME_SAMPLES = 8  # that of the tiny voice


def convert(bundle: Bundle, out: Path) -> Path:
    """The voice's folder of graphs."""
    onnx_voice.convert(bundle, out, Options())
    return out


def voice_folder(folder: Path) -> Path:
    """A voice of the multilingual kind without its weights."""
    tiny_voice.write(folder, version="2.2")
    for file in folder.glob("*.safetensors"):
        file.unlink()
    return folder


def durations_alone(path: Path) -> Path:
    """The half of such a voice that makes no sound."""
    model = onnx.load(short_graph(path))
    del model.graph.output[0]
    onnx.save(model, path)
    return path


SHORT_INPUTS = {
    "x": (TensorProto.INT64, [1, "t"]),
    "x_lengths": (TensorProto.INT64, [1]),
    "sid": (TensorProto.INT64, [1]),
    "tone": (TensorProto.INT64, [1, "t"]),
    "language": (TensorProto.INT64, [1, "t"]),
    "bert": (TensorProto.FLOAT, [1, 1024, "t"]),
    "style_vec": (TensorProto.FLOAT, [1, 256]),
    "noise_scale": (TensorProto.FLOAT, [1]),
    "length_scale": (TensorProto.FLOAT, [1]),
    "noise_scale_w": (TensorProto.FLOAT, [1]),
    "sdp_ratio": (TensorProto.FLOAT, [1]),
}


def short_graph(path: Path, *, durations: bool = True, opset: int = 17, **inputs: object) -> Path:
    """A "voice" with the other scheme of names: noise as loud as asked, FRAMES a symbol.

    Its sound is that of the phone ids, held, so that what went in can be heard.
    """
    wanted = {**SHORT_INPUTS, **inputs}
    steps = FRAMES * FRAME_SAMPLES
    nodes = [
        helper.make_node("Cast", ["x"], ["ids"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["ids", "loudest"], ["quiet"]),
        helper.make_node("Unsqueeze", ["quiet", "last"], ["column"]),
        helper.make_node("Expand", ["column", "steps"], ["held"]),
        helper.make_node("RandomNormalLike", ["held"], ["noise"]),
        helper.make_node("Mul", ["noise", "noise_scale"], ["scaled"]),
        helper.make_node("Add", ["held", "scaled"], ["sound"]),
        helper.make_node("Reshape", ["sound", "flat"], ["audio"]),
        helper.make_node("Mul", ["ids", "nothing"], ["zeros"]),
        helper.make_node("Add", ["zeros", "frames"], ["durations"]),
    ]
    constants = {
        "loudest": np.array(200, np.float32),
        "last": np.array([2]),
        "steps": np.array([1, 1, steps]),
        "flat": np.array([1, 1, -1]),
        "nothing": np.array(0, np.float32),
        "frames": np.array(FRAMES, np.float32),
    }
    outputs = [helper.make_tensor_value_info("audio", TensorProto.FLOAT, [1, 1, "n"])]
    if durations:
        outputs.append(helper.make_tensor_value_info("durations", TensorProto.FLOAT, [1, "t"]))
    graph = helper.make_graph(
        nodes,
        "short",
        [helper.make_tensor_value_info(name, *how) for name, how in wanted.items()],
        outputs,
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def changed(path: Path, **metadata: str) -> Path:
    """The same graph with other metadata."""
    model = onnx.load(path)
    held = {entry.key: entry.value for entry in model.metadata_props} | metadata
    helper.set_model_props(model, held)
    path.write_bytes(model.SerializeToString())
    return path
