"""An attention encoder of few channels, of one line; see `narrow`.

Shapes: T positions, C channels, H heads, D channels of a head, R relative distances, Q query rows,
P positions that are attended to: the window before the first and after the last counts, too.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from sbv2cli.engine.torch.cpu import narrow
from sbv2cli.engine.torch.cpu.narrow import (
    Convolution,
    Linear,
    Norm,
    conditioned,
    convolve,
    normed,
)
from sbv2cli.models.layers.attention import SPEAKER_LAYER, AttentionEncoder, EncoderLayer

# Scores at once: with what is made of them they fit into the second-level cache of a core.
SCORES_AT_ONCE = 1 << 17


class Layer(NamedTuple):
    """A layer of the encoder. The query's columns carry the score's scale."""

    query_key_value: Linear
    relative_keys_HDR: Tensor  # no columns where distances are not known
    relative_values_HRD: Tensor
    output: Linear
    attention_norm: Norm
    first: Convolution
    second: Convolution
    norm: Norm


class Encoder(NamedTuple):
    """An attention encoder."""

    heads: int
    layers: list[Layer]
    scores_at_once: int
    speaker: Linear
    speaker_layer: int


def pack(encoder: AttentionEncoder | None) -> Encoder:
    """The weights of an encoder; of none, one without layers."""
    found = [] if encoder is None else list(encoder.layers)
    layers = [layer for layer in found if isinstance(layer, EncoderLayer)]
    return Encoder(
        heads=layers[0].attention.heads if layers else 0,
        layers=[_pack_layer(layer) for layer in layers],
        scores_at_once=SCORES_AT_ONCE,
        speaker=narrow.pack_linear(None if encoder is None else encoder.speaker),
        speaker_layer=SPEAKER_LAYER,
    )


def _pack_layer(layer: EncoderLayer) -> Layer:
    attention, feed_forward = layer.attention, layer.feed_forward
    size = attention.query.weight.shape[0] // attention.heads
    parts = [narrow.pack_linear(p) for p in (attention.query, attention.key, attention.value)]
    scales = [1 / math.sqrt(size), 1.0, 1.0]
    nothing_1RD = torch.zeros(1, 0, size)
    keys, values = attention.relative_keys, attention.relative_values
    keys_1RD = nothing_1RD if keys is None else keys
    values_1RD = nothing_1RD if values is None else values
    return Layer(
        query_key_value=Linear(
            weight=torch.cat([p.weight * s for p, s in zip(parts, scales, strict=True)], dim=1),
            bias=torch.cat([p.bias * s for p, s in zip(parts, scales, strict=True)]),
        ),
        relative_keys_HDR=keys_1RD.transpose(1, 2).repeat(attention.heads, 1, 1),
        relative_values_HRD=values_1RD.repeat(attention.heads, 1, 1),
        output=narrow.pack_linear(attention.output),
        attention_norm=narrow.pack_norm(layer.attention_norm),
        first=narrow.pack_convolution(feed_forward.first),
        second=narrow.pack_convolution(feed_forward.second),
        norm=narrow.pack_norm(layer.feed_forward_norm),
    )


def encode(x_TC: Tensor, encoder: Encoder, speaker_G: Tensor) -> Tensor:
    """[T, C], as `AttentionEncoder.forward`."""
    rows, channels = x_TC.shape
    first = encoder.layers[0]
    # Room for what a layer makes: always the same, so that it stays in the cache. Queries, keys
    # and values of the window before the first and after the last position stay silent.
    around = rows + first.relative_values_HRD.shape[1] // 2 * 2
    columns_PC = torch.zeros(around, 3 * channels)
    inner_TC = torch.empty(rows, first.first.bias.shape[0])
    mixed_TC, sum_TC = torch.empty(rows, channels), torch.empty(rows, channels)
    for index, layer in enumerate(encoder.layers):
        if index == encoder.speaker_layer:
            x_TC = conditioned(x_TC, encoder.speaker, speaker_G)
        _attend(x_TC, layer, encoder, columns_PC, mixed_TC)
        torch.addmm(layer.output.bias, mixed_TC, layer.output.weight, out=sum_TC)
        x_TC = normed(sum_TC.add_(x_TC), layer.attention_norm)
        convolve(x_TC, layer.first, inner_TC)
        convolve(inner_TC.relu_(), layer.second, sum_TC)
        x_TC = normed(sum_TC.add_(x_TC), layer.norm)
    return x_TC


def _attend(
    x_TC: Tensor, layer: Layer, encoder: Encoder, columns_PC: Tensor, mixed_TC: Tensor
) -> None:
    """Write what each position gathers from all of them."""
    rows, window = x_TC.shape[0], layer.relative_values_HRD.shape[1] // 2
    around, heads = columns_PC.shape[0], encoder.heads
    parts = layer.query_key_value
    torch.addmm(parts.bias, x_TC, parts.weight, out=columns_PC[window : window + rows])
    columns = columns_PC.view(around, 3, heads, -1)
    query_HTD = columns[window : window + rows, 0].transpose(0, 1)
    key_HDP, value_HPD = columns[:, 1].permute(1, 2, 0), columns[:, 2].transpose(0, 1)
    mixed_THD = mixed_TC.view(rows, heads, -1)
    size = max(1, encoder.scores_at_once // (heads * around))
    # Parts of equal size.
    size = -(-rows // -(-rows // size))
    for start in range(0, rows, size):
        query_HQD = query_HTD[:, start : start + size]
        mixed_HQD = _attend_rows(query_HQD, start, key_HDP, value_HPD, layer)
        mixed_THD[start : start + size].copy_(mixed_HQD.transpose(0, 1))


def _attend_rows(
    query_HQD: Tensor, start: int, key_HDP: Tensor, value_HPD: Tensor, layer: Layer
) -> Tensor:
    """What the query rows from `start` on gather."""
    window = layer.relative_values_HRD.shape[1] // 2
    score_HQP = torch.bmm(query_HQD, key_HDP)
    if window == 0:
        return torch.bmm(torch.softmax(score_HQP, dim=-1), value_HPD)
    _near(score_HQP, start, window).add_(torch.bmm(query_HQD, layer.relative_keys_HDR))
    score_HQP[:, :, :window].fill_(float("-inf"))
    score_HQP[:, :, -window:].fill_(float("-inf"))
    weight_HQP = torch.softmax(score_HQP, dim=-1)
    mixed_HQD = torch.bmm(weight_HQP, value_HPD)
    return mixed_HQD.baddbmm_(_near(weight_HQP, start, window), layer.relative_values_HRD)


def _near(x_HQP: Tensor, start: int, window: int) -> Tensor:
    """What each row has at the relative distances, which begins a column later in each row."""
    heads, rows, columns = x_HQP.shape
    return x_HQP.as_strided([heads, rows, 2 * window + 1], [rows * columns, columns + 1, 1], start)
