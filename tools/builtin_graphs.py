"""Writes the graphs of the voice in the package, which let `sbv2 say` speak without torch.

    python -m tools.builtin_graphs

They are those of `sbv2 voices convert --to onnx --signature own`, but for their weights: these stay
in the voice's own file, and a few nodes make each of them from there. So both graphs take half a
megabyte instead of thirty. To be run whenever the voice changes: graphs of other weights are not
used, and a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from sbv2cli.export.onnx_voice import convert
from sbv2cli.export.options import Options
from sbv2cli.voices import search_path
from sbv2cli.voices.bundle import open_bundle

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALL = 64
"""Numbers of a tensor that a graph may as well keep for itself."""

JOINED = (2, 3)
"""Tensors that a graph has as one: keys and values, or queries too."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor of a weight file, in float16."""

    name: str
    values: NDArray[np.float16]
    offset: int  # in bytes, from the file's beginning


@dataclass(frozen=True, slots=True)
class Part:
    """A stored tensor in the shape that a graph wants."""

    stored: Stored
    shape: tuple[int, ...]
    turned: bool  # the transpose of that shape


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a weight is made from stored tensors: parts, one behind the other along an axis."""

    parts: tuple[Part, ...]
    axis: int = 0


def stored_in(path: Path) -> list[Stored]:
    """The tensors in float16. The file begins with the length of its header (u64), then that."""
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    found = []
    for name, entry in json.loads(data[8:begin]).items():
        if entry.get("dtype") == "F16":
            first, last = (begin + place for place in entry["data_offsets"])
            values = np.frombuffer(data[first:last], np.float16).reshape(entry["shape"])
            found.append(Stored(name, values, first))
    return found


def share(model: onnx.ModelProto, tensors: Sequence[Stored], location: str) -> list[str]:
    """Leave weights to the file at `location`; what is not in it stays, and is returned by name."""
    by_values = {tensor.values.astype(np.float32).tobytes(): tensor for tensor in tensors}
    recipes: dict[str, Recipe] = {}
    kept: list[TensorProto] = []
    for weight in model.graph.initializer:
        array = numpy_helper.to_array(weight)
        is_weight = weight.data_type == TensorProto.FLOAT and array.size > SMALL
        found = _recipe(array, by_values) if is_weight else None
        if found is None:
            kept.append(weight)
        else:
            recipes[weight.name] = found
    made, shapes = [], []
    for name, recipe in recipes.items():
        nodes, constants = _nodes(name, recipe)
        made += nodes
        shapes += constants
    used = {part.stored.name: part.stored for one in recipes.values() for part in one.parts}
    nodes_before = list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend([*kept, *shapes])
    model.graph.initializer.extend(_outside(tensor, location) for tensor in used.values())
    model.graph.node.extend([*made, *nodes_before])
    return [one.name for one in kept if one.data_type == TensorProto.FLOAT and one.dims]


def _recipe(array: NDArray[np.float32], by_values: Mapping[bytes, Stored]) -> Recipe | None:
    whole = _part(array, by_values)
    if whole is not None:
        return Recipe((whole,))
    for axis, size in enumerate(array.shape):
        for number in JOINED:
            if size % number == 0:
                parts = [_part(part, by_values) for part in np.split(array, number, axis)]
                found = tuple(part for part in parts if part is not None)
                if len(found) == number:
                    return Recipe(found, axis)
    return None


def _part(array: NDArray[np.float32], by_values: Mapping[bytes, Stored]) -> Part | None:
    for turned in (False, True) if array.ndim == 2 else (False,):
        straight = array.T if turned else array
        stored = by_values.get(straight.tobytes())
        if stored is not None:
            return Part(stored, straight.shape, turned)
    return None


def _nodes(name: str, recipe: Recipe) -> tuple[list[NodeProto], list[TensorProto]]:
    """What makes a weight of this name, and the shapes that it needs."""
    if len(recipe.parts) == 1:
        return _part_nodes(name, recipe.parts[0])
    nodes, shapes = [], []
    names = [f"{name}/{number}" for number in range(len(recipe.parts))]
    for its_name, part in zip(names, recipe.parts, strict=True):
        some, constants = _part_nodes(its_name, part)
        nodes += some
        shapes += constants
    nodes.append(helper.make_node("Concat", names, [name], axis=recipe.axis))
    return nodes, shapes


def _part_nodes(name: str, part: Part) -> tuple[list[NodeProto], list[TensorProto]]:
    shapes: list[TensorProto] = []
    steps: list[tuple[str, list[str], dict[str, object]]] = [
        ("Cast", [], {"to": TensorProto.FLOAT})
    ]
    if part.stored.values.shape != part.shape:
        shapes.append(numpy_helper.from_array(np.array(part.shape), f"{name}/shape"))
        steps.append(("Reshape", [f"{name}/shape"], {}))
    if part.turned:
        steps.append(("Transpose", [], {"perm": [1, 0]}))
    nodes, value = [], _outside_name(part.stored)
    for step, (operator, others, attributes) in enumerate(steps, start=1):
        result = name if step == len(steps) else f"{name}/{operator}"
        nodes.append(helper.make_node(operator, [value, *others], [result], **attributes))
        value = result
    return nodes, shapes


def _outside(stored: Stored, location: str) -> TensorProto:
    tensor = TensorProto(
        name=_outside_name(stored),
        data_type=TensorProto.FLOAT16,
        dims=stored.values.shape,
        data_location=TensorProto.EXTERNAL,
    )
    place = {"location": location, "offset": stored.offset, "length": stored.values.nbytes}
    for key, value in place.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _outside_name(stored: Stored) -> str:
    return f"stored.{stored.name}"


def write(voice: Path, folder: Path) -> list[Path]:
    """Write the graphs of a voice into a folder that has its weights, or will have them."""
    bundle = open_bundle(voice, backend="torch")
    written = []
    with TemporaryDirectory() as name:
        options = Options(signature="own", quantize=False, force=False)
        report = convert(bundle, Path(name) / "graphs", options)
        for path in report.files:
            if path.suffix == ".onnx":
                model = onnx.load(path)
                share(model, stored_in(bundle.weights), bundle.weights.name)
                written.append(folder / path.name)
                written[-1].write_bytes(model.SerializeToString(deterministic=True))
    return written


@click.command(help=__doc__)
def main() -> None:
    """Write them into the package."""
    voice = search_path.find(None, []).path
    for path in write(voice, voice):
        click.echo(f"{path} ({path.stat().st_size / 1e6:.2f} MB)")


if __name__ == "__main__":
    main()
