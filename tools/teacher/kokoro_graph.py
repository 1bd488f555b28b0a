"""Kokoro's published graph with float weights, and with durations and pitch as inputs.

The graph that packages carry has eight-bit weights and works out the scale of every input as it
goes. Its weights times their scales go into plain convolutions and products, which run faster.
Durations (units of 25 ms), pitch (Hz, frames of 12.5 ms) and energy are taken from outside, so that
a rule book that knows accents can set them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DURATIONS, PITCH, ENERGY, SOUND = "durations", "pitch", "energy", "audio"
OWN_DURATIONS = "/encoder/Gather_output_0"
OWN_PITCH, OWN_ENERGY = "/encoder/Reshape_output_0", "/encoder/Reshape_1_output_0"
_TAKEN_FROM_OUTSIDE = {OWN_DURATIONS: DURATIONS, OWN_PITCH: PITCH, OWN_ENERGY: ENERGY}
_FLOAT = {"ConvInteger": "Conv", "MatMulInteger": "MatMul"}


def write(published: Path, pitch: Path, sound: Path) -> None:
    """Write the two graphs that are run: one gives pitch and energy, the other the sound.

    A graph computes everything that it has, whatever is asked of it; hence two.
    """
    for out, names in ((pitch, (OWN_PITCH, OWN_ENERGY)), (sound, (SOUND,))):
        model = onnx.load(published)
        graph = model.graph
        for node in graph.node:
            for place, name in enumerate(node.input):
                node.input[place] = _TAKEN_FROM_OUTSIDE.get(name, name)
        del graph.output[:]
        for name in names:
            graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        _with_float_weights(graph)
        asked = _only_what_is_needed(graph)
        inputs = [one for one in graph.input if one.name in asked]
        if DURATIONS in asked:
            inputs.append(helper.make_tensor_value_info(DURATIONS, TensorProto.INT64, ["tokens"]))
        for name in (PITCH, ENERGY):
            if name in asked:
                shape = [1, "frames"]
                inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        del graph.input[:]
        graph.input.extend(inputs)
        del graph.value_info[:]
        onnx.save(model, out)


def _with_float_weights(graph: onnx.GraphProto) -> None:
    weights = {one.name: one for one in graph.initializer}
    maker = {name: node for node in graph.node for name in node.output}
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)

    made: dict[str, onnx.NodeProto] = {}
    for node in graph.node:
        if node.op_type not in _FLOAT or maker[node.input[0]].op_type != "DynamicQuantizeLinear":
            continue
        bias, following = "", users[node.output[0]][0]
        if following.op_type == "Add":
            added = next(name for name in following.input if name != node.output[0])
            bias = maker[added].input[0].removesuffix("_quantized")
            following = users[following.output[0]][0]
        scaled = users[following.output[0]][0]  # the Cast before it has one user
        by = maker.get(next(name for name in scaled.input if name != following.output[0]))
        names = by.input if by is not None else scaled.input
        scale = next(numpy_helper.to_array(weights[one]) for one in names if one in weights)
        whole, zero = (numpy_helper.to_array(weights[node.input[i]]) for i in (1, 3))
        values = (whole.astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)
        name = f"{node.output[0]}.weight"
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
        inputs = [maker[node.input[0]].input[0], name, *([bias] if bias else [])]
        plain = helper.make_node(
            _FLOAT[node.op_type], inputs, scaled.output, f"{node.output[0]}.float"
        )
        plain.attribute.extend(node.attribute)
        made[scaled.output[0]] = plain
    nodes = [made.get(node.output[0], node) for node in graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _only_what_is_needed(graph: onnx.GraphProto) -> set[str]:
    """Leave the nodes that are needed, in order; the names that they ask for."""
    maker = {name: node for node in graph.node for name in node.output}
    wanted = [one.name for one in graph.output]
    order: list[onnx.NodeProto] = []
    placed: set[str] = set()
    while wanted:
        node = maker.get(wanted[-1])
        if node is None or node.output[0] in placed:
            wanted.pop()
            continue
        missing = [one for one in node.input if one in maker and maker[one].output[0] not in placed]
        if missing:
            wanted += missing
            continue
        placed.add(node.output[0])
        order.append(node)
    del graph.node[:]
    graph.node.extend(order)
    asked = {name for node in order for name in node.input}
    kept = [one for one in graph.initializer if one.name in asked]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    return asked
