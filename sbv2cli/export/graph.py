"""Builds an ONNX graph from expressions: a thin layer over `onnx.helper`.

Graphs are written out and not traced. Tracing would bake the lengths of an example into loops and
chunks, and depends on an exporter that changes with every torch; written out, a graph has the few
operators it needs, its weights under our names, and is made in a second.

Operators are those of opset 17 (2022), which runtimes of other programs have known for years.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from sbv2cli.errors import MachineError
from sbv2cli.export.shapes import Shape, result_shapes, result_type
from sbv2cli.version import VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

OPSET = 17
IR_VERSION = 8  # that of onnx 1.12, which brought opset 17

FLOAT, DOUBLE, INT, FLOAT16 = (
    TensorProto.FLOAT,
    TensorProto.DOUBLE,
    TensorProto.INT64,
    TensorProto.FLOAT16,
)

# Protobuf, and so an ONNX file with its weights inside, ends at two gigabytes.
LARGEST_FILE = 2**31 - 2**20

# A slice to the end.
END = 2**31 - 1

# Sizes, axes and the like, whose values decide the shapes of results.
SMALL = 64

Dimensions = Sequence[int | str]


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor in a graph; arithmetic on it adds nodes."""

    graph: Graph
    name: str

    def __add__(self, other: Value | float) -> Value:
        return self.graph.node("Add", self, self.graph.value(other))

    def __sub__(self, other: Value | float) -> Value:
        return self.graph.node("Sub", self, self.graph.value(other))

    def __mul__(self, other: Value | float) -> Value:
        return self.graph.node("Mul", self, self.graph.value(other))

    def __truediv__(self, other: Value | float) -> Value:
        return self.graph.node("Div", self, self.graph.value(other))

    def __rsub__(self, other: float) -> Value:
        return self.graph.node("Sub", self.graph.value(other), self)

    def __neg__(self) -> Value:
        return self.graph.node("Neg", self)

    def __matmul__(self, other: Value) -> Value:
        return self.graph.node("MatMul", self, other)

    def transpose(self, *order: int) -> Value:
        """Axes in another order."""
        return self.graph.node("Transpose", self, perm=list(order))

    @property
    def shape(self) -> Shape | None:
        """Sizes and names of lengths, where they are known."""
        return self.graph.shape(self)

    def shaped(self, *shape: int | str) -> Value:
        """The same value, of a shape that no rule can tell."""
        return self.graph.shaped(self, shape)

    def unsqueeze(self, *axes: int) -> Value:
        """New axes of length one."""
        return self.graph.node("Unsqueeze", self, self.graph.integers(axes))

    def squeeze(self, axis: int) -> Value:
        """Without an axis of length one."""
        return self.graph.node("Squeeze", self, self.graph.integers([axis]))

    def reshape(self, *sizes: int | Value) -> Value:
        """Sizes are numbers, or one-element tensors; 0 keeps a size, -1 stands for the rest."""
        return self.graph.node("Reshape", self, self.graph.sizes(sizes))

    def expand(self, *sizes: int | Value) -> Value:
        """Repeated along axes of length one."""
        return self.graph.node("Expand", self, self.graph.sizes(sizes))

    def cut(self, axis: int, start: int | Value, end: int | Value) -> Value:
        """A slice along one axis."""
        graph = self.graph
        limits = [graph.sizes([start]), graph.sizes([end]), graph.integers([axis])]
        return graph.node("Slice", self, *limits)

    def reversed(self, axis: int) -> Value:
        """Backwards along one axis."""
        graph = self.graph
        limits = ([-1], [-END - 1], [axis], [-1])
        return graph.node("Slice", self, *map(graph.integers, limits))

    def size(self, axis: int) -> Value:
        """The length of an axis, as a one-element tensor."""
        return self.graph.node("Shape", self).cut(0, axis, axis + 1)

    def cast(self, kind: int) -> Value:
        """In another type."""
        return self.graph.node("Cast", self, to=kind)

    def apply(self, operator: str, **attributes: Any) -> Value:
        """An operator of one input."""
        return self.graph.node(operator, self, **attributes)


class Graph:
    """A graph in the making. Weights that are used twice are in it once."""

    def __init__(self, module: nn.Module | None = None) -> None:
        """Weights of `module` keep the names that they have in it."""
        named = () if module is None else module.named_parameters()
        self._names = {id(parameter): name for name, parameter in named}
        self._nodes: list[onnx.NodeProto] = []
        self._weights: dict[str, onnx.TensorProto] = {}
        self._bytes = 0
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._count = 0
        self._known: dict[str, tuple[int, Shape | None]] = {}
        self._small: dict[str, NDArray[Any]] = {}

    def input(self, name: str, kind: int, shape: Dimensions) -> Value:
        """An input; axes of any length have names."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))
        self._known[name] = (kind, tuple(shape))
        return Value(self, name)

    def optional(self, name: str, kept: float) -> Value:
        """An input that is a number and may be left out: `kept` stands in the graph for it."""
        array = np.array(kept, dtype=np.float32)
        self.input(name, FLOAT, ())
        self._weights[name] = numpy_helper.from_array(array, name)
        return Value(self, name)

    def output(self, value: Value, name: str, kind: int, shape: Dimensions) -> None:
        """Give a value out under a name."""
        self._nodes.append(helper.make_node("Identity", [value.name], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def nodes(self, operator: str, *inputs: Value, count: int, **attributes: Any) -> list[Value]:
        """Add a node with several results."""
        self._count += 1
        results = [f"{operator}_{self._count}_{number}" for number in range(count)]
        names = [value.name for value in inputs]
        made = helper.make_node(operator, names, results, f"{operator}_{self._count}", **attributes)
        self._nodes.append(made)
        types, shapes = zip(*(self._known[name] for name in names), strict=True)
        kind = result_type(operator, types, attributes)
        constants = [self._small.get(name) for name in names]
        found = result_shapes(operator, shapes, attributes, constants, count)
        self._known |= {name: (kind, shape) for name, shape in zip(results, found, strict=True)}
        return [Value(self, name) for name in results]

    def shape(self, value: Value) -> Shape | None:
        """What is known of a value's shape."""
        return self._known[value.name][1]

    def shaped(self, value: Value, shape: Shape | None) -> Value:
        """The same value, whose shape the builder knows and rules cannot tell."""
        if shape is not None:
            self._known[value.name] = (self._known[value.name][0], shape)
        return value

    def node(self, operator: str, *inputs: Value, **attributes: Any) -> Value:
        """Add a node with one result."""
        return self.nodes(operator, *inputs, count=1, **attributes)[0]

    def name(self, parameter: Tensor) -> str:
        """What a parameter is called in the module."""
        return self._names[id(parameter)]

    def weight(self, tensor: Any, *, name: str | None = None, matrix: bool = False) -> Value:
        """A parameter of the module, or any tensor with a `name`.

        As a matrix it is [in, out], from a linear's [out, in] or a convolution's [out, in, 1].
        """
        name = name or self._names[id(tensor)]
        if matrix:
            name += ".T"
        if name not in self._weights:
            array = tensor.detach().numpy() if hasattr(tensor, "detach") else np.asarray(tensor)
            if matrix:
                array = array.reshape(array.shape[:2]).T
            self._keep(name, np.ascontiguousarray(array))
        return Value(self, name)

    def constant(self, array: NDArray[Any]) -> Value:
        """A small tensor that is written into the graph; equal ones are one."""
        if array.size == 1:
            name = f"constant_{array.dtype}_{'x'.join(map(str, array.shape))}_{array.item()!r}"
        else:
            name = f"constant_{array.dtype}_{array.shape}_{array.tobytes().hex()}"
            if len(name) > 100:
                self._count += 1
                name = f"constant_{self._count}"
        if name not in self._weights:
            self._keep(name, array)
        return Value(self, name)

    def value(self, number: Value | float) -> Value:
        """A whole number as int64, another as float32; a value as it is."""
        if isinstance(number, Value):
            return number
        return self.constant(np.array(number, np.int64 if isinstance(number, int) else np.float32))

    def double(self, number: float) -> Value:
        """A number in double precision."""
        return self.constant(np.array(number, np.float64))

    def integers(self, numbers: Iterable[int]) -> Value:
        """A row of int64."""
        return self.constant(np.array(list(numbers), dtype=np.int64))

    def sizes(self, sizes: Sequence[int | Value]) -> Value:
        """A row of int64 of which some are known only when the graph runs."""
        if all(isinstance(size, int) for size in sizes):
            return self.integers([size for size in sizes if isinstance(size, int)])
        parts = [size if isinstance(size, Value) else self.integers([size]) for size in sizes]
        return parts[0] if len(parts) == 1 else self.concat(parts, 0)

    def concat(self, parts: Sequence[Value], axis: int) -> Value:
        """Tensors one after the other along an axis."""
        return self.node("Concat", *parts, axis=axis)

    def split(self, value: Value, sizes: Sequence[int], axis: int) -> list[Value]:
        """The reverse."""
        return self.nodes("Split", value, self.integers(sizes), count=len(sizes), axis=axis)

    def finish(self, name: str, metadata: Mapping[str, Any]) -> onnx.ModelProto:
        """The model; `metadata` stands in it as JSON under the key `sbv2cli`."""
        if self._bytes > LARGEST_FILE:
            raise MachineError(
                "export.size",
                f"{self._bytes / 1e9:.1f} GB of weights do not fit into one ONNX file (2.1 GB)",
                hint="a model of this size cannot be exported",
            )
        named = {value.name for value in (*self._inputs, *self._outputs)} | set(self._weights)
        shapes = [
            helper.make_tensor_value_info(value, kind, shape)
            for value, (kind, shape) in self._known.items()
            if shape is not None and value not in named
        ]
        graph = helper.make_graph(
            self._nodes,
            name,
            self._inputs,
            self._outputs,
            list(self._weights.values()),
            value_info=shapes,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="sbv2cli",
            producer_version=VERSION,
        )
        text = json.dumps(metadata, ensure_ascii=False, sort_keys=True)
        helper.set_model_props(model, {"sbv2cli": text})
        return model

    def _keep(self, name: str, array: NDArray[Any]) -> None:
        self._bytes += array.nbytes
        tensor = numpy_helper.from_array(array, name)
        self._weights[name] = tensor
        self._known[name] = (tensor.data_type, array.shape)
        if array.size <= SMALL:
            self._small[name] = array
