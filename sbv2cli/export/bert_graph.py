"""BERT as an ONNX graph: the layers of `engine.bert.encoder`, side by side with padding.

What depends on the model alone is in the file: the vectors of relative positions go through the
projections of each layer once, here, and not in every run for every text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from sbv2cli.engine.bert.encoder import position_table
from sbv2cli.export.graph import FLOAT, FLOAT16, INT, Graph, Value
from sbv2cli.export.layers import gelu, steps

if TYPE_CHECKING:
    import onnx
    from torch import Tensor

    from sbv2cli.engine.bert.encoder import Encoder, Layer, Norm, RelativePositions
    from sbv2cli.engine.torch.cpu.linear import Linear

# Added to the scores of keys in the padding; also in float16 its exponential is zero.
MASKED_SCORE = -1e4


def gelu_tanh(x: Value) -> Value:
    """The approximation that some models were trained with."""
    inner = (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)
    return x * (inner.apply("Tanh") + 1.0) * 0.5


ACTIVATIONS: Mapping[str, Callable[[Value], Value]] = {
    "gelu": gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": lambda x: x.apply("Relu"),
    "silu": lambda x: x * x.apply("Sigmoid"),
    "swish": lambda x: x * x.apply("Sigmoid"),
    "tanh": lambda x: x.apply("Tanh"),
}


def bert_graph(
    encoder: Encoder, config: Mapping[str, Any], metadata: Mapping[str, Any], *, half: bool
) -> onnx.ModelProto:
    """Token ids and mask to the rows that voices hear; `half`: products of matrices in float16.

    Sums, normalisations and attention weights are float32 always: their range is that of the
    model, and float16 ends at 65,504.
    """
    graph = Graph()
    table = ("batch", "tokens")
    ids_BT = graph.input("input_ids", INT, table)
    mask_BT = graph.input("attention_mask", INT, table).cast(FLOAT)
    writer = _Writer(graph, encoder, half=half)
    x_BTC = writer.embed(ids_BT) * mask_BT.unsqueeze(2)
    bias_B11T = ((mask_BT - 1.0) * -MASKED_SCORE).unsqueeze(1, 2)
    first, distances = x_BTC, writer.distances(x_BTC)
    activation = ACTIVATIONS[config.get("hidden_act", "gelu")]
    for number, layer in enumerate(encoder.layers):
        name = f"layers.{number}"
        mixed = writer.attend(x_BTC, bias_B11T, distances, layer, name)
        mixed = writer.linear(mixed, layer.attention_out, f"{name}.attention_out")
        x_BTC = writer.norm(x_BTC + mixed, layer.attention_norm, f"{name}.attention_norm")
        inner = activation(writer.linear(x_BTC, layer.up, f"{name}.up"))
        inner = writer.linear(inner, layer.down, f"{name}.down")
        x_BTC = writer.norm(x_BTC + inner, layer.norm, f"{name}.norm")
        if number == 0 and encoder.branch is not None:
            around = writer.convolve(first)
            around = ACTIVATIONS[config.get("conv_act", "tanh")](around)
            x_BTC = writer.norm(x_BTC + around, encoder.branch.norm, f"{name}.branch_norm")
    graph.output(x_BTC, "output", FLOAT, (*table, encoder.hidden_size))
    return graph.finish("bert", {**metadata, "kind": "bert"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Which row of the position vectors belongs to each distance of this length's lines."""

    key_query: Value  # key - query, rising from 1 - T to T
    query_key: Value
    shear_start: Value
    shear_end: Value
    shear_rows: Value
    length: Value
    name: int | str

    def spread(self, products_BHTP: Value) -> Value:
        """[.., T, 2T] by distance to [.., T, T] by place: row i moves i places to the left."""
        assert products_BHTP.shape is not None
        front, name = products_BHTP.shape[:2], self.name
        flat = products_BHTP.reshape(0, 0, -1).shaped(*front, f"{name}*2*{name}")
        flat = flat.cut(2, self.shear_start, self.shear_end)
        flat = flat.shaped(*front, f"{name}*(2*{name}-1)")
        rows = flat.graph.node("Reshape", flat, self.shear_rows)
        rows = rows.shaped(*front, name, f"2*{name}-1")
        return rows.cut(3, 0, self.length).shaped(*front, name, name)


@dataclass(frozen=True, slots=True)
class _Writer:
    graph: Graph
    encoder: Encoder
    half: bool

    def embed(self, ids_BT: Value) -> Value:
        """The first hidden state; the table of words stays in the precision of the file."""
        graph, parts = self.graph, self.encoder.embedding
        # numpy knows no bfloat16.
        narrow = parts.words.dtype is torch.bfloat16
        words = graph.weight(parts.words.float() if narrow else parts.words, name="words")
        x_BTC = graph.node("Gather", words, ids_BT, axis=0).cast(FLOAT)
        if parts.positions is not None:
            places = graph.weight(parts.positions, name="positions").cut(0, 0, ids_BT.size(1))
            x_BTC = x_BTC + places.shaped("tokens", parts.positions.shape[1])
        if parts.constant is not None:
            x_BTC = x_BTC + graph.weight(parts.constant, name="first_type")
        if parts.projection is not None:
            x_BTC = self.linear(x_BTC, parts.projection, "projection")
        return self.norm(x_BTC, parts.norm, "norm")

    def norm(self, x_BTC: Value, norm: Norm, name: str) -> Value:
        gains = [
            self.graph.weight(tensor, name=f"{name}.{part}")
            for part, tensor in (("weight", norm.weight), ("bias", norm.bias))
        ]
        return self.graph.node("LayerNormalization", x_BTC, *gains, axis=-1, epsilon=norm.epsilon)

    def linear(self, x_BTC: Value, linear: Linear, name: str) -> Value:
        y_BTC = self.product(x_BTC, self.table(linear.weight.T, f"{name}.weight"))
        if linear.bias is None:
            return y_BTC
        return y_BTC + self.graph.weight(linear.bias, name=f"{name}.bias")

    def table(self, tensor: Tensor, name: str) -> Value:
        return self.graph.weight(tensor.half() if self.half else tensor, name=name)

    def product(self, left: Value, right: Value) -> Value:
        """In float16 where that is wished; the result is float32."""
        if not self.half:
            return left @ right
        return (left.cast(FLOAT16) @ right.cast(FLOAT16)).cast(FLOAT)

    def attend(
        self,
        x_BTC: Value,
        bias_B11T: Value,
        distances: Distances | None,
        layer: Layer,
        name: str,
    ) -> Value:
        heads = self.encoder.heads
        width = len(layer.query_key_value.weight) // 3
        parts = self.linear(x_BTC, layer.query_key_value, f"{name}.query_key_value")
        parts = parts.reshape(0, 0, 3 * heads, width // heads).transpose(0, 2, 1, 3)
        query, key, value = self.graph.split(parts, 3 * [heads], axis=1)
        score = self.product(query, key.transpose(0, 1, 3, 2))
        relative = self.encoder.relative
        if distances is not None and relative is not None:
            keys, queries = self.position_tables(layer, relative)
            if relative.content_to_position:
                near = self.at(self.table(keys, f"{name}.position_keys"), distances.query_key)
                score = score + distances.spread(self.product(query, near))
            if relative.position_to_content:
                near = self.at(self.table(queries, f"{name}.position_queries"), distances.key_query)
                spread = distances.spread(self.product(key, near))
                score = score + spread.transpose(0, 1, 3, 2)
        weight = (score + bias_B11T).apply("Softmax", axis=-1)
        mixed = self.product(weight, value)
        return mixed.transpose(0, 2, 1, 3).reshape(0, 0, width)

    def position_tables(self, layer: Layer, relative: RelativePositions) -> tuple[Tensor, Tensor]:
        """Keys and queries of all position vectors, each [H, D, vectors]."""
        heads = self.encoder.heads
        table = position_table(relative.vectors, layer, heads).transpose(1, 2)
        # `position_table` turns the keys around, for how the engine reads them.
        return table[:heads].flip(2), table[heads:]

    def at(self, table_HDV: Value, rows: Value) -> Value:
        assert rows.shape is not None
        assert table_HDV.shape is not None
        picked = self.graph.node("Gather", table_HDV, rows, axis=2)
        return picked.shaped(*table_HDV.shape[:2], *rows.shape)

    def distances(self, x_BTC: Value) -> Distances | None:
        """The places of this length; nothing for a model with absolute positions."""
        relative = self.encoder.relative
        if relative is None:
            return None
        assert x_BTC.shape is not None
        graph, length, name = self.graph, x_BTC.size(1), x_BTC.shape[1]
        # Beyond the longest distance all share the last row.
        longest = relative.longest
        rows = graph.weight(relative.rows(longest + 1), name="rows_of_distances")
        rising = steps(length * 2, f"2*{name}") - (length - 1)

        def row_of(distance: Value) -> Value:
            kept = graph.node("Max", distance, graph.value(-longest))
            kept = graph.node("Min", kept, graph.value(longest)) + longest
            return graph.node("Gather", rows, kept, axis=0)

        return Distances(
            key_query=row_of(rising),
            query_key=row_of(rising * -1),
            shear_start=length - 1,
            shear_end=length - 1 + length * (length * 2 - 1),
            shear_rows=graph.sizes([0, 0, length, -1]),
            length=length,
            name=name,
        )

    def convolve(self, first_BTC: Value) -> Value:
        """The convolution branch before its activation; the padding is silent already."""
        branch = self.encoder.branch
        assert branch is not None
        out = len(branch.weights.weight)
        kernel = branch.weights.weight.reshape(out, -1, branch.kernel)
        side = (branch.kernel - 1) // 2
        x_BCT = first_BTC.transpose(0, 2, 1)
        weight = self.table(kernel, "branch.weight")
        made = self.graph.node(
            "Conv",
            x_BCT.cast(FLOAT16) if self.half else x_BCT,
            weight,
            kernel_shape=[branch.kernel],
            dilations=[1],
            strides=[1],
            pads=[side, side],
        )
        made = (made.cast(FLOAT) if self.half else made).transpose(0, 2, 1)
        assert branch.weights.bias is not None
        return made + self.graph.weight(branch.weights.bias, name="branch.bias")
