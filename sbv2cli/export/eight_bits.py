"""Weights in 8 bits: files a quarter as large. Only the weights: everything is computed in float32.

Each output channel has a scale of its own. The usual way would be to compute in 8 bits as well,
with scales taken from what passes through (`onnxruntime.quantization.quantize_dynamic`). A scale is
then that of a whole batch, so it would not be batch-invariant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

# Smaller tables are not worth the two nodes.
LEAST_SIZE = 1024

# Operator -> the axis of its weight that has a channel of the result at each place.
CHANNEL_AXIS = {"Conv": 0, "ConvTranspose": 1, "MatMul": 1}

LEVELS = 127


def store_in_eight_bits(model: onnx.ModelProto, prefixes: Sequence[str]) -> None:
    """Change the large weights of a model whose names begin with one of `prefixes`."""
    graph = model.graph
    users: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for node in graph.node:
        for place, name in enumerate(node.input):
            users[name].append((node.op_type, place))
    kept: list[onnx.TensorProto] = []
    restored: list[onnx.NodeProto] = []
    for tensor in graph.initializer:
        axis = _axis(tensor, users[tensor.name])
        if axis is None or not tensor.name.startswith(tuple(prefixes)):
            kept.append(tensor)
            continue
        levels, scales = _levels(tensor, axis)
        kept += [levels, scales]
        inputs = [levels.name, scales.name]
        restored.append(helper.make_node("DequantizeLinear", inputs, [tensor.name], axis=axis))
    nodes = [*restored, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


def _axis(tensor: onnx.TensorProto, users: Sequence[tuple[str, int]]) -> int | None:
    """The axis of the channels, where a tensor is nothing but a large float32 weight."""
    if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < LEAST_SIZE:
        return None
    axes = {CHANNEL_AXIS.get(operator) if place == 1 else None for operator, place in users}
    return axes.pop() if len(axes) == 1 else None


def _levels(tensor: onnx.TensorProto, axis: int) -> tuple[onnx.TensorProto, onnx.TensorProto]:
    """Whole numbers from -127 to 127, and what one is worth in each channel."""
    array = numpy_helper.to_array(tensor)
    others = tuple(other for other in range(array.ndim) if other != axis)
    largest = np.abs(array).max(axis=others, keepdims=True)
    scales = np.where(largest > 0, largest / LEVELS, 1).astype(np.float32)
    levels = np.rint(array / scales).astype(np.int8)
    return (
        numpy_helper.from_array(levels, f"{tensor.name}.levels"),
        numpy_helper.from_array(scales.reshape(-1), f"{tensor.name}.scales"),
    )
