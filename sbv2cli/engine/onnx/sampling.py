"""Frames out of noise: two graphs, one that begins and one that is run for every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.engine import collate
from sbv2cli.engine.onnx import graph as onnx_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.engine.collate import Frames, Planned
    from sbv2cli.engine.onnx.graph import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampler:
    """The numbers of the diffusion are in the graphs; noise comes from the line's streams."""

    begin_graph: Graph
    step_graph: Graph

    def mel(
        self,
        lines: Sequence[Planned],
        spoken: Frames,
        values_BKF: NDArray[np.float32],
        multiple: int,
    ) -> NDArray[np.float32]:
        """[B, C, F] spectrograms of lines that take as many steps."""
        feeds: dict[str, NDArray[Any]] = {
            "values": values_BKF,
            "noise": spoken.noise_BNF,
            "temperature": collate.temperatures(lines),
            "lengths": spoken.lengths_B,
        }
        if "speaker" in self.begin_graph.inputs:
            feeds["speaker"] = np.stack([line.speaker_G for line in lines])
        x_BCF, conditions_BKF = _run(self.begin_graph, onnx_graph.BEGIN_OUTPUTS, feeds)
        steps, channels = lines[0].utterance.steps, self.step_graph.channels("noise")
        feeds = {
            "conditions": conditions_BKF,
            "lengths": spoken.lengths_B,
            "steps": np.array(steps),
        }
        for step in range(steps):
            feeds |= {"x": x_BCF, "step": np.array(step)}
            if channels:
                feeds["noise"] = collate.step_noise(lines, step, channels, multiple)
            (x_BCF,) = _run(self.step_graph, onnx_graph.STEP_OUTPUTS, feeds)
        return x_BCF


def _run(
    graph: Graph, outputs: Sequence[str], feeds: dict[str, NDArray[Any]]
) -> list[NDArray[Any]]:
    """What a graph answers; inputs that it does not ask for are left out."""
    return graph.run(outputs, {name: feeds[name] for name in graph.inputs})
