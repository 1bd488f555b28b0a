"""Writes the graphs of the voice in the package, which let `sbv2 say` speak without torch.

    python -m tools.builtin_graphs

They are those of `sbv2 voices convert --to onnx --signature own`, but for their weights: these stay
in the voice's own file, and a few nodes make each of them from there. So both graphs take less than
a megabyte instead of thirty. To be run whenever the voice changes: graphs of other weights are not
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

SMALL = 1024
"""Numbers of a tensor that a graph keeps for itself: opening it costs 0.1 ms for each node."""

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

    @property
    def name(self) -> str:
        """In the graph: a tensor may stand there in two shapes."""
        return f"stored.{self.stored.name}.{'x'.join(map(str, self.shape))}"

    def outside(self, location: str) -> TensorProto:
        """The tensor, whose numbers lie in the file at `location`."""
        tensor = TensorProto(
            name=self.name,
            data_type=TensorProto.FLOAT16,
            dims=self.shape,
            data_location=TensorProto.EXTERNAL,
        )
        length = self.stored.values.nbytes
        place = {"location": location, "offset": self.stored.offset, "length": length}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        return tensor


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
    made = [node for name, recipe in recipes.items() for node in _nodes(name, recipe)]
    used = {part.name: part for recipe in recipes.values() for part in recipe.parts}
    nodes = [*made, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend([*kept, *(part.outside(location) for part in used.values())])
    model.graph.node.extend(nodes)
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


def _nodes(name: str, recipe: Recipe) -> list[NodeProto]:
    """What makes a weight of this name."""
    if len(recipe.parts) == 1:
        return _part_nodes(name, recipe.parts[0])
    names = [f"{name}/{number}" for number in range(len(recipe.parts))]
    nodes = [
        node
        for its_name, part in zip(names, recipe.parts, strict=True)
        for node in _part_nodes(its_name, part)
    ]
    return [*nodes, helper.make_node("Concat", names, [name], axis=recipe.axis)]


def _part_nodes(name: str, part: Part) -> list[NodeProto]:
    if not part.turned:
        return [helper.make_node("Cast", [part.name], [name], to=TensorProto.FLOAT)]
    straight = f"{name}/straight"
    return [
        helper.make_node("Cast", [part.name], [straight], to=TensorProto.FLOAT),
        helper.make_node("Transpose", [straight], [name], perm=[1, 0]),
    ]


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
