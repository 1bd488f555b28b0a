"""The graphs between plan and render of a voice whose frames are made of noise: begin and step.

Whoever runs them draws the noise, and calls step as often as steps are taken, with their number:
all other numbers of the diffusion are in the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sbv2cli.export.graph import FLOAT, INT, Graph, Value

if TYPE_CHECKING:
    import onnx

    from sbv2cli.engine.torch.network import Network
    from sbv2cli.export.parts import SamplingExporter

Shapes = Mapping[str, tuple[int, tuple[int | str, ...]]]


class NamedInputs:
    """An input is in the graph when it is asked for, and not before."""

    def __init__(self, graph: Graph, shapes: Shapes) -> None:
        self._graph = graph
        self._shapes = shapes
        self._made: dict[str, Value] = {}

    def __call__(self, name: str) -> Value:
        """The input of that name."""
        if name not in self._made:
            self._made[name] = self._graph.input(name, *self._shapes[name])
        return self._made[name]


def sampling_graphs(
    network: Network,
    exporter: SamplingExporter,
    metadata: Mapping[str, Any],
    width: int,
    speaker: int,
) -> dict[str, onnx.ModelProto]:
    """Begin: what frames are made from, and noise, to what steps begin with. Step: one of them.

    `width` channels are spread from phones over frames; `speaker` are those of its vector.
    """
    acoustic = network.acoustic
    frames = ("batch", acoustic.channels, "frames")
    always: Shapes = {
        "lengths": (INT, ("batch",)),
        "noise": (FLOAT, ("batch", acoustic.noise_channels, "frames")),
    }
    graph = Graph(network)
    inputs = NamedInputs(
        graph,
        {
            **always,
            "values": (FLOAT, ("batch", width, "frames")),
            "temperature": (FLOAT, ("batch",)),
            "speaker": (FLOAT, ("batch", speaker)),
        },
    )
    x_BCF, conditions_BKF = exporter.begin(acoustic, inputs)
    assert conditions_BKF.shape is not None
    given = ("batch", conditions_BKF.shape[1], "frames")
    graph.output(x_BCF, "x", FLOAT, frames)
    graph.output(conditions_BKF, "conditions", FLOAT, given)
    begin = graph.finish("begin", {**metadata, "kind": "begin"})
    graph = Graph(network)
    inputs = NamedInputs(
        graph,
        {
            **always,
            "x": (FLOAT, frames),
            "conditions": (FLOAT, given),
            "step": (INT, ()),
            "steps": (INT, ()),
        },
    )
    graph.output(exporter.step(acoustic, inputs), "next", FLOAT, frames)
    return {"begin": begin, "step": graph.finish("step", {**metadata, "kind": "step"})}
