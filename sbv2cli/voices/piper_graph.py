"""The weights of a Piper voice, taken out of its graph, by their published names of 2021.

The exporter keeps the names of most. It loses those of convolutions whose weight norm it has
folded, which are found by the bias of the same convolution; of tables, which are what the first
look-up reads; and of a scale that it has turned around. What only training needs is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sbv2cli.errors import VoiceError
from sbv2cli.voices.aivm import onnx_graph

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.voices.aivm.onnx_graph import Node, OnnxGraph

SUFFIX, CONFIG_SUFFIX = ".onnx", ".onnx.json"

KNOWN = re.compile(r"(?:enc_p|dp|flow|dec)\.[\w.]+|emb_g\.weight")
SYMBOLS, SPEAKERS = "enc_p.emb.weight", "emb_g.weight"
IDS, SPEAKER = "input", "sid"
CONVOLUTIONS = frozenset({"Conv", "ConvTranspose"})
# How many inputs the nodes have that are looked into, at least and at most.
INPUTS: Mapping[str, tuple[int, int]] = {
    "Identity": (1, 1),
    "Exp": (1, 1),
    "Gather": (2, 2),
    "Sub": (2, 2),
    "Mul": (2, 2),
    "Conv": (2, 3),
    "ConvTranspose": (2, 3),
}

SHIFT, SCALE = "dp.flows.0.m", "dp.flows.0.logs"
# The coupling that no voice uses to speak, and one of the same shape.
UNUSED, ALIKE = "dp.flows.1.", "dp.flows.3."


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A graph whose weights have their published names."""

    graph: OnnxGraph
    weights: Mapping[str, str]  # published name -> name in the graph
    negative: bool  # whether the scale of durations stands with its sign turned
    exponential: bool  # or as what is multiplied with
    convolutions: Mapping[str, Node]  # by the published name of their weight

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a weight.

        Raises:
            VoiceError: there is none of this name.
        """
        if name not in self.weights:
            raise strange(self.graph.path, f'there is no "{name}"')
        return self.graph.weights[self.weights[name]].shape

    def has(self, name: str) -> bool:
        """Whether there is a weight of this name."""
        return name in self.weights


def is_voice(file: Path) -> bool:
    """Whether a file is a graph with a Piper configuration beside it."""
    return file.name.endswith(SUFFIX) and config_of(file).is_file()


def config_of(file: Path) -> Path:
    """Where the configuration of a graph lies."""
    return file.with_name(f"{file.name.removesuffix(SUFFIX)}{CONFIG_SUFFIX}")


def graph_of(config: Path) -> Path:
    """Where the graph of a configuration lies."""
    return config.with_name(config.name.removesuffix(CONFIG_SUFFIX) + SUFFIX)


def read(path: Path) -> Named:
    """The names of the weights of a graph; the numbers stay in the file."""
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _: int) -> Named:
    graph = onnx_graph.read(path)
    _check_inputs(graph)
    same = {n.outputs[0]: n.inputs[0] for n in graph.nodes if n.kind == "Identity"}

    def held(name: str) -> str:
        seen: set[str] = set()
        while name in same and name not in graph.weights:
            if name in seen:
                raise strange(path, f'"{name}" is made of itself')
            seen.add(name)
            name = same[name]
        return name

    weights = {name: held(name) for name in (*graph.weights, *same) if KNOWN.fullmatch(name)}
    convolutions: dict[str, Node] = {}
    for name, node in _convolutions(graph, held):
        convolutions[name] = node
        weights.setdefault(name, held(node.inputs[1]))
        if len(node.inputs) > 2:
            weights.setdefault(name.removesuffix("weight") + "bias", held(node.inputs[2]))
    for name, index in ((SYMBOLS, IDS), (SPEAKERS, SPEAKER)):
        look_up = [n for n in graph.nodes if n.kind == "Gather" and n.inputs[1] == index]
        if look_up:
            weights.setdefault(name, held(look_up[0].inputs[0]))
    scale, kind = _scale(graph, weights, held)
    if scale is not None:
        weights.setdefault(SCALE, scale)
    return Named(
        graph=graph,
        weights={name: found for name, found in weights.items() if found in graph.weights},
        negative=kind == "negative",
        exponential=kind == "exponential",
        convolutions=convolutions,
    )


def _check_inputs(graph: OnnxGraph) -> None:
    for node in graph.nodes:
        least, most = INPUTS.get(node.kind, (0, len(node.inputs)))
        if not least <= len(node.inputs) <= most or (least and not node.outputs):
            raise strange(graph.path, f'a "{node.kind}" of it has {len(node.inputs)} inputs')


def tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """All weights by their published names."""
    import numpy as np  # noqa: PLC0415 - voices are listed without it

    named = read(path)
    found = named.graph.values(list(named.weights.values()))
    weights = {name: found[held] for name, held in named.weights.items()}
    if named.negative:
        weights[SCALE] = -weights[SCALE]
    elif named.exponential:
        weights[SCALE] = -np.log(weights[SCALE])
    alike = [name for name in weights if name.startswith(ALIKE)]
    for name in alike:
        unused = UNUSED + name.removeprefix(ALIKE)
        weights.setdefault(unused, np.zeros_like(weights[name]))
    return weights


def strange(path: Path, why: str) -> VoiceError:
    """The error for a graph that is not as Piper writes them."""
    return VoiceError(
        "voice.piper-graph",
        f'the weights cannot be taken out of "{path.name}": {why}',
        at=str(path),
        hint="copy the file again from where the voice came from, or run it as it is:"
        " --backend onnx",
    )


def _convolutions(graph: OnnxGraph, held: Callable[[str], str]) -> Iterator[tuple[str, Node]]:
    """Each with the published name of its weight: by its own, its bias, or its place."""
    for node in graph.nodes:
        if node.kind not in CONVOLUTIONS or held(node.inputs[1]) not in graph.weights:
            continue
        for name in (node.inputs[1], *node.inputs[2:3]):
            if KNOWN.fullmatch(name):
                yield f"{name.rpartition('.')[0]}.weight", node
                break
        else:
            place = node.name.strip("/").rpartition("/")[0].replace("/", ".")
            if KNOWN.fullmatch(f"{place}.weight"):
                yield f"{place}.weight", node


def _scale(
    graph: OnnxGraph, weights: Mapping[str, str], held: Callable[[str], str]
) -> tuple[str | None, str]:
    """What (z - m) is multiplied with, and how it stands there."""
    if SCALE in weights or SHIFT not in weights:
        return None, ""
    makers = {output: node for node in graph.nodes for output in node.outputs}
    moved = {n.outputs[0] for n in graph.nodes if n.kind == "Sub" and SHIFT in n.inputs}
    for node in graph.nodes:
        if node.kind != "Mul" or not moved & set(node.inputs):
            continue
        (other,) = [held(name) for name in node.inputs if name not in moved] or [""]
        if other in graph.weights:
            return other, "exponential"
        maker = makers.get(other)
        if maker is not None and maker.kind == "Exp" and held(maker.inputs[0]) in graph.weights:
            return held(maker.inputs[0]), "negative"
    return None, ""
