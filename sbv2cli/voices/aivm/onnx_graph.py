"""The nodes and the weights of an ONNX graph, read from the file without the package onnx.

Numbers of fields and of kinds are those of onnx.proto3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from sbv2cli.voices.aivm import onnx_file
from sbv2cli.voices.aivm.onnx_file import BYTES, FIXED_32, VARINT, Field

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

GRAPH_NODE, GRAPH_TENSOR = 1, 5
NODE_INPUT, NODE_OUTPUT, NODE_NAME, NODE_KIND, NODE_ATTRIBUTE = 1, 2, 3, 4, 5
ATTRIBUTE_NAME, ATTRIBUTE_TENSOR, ATTRIBUTE_WHOLE_NUMBERS = 1, 5, 8
TENSOR_SHAPE, TENSOR_KIND, TENSOR_FLOATS, TENSOR_NAME, TENSOR_RAW = 1, 2, 4, 8, 9

FLOAT, HALF = 1, 10
TYPES: Mapping[int, str] = {FLOAT: "<f4", HALF: "<f2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One operation."""

    kind: str  # "Conv"
    name: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    whole_numbers: Mapping[str, tuple[int, ...]]  # attributes such as strides


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Where the numbers of a tensor lie in the file."""

    shape: tuple[int, ...]
    kind: int
    start: int
    end: int

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)  # numpy's would wrap around


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxGraph:
    """What a file computes with what."""

    path: Path
    nodes: Sequence[Node]
    weights: Mapping[str, Weight]

    def values(self, names: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The numbers of some weights."""
        return {name: self._value(self.weights[name]) for name in names}

    def _value(self, weight: Weight) -> NDArray[np.float32]:
        import numpy as np  # noqa: PLC0415 - names and shapes are read without it

        kind = np.dtype(TYPES[weight.kind]) if weight.kind in TYPES else None
        if kind is None or weight.end - weight.start != weight.count * kind.itemsize:
            raise onnx_file.unreadable(self.path, "a weight of it is not as long as its shape says")
        flat = np.fromfile(self.path, dtype=kind, count=weight.count, offset=weight.start)
        return flat.reshape(weight.shape).astype(np.float32)


def read(path: Path) -> OnnxGraph:
    """Everything but the numbers."""
    with onnx_file.open_file(path) as (file, size), onnx_file.mapped(file, size) as memory:
        (graph,) = [
            field
            for field in onnx_file.model_fields(memory, size)
            if onnx_file.is_bytes(field, onnx_file.MODEL_GRAPH)
        ]
        nodes: list[Node] = []
        weights: dict[str, Weight] = {}
        for field in onnx_file.fields_of(memory, graph.start, graph.end):
            if onnx_file.is_bytes(field, GRAPH_NODE):
                nodes.append(_node(memory, field, weights))
            elif onnx_file.is_bytes(field, GRAPH_TENSOR):
                name, weight = _weight(memory, field)
                weights[name] = weight
        return OnnxGraph(path=path, nodes=nodes, weights=weights)


def _node(file: BinaryIO, node: Field, weights: dict[str, Weight]) -> Node:
    """A node; one that is nothing but a constant tensor is a weight too."""
    inputs, outputs, numbers = [], [], {}
    kind = name = ""
    held: Weight | None = None
    for part in onnx_file.fields_of(file, node.start, node.end):
        if part.wire != BYTES:
            continue
        if part.number == NODE_INPUT:
            inputs.append(onnx_file.text(file, part))
        elif part.number == NODE_OUTPUT:
            outputs.append(onnx_file.text(file, part))
        elif part.number == NODE_NAME:
            name = onnx_file.text(file, part)
        elif part.number == NODE_KIND:
            kind = onnx_file.text(file, part)
        elif part.number == NODE_ATTRIBUTE:
            called, found, tensor = _attribute(file, part)
            numbers[called] = found
            held = tensor or held
    if kind == "Constant" and held is not None and outputs:
        weights[outputs[0]] = held
    return Node(kind=kind, name=name, inputs=inputs, outputs=outputs, whole_numbers=numbers)


def _attribute(file: BinaryIO, attribute: Field) -> tuple[str, tuple[int, ...], Weight | None]:
    name, tensor = "", None
    numbers: list[int] = []
    for part in onnx_file.fields_of(file, attribute.start, attribute.end):
        if onnx_file.is_bytes(part, ATTRIBUTE_NAME):
            name = onnx_file.text(file, part)
        elif part.number == ATTRIBUTE_WHOLE_NUMBERS:
            numbers += _numbers(file, part)
        elif onnx_file.is_bytes(part, ATTRIBUTE_TENSOR):
            tensor = _weight(file, part)[1]
    return name, tuple(numbers), tensor


def _weight(file: BinaryIO, tensor: Field) -> tuple[str, Weight]:
    name, kind, start, end = "", 0, 0, 0
    shape: list[int] = []
    for part in onnx_file.fields_of(file, tensor.start, tensor.end):
        if part.number == TENSOR_SHAPE:
            shape += _numbers(file, part)
        elif part.number == TENSOR_KIND and part.wire == VARINT:
            (kind,) = _numbers(file, part)
        elif onnx_file.is_bytes(part, TENSOR_NAME):
            name = onnx_file.text(file, part)
        elif part.number in (TENSOR_RAW, TENSOR_FLOATS) and part.wire in (BYTES, FIXED_32):
            # Raw bytes, or packed floats: both are little-endian numbers in a row.
            start, end = part.start, part.end
    return name, Weight(shape=tuple(shape), kind=kind, start=start, end=end)


def _numbers(file: BinaryIO, field: Field) -> Iterator[int]:
    """A whole number, or several in a row (packed)."""
    if field.wire == VARINT:
        yield onnx_file.number_at(file, field)
    elif field.wire == BYTES:
        place = field.start
        while place < field.end:
            file.seek(place)
            value, place = onnx_file.varint(file, place, field.end)
            yield value
