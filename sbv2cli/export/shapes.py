"""Shapes of results, with names for lengths that are known only when the graph runs.

The format's own inference gives up at the first convolution over a named length. It matters: a
runtime plans its memory by these shapes, and where it does not know that two buffers are equally
large it looks through all of them, for every node, when a graph is opened (measured: 0.94 seconds
with unknown lengths, 0.13 with names).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onnx import TensorProto

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shape = tuple[int | str, ...]
Attributes = Mapping[str, Any]
Constants = Sequence["NDArray[Any] | None"]

SAME = frozenset(
    "Neg Cast Relu LeakyRelu Tanh Sigmoid Exp Log Sqrt Abs Erf Softplus Ceil Softmax CumSum Clip"
    " RandomNormalLike LayerNormalization Identity Not Floor Round Sin Cos".split()
)
BROADCAST = frozenset(
    "Add Sub Mul Div Mod Min Max Less GreaterOrEqual LessOrEqual Equal And Where".split()
)
COMPARISONS = frozenset("Less GreaterOrEqual LessOrEqual Equal And".split())


def result_shapes(
    operator: str,
    shapes: Sequence[Shape | None],
    attributes: Attributes,
    constants: Constants,
    count: int,
) -> list[Shape | None]:
    """The shapes of a node's results; `None` where it cannot be told."""
    unknown: list[Shape | None] = [None] * count
    if operator in SAME:
        return [shapes[0]]
    if any(shape is None for shape in shapes):
        return unknown
    known = [shape for shape in shapes if shape is not None]
    if operator in BROADCAST:
        return [broadcast(known)]
    if operator == "Split":
        return _split(known[0], attributes, constants)
    rule = RULES.get(operator)
    return unknown if rule is None else [rule(known, attributes, constants)]


def result_type(operator: str, types: Sequence[int], attributes: Attributes) -> int:
    """The element type of a node's results."""
    if operator in COMPARISONS:
        return TensorProto.BOOL
    if operator == "Cast":
        return int(attributes["to"])
    if operator == "Shape":
        return TensorProto.INT64
    return types[1] if operator == "Where" else types[0]


def broadcast(shapes: Sequence[Shape]) -> Shape | None:
    """Of several operands; unknown where two named lengths differ."""
    rank = max(map(len, shapes))
    result: list[int | str] = []
    for axis in range(-rank, 0):
        sizes = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        if len(sizes) > 1:
            return None
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def _split(shape: Shape, attributes: Attributes, constants: Constants) -> list[Shape | None]:
    sizes, axis = constants[1], attributes["axis"]
    assert sizes is not None
    return [(*shape[:axis], int(size), *shape[axis + 1 :]) for size in sizes]


def _transpose(shapes: Sequence[Shape], attributes: Attributes, *_: object) -> Shape | None:
    return tuple(shapes[0][axis] for axis in attributes["perm"])


def _unsqueeze(shapes: Sequence[Shape], _: Attributes, constants: Constants) -> Shape | None:
    assert constants[1] is not None
    result = list(shapes[0])
    for axis in sorted(map(int, constants[1])):
        result.insert(axis, 1)
    return tuple(result)


def _squeeze(shapes: Sequence[Shape], _: Attributes, constants: Constants) -> Shape | None:
    assert constants[1] is not None
    gone = {int(axis) for axis in constants[1]}
    return tuple(size for axis, size in enumerate(shapes[0]) if axis not in gone)


def _reduce(shapes: Sequence[Shape], attributes: Attributes, constants: Constants) -> Shape | None:
    if not attributes.get("keepdims", 1):
        return _squeeze(shapes, attributes, constants)
    axes = attributes.get("axes", constants[-1])
    assert axes is not None
    gone = {int(axis) for axis in axes}
    return tuple(1 if axis in gone else size for axis, size in enumerate(shapes[0]))


def _matmul(shapes: Sequence[Shape], *_: object) -> Shape | None:
    left, right = shapes
    front = broadcast([left[:-2], right[:-2]])
    return None if front is None else (*front, left[-2], right[-1])


def _concat(shapes: Sequence[Shape], attributes: Attributes, *_: object) -> Shape | None:
    axis, total = attributes["axis"], 0
    for shape in shapes:
        size = shape[axis]
        if isinstance(size, str):
            return None
        total += size
    return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])


def _conv(shapes: Sequence[Shape], attributes: Attributes, *_: object) -> Shape | None:
    batch, channels, sizes = shapes[0][0], shapes[1][0], shapes[0][2:]
    rank, pads = len(sizes), attributes["pads"]
    kept = all(
        attributes["strides"][axis] == 1
        and pads[axis] + pads[axis + rank]
        == (attributes["kernel_shape"][axis] - 1) * attributes["dilations"][axis]
        for axis in range(rank)
    )
    # Nearly every convolution of these networks keeps the length.
    return (batch, channels, *sizes) if kept else None


def _conv_transpose(shapes: Sequence[Shape], attributes: Attributes, *_: object) -> Shape | None:
    if len(shapes[0]) != 3:
        return None
    batch, time, channels = shapes[0][0], shapes[0][2], shapes[1][1]
    rate = attributes["strides"][0]
    extra = attributes["kernel_shape"][0] - rate - sum(attributes["pads"])
    longer = f"{time}*{rate}" if extra == 0 else f"({time}*{rate}+{extra})"
    return (batch, channels, longer)


def _shape(shapes: Sequence[Shape], *_: object) -> Shape | None:
    return (len(shapes[0]),)


def _gather(shapes: Sequence[Shape], *_: object) -> Shape | None:
    return (*shapes[1], *shapes[0][1:])


def _gather_elements(shapes: Sequence[Shape], *_: object) -> Shape | None:
    return shapes[1]


def _reshape(shapes: Sequence[Shape], _: Attributes, constants: Constants) -> Shape | None:
    if constants[1] is None:
        return None
    wished = [int(size) for size in constants[1]]
    if -1 in wished:
        return None
    return tuple(shapes[0][axis] if size == 0 else size for axis, size in enumerate(wished))


def _slice(shapes: Sequence[Shape], _: Attributes, constants: Constants) -> Shape | None:
    starts, ends, axes, *steps = constants[1:]
    if starts is None or ends is None or axes is None:
        return None
    axis, start, end = int(axes[0]), int(starts[0]), int(ends[0])
    size = shapes[0][axis]
    if steps:  # backwards, and all of it
        return shapes[0]
    if isinstance(size, str):
        return None
    return (*shapes[0][:axis], len(range(size)[start:end]), *shapes[0][axis + 1 :])


RULES: Mapping[str, Callable[[Sequence[Shape], Attributes, Constants], Shape | None]] = {
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "ReduceSum": _reduce,
    "ReduceSumSquare": _reduce,
    "MatMul": _matmul,
    "Concat": _concat,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Shape": _shape,
    "Gather": _gather,
    "GatherElements": _gather_elements,
    "Reshape": _reshape,
    "Slice": _slice,
}
