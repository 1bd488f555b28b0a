"""BERT and DeBERTa-v2 encoders, run on several lines at once without padding.

The token rows of all lines stand one below the other: linears, norms and activations see one tall
matrix; attention and the convolution branch see line by line (or lines of equal length together).
Only the layers that are asked for exist. Sources: Devlin et al. 2019; He et al. 2021 (DeBERTa,
equations 2 to 4: content-to-position and position-to-content terms); the published configurations.

Shapes: N token rows of a batch, G lines of a group, T tokens of a line, C hidden, H heads, D head
size, P = 2T - 1 distances between the tokens of a line, R reach (longest line of a table).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import torch
from torch import Tensor
from torch.nn import functional

from sbv2cli.engine.torch.cpu.linear import Linear, on_grid

# Scores of one group are made for a few heads at a time, so that a very long line needs tens of
# megabytes and not gigabytes.
SCORES_AT_ONCE = 1 << 24

# Tables of relative positions are made for lines up to this long, and doubled when one is longer.
FIRST_REACH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """Layer normalisation, always in float32."""

    weight: Tensor
    bias: Tensor
    epsilon: float

    def __call__(self, x: Tensor) -> Tensor:
        """Normalise over the last dimension."""
        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.epsilon)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One transformer layer. The query rows of `query_key_value` carry the score's scale."""

    query_key_value: Linear  # C -> 3 H D
    attention_out: Linear
    attention_norm: Norm
    up: Linear  # and an activation
    down: Linear
    norm: Norm
    # From an embedding of a distance to its key and its (scaled) query, side by side; None where
    # the model shares the projections of the content.
    position_key_query: Linear | None = None  # C -> 2 H D


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """From token ids to the first hidden state. `words` stays in the precision of the file."""

    words: Tensor  # [vocabulary, E]
    positions: Tensor | None  # [longest line, E]
    constant: Tensor | None  # [E], the type "first sentence" that every token has
    projection: Linear | None  # E -> C
    norm: Norm


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativePositions:
    """Learned vectors for distances; far distances share logarithmic buckets."""

    vectors: Tensor  # [2 span, C]
    span: int
    buckets: int  # <= 0: one vector for each distance
    longest: int
    content_to_position: bool
    position_to_content: bool

    def rows(self, reach: int) -> Tensor:
        """Row of `vectors` for each distance (query - key) from -(reach - 1) to reach - 1."""
        distance = torch.arange(1 - reach, reach)
        if self.buckets > 0:
            distance = logarithmic_bucket(distance, self.buckets, self.longest)
        return torch.clamp(distance + self.span, 0, 2 * self.span - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvolutionBranch:
    """A convolution over the embeddings, added to the first layer's output."""

    weights: Linear  # C * kernel -> C, and an activation
    kernel: int
    norm: Norm


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines whose attention is computed together: rows start .. start + G * T of the batch.

    Where lengths differ, `rows` [G, T] says which row of the batch stands at each place and `valid`
    which places are not padding.
    """

    start: int
    lines: int
    length: int
    rows: Tensor | None = None
    valid: Tensor | None = None

    def unpack(self, x_NC: Tensor) -> Tensor:
        """The rows of this group as [G, T, C]."""
        if self.rows is not None:
            return x_NC[self.rows]
        return x_NC[self.start : self.start + self.lines * self.length].unflatten(
            0, (self.lines, self.length)
        )

    def pack(self, x_GTC: Tensor, out_NC: Tensor) -> None:
        """Write [G, T, C] back to its rows."""
        if self.valid is not None and self.rows is not None:
            out_NC[self.rows[self.valid]] = x_GTC[self.valid]
        else:
            self.unpack(out_NC).copy_(x_GTC)


def equal_lengths(lengths: Sequence[int], device: torch.device) -> list[Group]:
    """Group neighbours of equal length: no padding, a few small operations for each length."""
    del device
    groups = []
    start = 0
    for length, members in groupby(lengths):
        lines = len(list(members))
        groups.append(Group(start=start, lines=lines, length=length))
        start += lines * length
    return groups


def padded(lengths: Sequence[int], device: torch.device) -> list[Group]:
    """One group for all lines: on a GPU fewer launches are worth more than the padded scores."""
    ends = torch.tensor(lengths, device=device).cumsum(0)[:, None]
    place = torch.arange(max(lengths), device=device)[None]
    starts = ends - torch.tensor(lengths, device=device)[:, None]
    valid = starts + place < ends
    rows = torch.where(valid, starts + place, starts)
    return [Group(start=0, lines=len(lengths), length=max(lengths), rows=rows, valid=valid)]


@dataclass(slots=True, kw_only=True)
class Encoder:
    """A stack of layers on one device. Changes only in that its position tables may grow."""

    heads: int
    embedding: Embedding
    layers: Sequence[Layer]
    relative: RelativePositions | None = None
    branch: ConvolutionBranch | None = None
    grouping: Callable[[Sequence[int], torch.device], list[Group]] = equal_lengths
    # (reach, for each layer the table [2 H, 2 reach - 1, D] of position keys and queries)
    tables: tuple[int, Sequence[Tensor]] = field(default=(0, ()))

    @property
    def hidden_size(self) -> int:
        """Numbers in a feature row."""
        return int(self.embedding.norm.weight.numel())

    @property
    def longest_line(self) -> int | None:
        """Most tokens a line may have, where absolute positions set a limit."""
        positions = self.embedding.positions
        return None if positions is None else len(positions)

    @torch.no_grad()
    def encode(self, lines: Sequence[Sequence[int]]) -> list[Tensor]:
        """The hidden state after the last layer, [T, C] in float32, for each line of ids."""
        device = self.embedding.words.device
        order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
        lengths = [len(lines[i]) for i in order]
        x = self._embed([lines[i] for i in order], device)
        tokens = len(x)
        if device.type == "cpu":
            # Each product would add these rows anew.
            x = functional.pad(x, (0, 0, 0, on_grid(tokens) - tokens))
        groups = self.grouping(lengths, device)
        tables = self._tables(max(lengths))
        first = x
        for number, layer in enumerate(self.layers):
            table = tables[1][number] if self.relative else None
            x = layer.attention_norm(x + layer.attention_out(self._attend(x, layer, table, groups)))
            x = layer.norm(x + layer.down(layer.up(x)))
            if number == 0 and self.branch:
                x = self.branch.norm(x + convolve(first, self.branch, groups))
        rows: list[Tensor] = [x] * len(lines)
        for i, part in zip(order, x[:tokens].split(lengths), strict=True):
            rows[i] = part.clone()  # a view would keep the whole batch alive
        return rows

    def _embed(self, lines: Sequence[Sequence[int]], device: torch.device) -> Tensor:
        parts = self.embedding
        ids = torch.tensor([i for line in lines for i in line], device=device)
        x = functional.embedding(ids, parts.words).float()
        if parts.positions is not None:
            places = torch.tensor([i for line in lines for i in range(len(line))], device=device)
            x = x + parts.positions[places]
        if parts.constant is not None:
            x = x + parts.constant
        if parts.projection is not None:
            x = parts.projection(x).float()
        return parts.norm(x)

    def _attend(
        self, x: Tensor, layer: Layer, table: Tensor | None, groups: Sequence[Group]
    ) -> Tensor:
        qkv = layer.query_key_value(x)
        # No group has the rows behind the last.
        context = torch.zeros_like(qkv[:, : qkv.shape[1] // 3])
        for group in groups:
            parts = group.unpack(qkv).unflatten(2, (3, self.heads, -1))
            # [3, H, G, T, D]: heads outermost, so that all lines meet a head's positions at once.
            parts = parts.permute(2, 3, 0, 1, 4).contiguous()
            keys, queries = self._positions(table, group.length)
            several = max(1, SCORES_AT_ONCE // (group.lines * group.length * 2 * group.length))
            y = torch.cat(
                [
                    attend(parts[:, h : h + several], keys, queries, h, group.valid)
                    for h in range(0, self.heads, several)
                ]
            )
            group.pack(y.permute(1, 2, 0, 3).flatten(2), context)
        return context

    def _positions(self, table: Tensor | None, length: int) -> tuple[Tensor | None, Tensor | None]:
        """Position keys and queries [H, P, D] for a line, cut from the middle of the table."""
        if table is None or self.relative is None:
            return None, None
        reach = (table.shape[1] + 1) // 2
        cut = table[:, reach - length : reach + length - 1]
        keys = cut[: self.heads] if self.relative.content_to_position else None
        queries = cut[self.heads :] if self.relative.position_to_content else None
        return keys, queries

    def _tables(self, longest: int) -> tuple[int, Sequence[Tensor]]:
        # The projections of the distances depend on the model alone. Made anew in every layer of
        # every line, as published, they are five sixths of the work for a short line.
        known = self.tables
        if self.relative is None or longest <= known[0]:
            return known
        reach = max(FIRST_REACH, known[0])
        while reach < longest:
            reach *= 2
        rows = self.relative.rows(reach).to(self.relative.vectors.device)
        vectors = self.relative.vectors[rows]
        made = (reach, [position_table(vectors, layer, self.heads) for layer in self.layers])
        # Other threads may be here too; whoever is last wins, and everybody uses what they made.
        self.tables = made
        return made


def position_table(vectors: Tensor, layer: Layer, heads: int) -> Tensor:
    """Keys and queries [2 H, 2R - 1, D] of distances that rise along `vectors`.

    Queries stand in that order (query - key rising), keys in the opposite one (key - query rising):
    each then lies as `diagonals` reads it.
    """
    if layer.position_key_query is not None:
        keys, queries = layer.position_key_query(vectors).chunk(2, dim=1)
    else:
        queries, keys, _ = layer.query_key_value(vectors).chunk(3, dim=1)
    both = torch.cat([keys.flip(0), queries], dim=1)
    return both.unflatten(1, (2 * heads, -1)).transpose(0, 1).contiguous()


def attend(
    parts: Tensor, keys: Tensor | None, queries: Tensor | None, head: int, valid: Tensor | None
) -> Tensor:
    """Attention of heads `head`.. over q, k, v [3, h, G, T, D]; softmax in float32."""
    q, k, v = parts
    heads = slice(head, head + len(q))
    scores = q @ k.transpose(-1, -2)  # [h, G, T query, T key]
    if keys is not None:
        scores += diagonals(q, keys[heads])
    if queries is not None:
        scores += diagonals(k, queries[heads]).transpose(-1, -2)
    if valid is not None:
        scores = scores.masked_fill(~valid[:, None], float("-inf"))
    return functional.softmax(scores, dim=-1, dtype=torch.float32).to(v.dtype) @ v


def diagonals(x: Tensor, positions: Tensor) -> Tensor:
    """Products of x [h, G, T, D] with the position vector of each (other - own) distance.

    The products with all P distances are made by one multiplication for each head; entry (i, j) of
    the result is then column j - i + T - 1 of row i, which is a matter of strides.
    """
    h, g, t, _ = x.shape
    p = 2 * t - 1
    products = torch.bmm(x.flatten(1, 2), positions.transpose(1, 2))
    return products.as_strided((h, g, t, t), (g * t * p, t * p, p - 1, 1), t - 1)


def convolve(x_NC: Tensor, branch: ConvolutionBranch, groups: Sequence[Group]) -> Tensor:
    """The convolution branch; beyond the ends of a line there are zeros, never a neighbour."""
    side = (branch.kernel - 1) // 2
    windows_NCK = x_NC.new_zeros((len(x_NC), x_NC.shape[1] * branch.kernel))
    for group in groups:
        x = group.unpack(x_NC)
        if group.valid is not None:
            x = x * group.valid[..., None]
        x = functional.pad(x, (0, 0, side, side)).unfold(1, branch.kernel, 1)
        group.pack(x.flatten(2), windows_NCK)
    return branch.weights(windows_NCK)


def logarithmic_bucket(distance: Tensor, buckets: int, longest: int) -> Tensor:
    """Near distances as they are, far ones by their logarithm (DeBERTa-v2, "log buckets").

    In float32 and in this order of operations, as published: the rounding up makes the last bit
    matter at the edges of a bucket.
    """
    middle = buckets // 2
    size = torch.where(distance.abs() < middle, torch.tensor(middle - 1), distance.abs())
    scale = torch.log(torch.tensor((longest - 1) / middle))
    far = torch.ceil(torch.log(size / middle) / scale * (middle - 1)) + middle
    return torch.where(size <= middle, distance, far * distance.sign()).long()
