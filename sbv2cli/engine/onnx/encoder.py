"""BERT models as ONNX graphs: rows for several texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.engine import batching
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.onnx.graph import Graph
from sbv2cli.errors import MachineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})

# Texts of one length class go side by side; more than this at once gain nothing on a CPU.
BUDGET = Budget(length=1024, lines=16)

BATCHED_AXES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxEncoder:
    """A BERT; see `engine.bert.features.Encoder`."""

    graph: Graph
    longest_line: int | None

    def encode(self, lines: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        """Rows [T, C] for each line of ids."""
        rows: list[Any] = [None] * len(lines)
        for batch in self._batches([len(line) for line in lines]):
            ids_BT = np.zeros((len(batch), max(len(lines[i]) for i in batch)), dtype=np.int64)
            mask_BT = np.zeros_like(ids_BT)
            for row, position in enumerate(batch):
                ids_BT[row, : len(lines[position])] = lines[position]
                mask_BT[row, : len(lines[position])] = 1
            feeds = {
                "input_ids": ids_BT,
                "attention_mask": mask_BT,
                "token_type_ids": np.zeros_like(ids_BT),
            }
            (hidden,) = self.graph.run(
                [next(iter(self.graph.outputs))],
                {name: array for name, array in feeds.items() if name in self.graph.inputs},
            )
            hidden_BTC = hidden if hidden.ndim == BATCHED_AXES else hidden[None]
            for row, position in enumerate(batch):
                # A view would keep the whole batch alive.
                rows[position] = hidden_BTC[row, : len(lines[position])].astype(np.float32)
        return rows

    def _batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """Texts of a length class together; one at a time where the graph has no batch axis."""
        axes = len(next(iter(self.graph.outputs.values())))
        lines = BUDGET.lines if axes == BATCHED_AXES else 1
        return batching.group(lengths, Budget(length=BUDGET.length, lines=lines))


def check(graph: Graph, width: int) -> None:
    """Refuse a graph that is no BERT, or whose rows are not as wide as config.json says."""
    unknown = [name for name in graph.inputs if name not in INPUTS]
    if unknown or "input_ids" not in graph.inputs:
        raise MachineError(
            "bert.onnx-inputs",
            f"the graph wants {', '.join(graph.inputs)}; BERT models are given"
            f" {', '.join(sorted(INPUTS))}",
            at=str(graph.path),
            hint="is it a BERT? sbv2 voices convert --bert FOLDER --to onnx makes one",
        )
    rows = next(iter(graph.outputs.values()))
    if rows and isinstance(rows[-1], int) and rows[-1] != width:
        raise MachineError(
            "bert.width",
            f"the graph gives {rows[-1]} numbers of each token, config.json says {width}",
            at=str(graph.path),
            hint="take the graph and config.json from the same model",
        )
