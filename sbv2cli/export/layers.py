"""The networks' layers as ONNX nodes: each function is the `forward` of its module, line by line.

What is fed to the graph may have any lengths, so masks are always there. Shapes as in `models/`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from sbv2cli.export.graph import FLOAT, INT, Graph, Value
from sbv2cli.models.layers import splines
from sbv2cli.models.layers.attention import (
    MASKED_SCORE,
    SPEAKER_LAYER,
    AttentionEncoder,
    EncoderLayer,
    FeedForward,
    RelativeAttention,
)
from sbv2cli.models.layers.durations import (
    DilatedConvs,
    DurationPredictor,
    SplineCoupling,
    StochasticDurations,
)
from sbv2cli.models.layers.flows import Coupling, Flow
from sbv2cli.models.layers.norm import ChannelNorm
from sbv2cli.models.layers.wavenet import WaveNet


def length_mask(lengths_B: Value, like: Value) -> Value:
    """[B, 1, T] of zeros and ones, for the last axis of `like`."""
    assert like.shape is not None
    axis = len(like.shape) - 1
    places_T = steps(like.size(axis), like.shape[axis])
    return lengths_B.graph.node("Less", places_T, lengths_B.unsqueeze(1)).cast(FLOAT).unsqueeze(1)


def steps(size: Value, name: int | str) -> Value:
    """0, 1, .., size - 1; the name is that of the axis."""
    graph = size.graph
    return graph.node("Range", graph.value(0), size.squeeze(0), graph.value(1)).shaped(name)


def conv(
    x_BCT: Value,
    module: nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d | nn.ConvTranspose2d,
    padding: tuple[int, int] | None = None,
) -> Value:
    """A convolution, or a transposed one; `padding` where the module itself has none."""
    graph = x_BCT.graph
    inputs = [x_BCT, graph.weight(module.weight)]
    if module.bias is not None:
        inputs.append(graph.weight(module.bias))
    assert isinstance(module.padding, tuple)
    return graph.node(
        "Conv" if isinstance(module, nn.Conv1d | nn.Conv2d) else "ConvTranspose",
        *inputs,
        kernel_shape=list(module.kernel_size),
        strides=list(module.stride),
        dilations=list(module.dilation),
        group=module.groups,
        pads=list(padding or 2 * module.padding),
    )


def pointwise(x_BTC: Value, module: nn.Conv1d | nn.Linear) -> Value:
    """A linear, or a convolution of width one, where channels are the last axis."""
    graph = x_BTC.graph
    y_BTC = x_BTC @ graph.weight(module.weight, matrix=True)
    return y_BTC if module.bias is None else y_BTC + graph.weight(module.bias)


def norm_last(x_BTC: Value, module: ChannelNorm) -> Value:
    """Normalisation where channels are the last axis."""
    graph = x_BTC.graph
    gains = graph.weight(module.gamma), graph.weight(module.beta)
    return graph.node("LayerNormalization", x_BTC, *gains, axis=-1, epsilon=module.epsilon)


def norm(x_BCT: Value, module: ChannelNorm) -> Value:
    """Normalisation over the middle axis."""
    return norm_last(x_BCT.transpose(0, 2, 1), module).transpose(0, 2, 1)


def gelu(x: Value) -> Value:
    """The exact one, in the shape that runtimes know and compute in one step."""
    return x * ((x / math.sqrt(2)).apply("Erf") + 1.0) * 0.5


def conditioned(x_BCT: Value, module: nn.Conv1d | None, speaker_BG1: Value | None) -> Value:
    """With what the speaker adds, where there are speakers."""
    return x_BCT if module is None or speaker_BG1 is None else x_BCT + conv(speaker_BG1, module)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What all layers of an encoder need to know of the positions of a batch."""

    mask_B1T: Value
    mask_BT1: Value
    bias_B11T: Value  # added to scores: keys of the padding count nothing
    near: Near | None  # `None`: no distance is known

    @classmethod
    def of(cls, x_BTC: Value, mask_B1T: Value, module: RelativeAttention) -> Places:
        """For this batch."""
        return cls(
            mask_B1T=mask_B1T,
            mask_BT1=mask_B1T.transpose(0, 2, 1),
            bias_B11T=((mask_B1T - 1.0) * -MASKED_SCORE).unsqueeze(1),
            near=None if module.window is None else Near.of(x_BTC, module.heads, module.window),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """What lies within the window of each position."""

    places_BHTR: Value  # position of each neighbour in the window, moved inside at the edges
    inside_TR: Value  # zero where it had to be moved
    shear: Shear

    @classmethod
    def of(cls, x_BTC: Value, heads: int, window: int) -> Near:
        """For this batch."""
        assert x_BTC.shape is not None
        graph, length, (batch, name, _) = x_BTC.graph, x_BTC.size(1), x_BTC.shape
        window_R = graph.constant(np.arange(-window, window + 1, dtype=np.int64))
        wished_TR = steps(length, name).unsqueeze(1) + window_R
        near_TR = graph.node("Min", graph.node("Max", wished_TR, graph.value(0)), length - 1)
        band = 2 * window + 1
        near_BHTR = near_TR.expand(x_BTC.size(0), heads, length, band)
        return cls(
            places_BHTR=near_BHTR.shaped(batch, heads, name, band),
            inside_TR=graph.node("Equal", near_TR, wished_TR).cast(FLOAT),
            shear=Shear.of(graph, length, name, window),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shear:
    """Puts [.., T, 2w + 1] values for distances -w..w at their places of [.., T, T].

    As in the network: a row of T + 2w + 1 numbers read back in rows of T + 2w is shifted into
    place.
    """

    name: int | str  # of the length
    window: int
    pads: Value
    cut: Value
    rows: Value
    end: Value

    @classmethod
    def of(cls, graph: Graph, length: Value, name: int | str, window: int) -> Shear:
        """For lines of this length."""
        return cls(
            name=name,
            window=window,
            pads=graph.sizes([0, 0, 0, 0, 0, 0, 0, length]),
            cut=length * (length + 2 * window),
            rows=graph.sizes([0, 0, length, -1]),
            end=length + window,
        )

    def __call__(self, band_BHTR: Value) -> Value:
        assert band_BHTR.shape is not None
        graph, name, front = band_BHTR.graph, self.name, band_BHTR.shape[:2]
        band = 2 * self.window + 1
        wide = graph.node("Pad", band_BHTR, self.pads).shaped(*front, name, f"{name}+{band}")
        flat = wide.reshape(0, 0, -1).shaped(*front, f"{name}*({name}+{band})")
        flat = flat.cut(2, 0, self.cut).shaped(*front, f"{name}*({name}+{band - 1})")
        sheared = graph.node("Reshape", flat, self.rows)
        sheared = sheared.shaped(*front, name, f"{name}+{band - 1}")
        return sheared.cut(3, self.window, self.end).shaped(*front, name, name)


def attention(x_BTC: Value, places: Places, module: RelativeAttention) -> Value:
    """Scores and values with learned vectors for near distances."""
    graph, heads, width = x_BTC.graph, module.heads, module.query.out_channels
    size = width // heads
    parts_BHTD = joined(x_BTC, [module.query, module.key, module.value])
    parts_BHTD = parts_BHTD.reshape(0, 0, 3 * heads, size).transpose(0, 2, 1, 3)
    query_BHTD, key_BHTD, value_BHTD = graph.split(parts_BHTD, 3 * [heads], axis=1)
    query_BHTD = query_BHTD / math.sqrt(size)
    score_BHTT = query_BHTD @ key_BHTD.transpose(0, 1, 3, 2)
    near, keys, values = places.near, module.relative_keys, module.relative_values
    if near is not None and keys is not None:
        rows = graph.weight(keys[0].T, name=f"{graph.name(keys)}.T")
        score_BHTT = score_BHTT + near.shear(query_BHTD @ rows)
    weight_BHTT = (score_BHTT + places.bias_B11T).apply("Softmax", axis=-1)
    mixed_BHTD = weight_BHTT @ value_BHTD
    if near is not None and values is not None:
        near_BHTR = graph.node("GatherElements", weight_BHTT, near.places_BHTR, axis=3)
        mixed_BHTD = mixed_BHTD + near_BHTR * near.inside_TR @ graph.weight(values)
    mixed_BTC = mixed_BHTD.transpose(0, 2, 1, 3).reshape(0, 0, width)
    return pointwise(mixed_BTC, module.output)


def joined(x_BTC: Value, modules: Sequence[nn.Conv1d]) -> Value:
    """Several projections of the same input, side by side: one product of matrices."""
    graph = x_BTC.graph
    first = graph.name(modules[0].weight).removesuffix(".weight")
    biases = [module.bias for module in modules if module.bias is not None]
    matrix = torch.cat([module.weight for module in modules])
    y_BTC = x_BTC @ graph.weight(matrix, name=f"{first}.joined.weight", matrix=True)
    return y_BTC + graph.weight(torch.cat(biases), name=f"{first}.joined.bias")


def feed_forward(x_BTC: Value, places: Places, module: FeedForward) -> Value:
    """Two convolutions."""
    x_BCT = x_BTC.transpose(0, 2, 1) * places.mask_B1T
    x_BCT = conv(x_BCT, module.first, module.padding).apply("Relu") * places.mask_B1T
    x_BCT = conv(x_BCT, module.second, module.padding) * places.mask_B1T
    return x_BCT.transpose(0, 2, 1)


def encoder(
    x_BTC: Value, mask_B1T: Value, speaker_BG1: Value | None, module: AttentionEncoder
) -> Value:
    """A stack of layers, channels last."""
    first = module.layers[0]
    assert isinstance(first, EncoderLayer)
    places = Places.of(x_BTC, mask_B1T, first.attention)
    x_BTC = x_BTC * places.mask_BT1
    for index, layer in enumerate(module.layers):
        assert isinstance(layer, EncoderLayer)
        if index == SPEAKER_LAYER and module.speaker is not None and speaker_BG1 is not None:
            added_B1C = pointwise(speaker_BG1.transpose(0, 2, 1), module.speaker)
            x_BTC = (x_BTC + added_B1C) * places.mask_BT1
        x_BTC = norm_last(x_BTC + attention(x_BTC, places, layer.attention), layer.attention_norm)
        x_BTC = norm_last(
            x_BTC + feed_forward(x_BTC, places, layer.feed_forward), layer.feed_forward_norm
        )
    return x_BTC * places.mask_BT1


def fixed_durations(
    hidden_BCP: Value, mask_B1P: Value, speaker_BG1: Value | None, module: DurationPredictor
) -> Value:
    """[B, 1, P] log durations."""
    x_BCP = conditioned(hidden_BCP, module.condition, speaker_BG1)
    x_BCP = norm(conv(x_BCP * mask_B1P, module.first).apply("Relu"), module.first_norm)
    x_BCP = norm(conv(x_BCP * mask_B1P, module.second).apply("Relu"), module.second_norm)
    return conv(x_BCP * mask_B1P, module.conv_out) * mask_B1P


def drawn_durations(
    hidden_BCP: Value,
    mask_B1P: Value,
    speaker_BG1: Value | None,
    noise_B2P: Value,
    module: StochasticDurations,
) -> Value:
    """[B, 1, P] log durations for noise that is already scaled."""
    x_BCP = conditioned(conv(hidden_BCP, module.conv_in), module.condition, speaker_BG1)
    context_BCP = dilated(x_BCP, mask_B1P, None, module.convs)
    context_BCP = conv(context_BCP, module.conv_out) * mask_B1P
    graph, flow = hidden_BCP.graph, module.flow
    kept_B1P, bent_B1P = graph.split(noise_B2P, [1, 1], axis=1)
    for coupling in reversed(flow.couplings[1:]):
        assert isinstance(coupling, SplineCoupling)
        # The two channels change places before each coupling.
        kept_B1P, bent_B1P = bent_B1P, kept_B1P
        shape = spline_shape(kept_B1P, mask_B1P, context_BCP, coupling)
        bent_B1P = spline_inverse(bent_B1P, shape) * mask_B1P
        kept_B1P = kept_B1P * mask_B1P
    # And once more, so that the first is the one that was bent last.
    moved_B1P = bent_B1P - graph.weight(flow.affine.mean[:1], name="durations.affine.mean")
    scale = torch.exp(-flow.affine.log_scale[:1])
    return moved_B1P * graph.weight(scale, name="durations.affine.scale") * mask_B1P


def dilated(
    x_BCT: Value, mask_B1T: Value, context_BCT: Value | None, module: DilatedConvs
) -> Value:
    """Depth-wise separable convolutions."""
    if context_BCT is not None:
        x_BCT = x_BCT + context_BCT
    for deep, deep_norm, point, point_norm in zip(
        module.depthwise,
        module.depthwise_norms,
        module.pointwise,
        module.pointwise_norms,
        strict=True,
    ):
        assert isinstance(deep, nn.Conv1d)
        assert isinstance(deep_norm, ChannelNorm)
        assert isinstance(point, nn.Conv1d)
        assert isinstance(point_norm, ChannelNorm)
        branch = gelu(norm(conv(x_BCT * mask_B1T, deep), deep_norm))
        x_BCT = x_BCT + gelu(norm(conv(branch, point), point_norm))
    return x_BCT * mask_B1T


def spline_shape(
    kept_B1P: Value, mask_B1P: Value, context_BCP: Value, module: SplineCoupling
) -> list[Value]:
    """Logits of widths, heights and slopes, each [B, 1, P, bins]."""
    hidden_BCP = dilated(conv(kept_B1P, module.conv_in), mask_B1P, context_BCP, module.convs)
    shape_B1PK = (conv(hidden_BCP, module.conv_out) * mask_B1P).transpose(0, 2, 1).unsqueeze(1)
    bins = splines.BINS
    widths, heights, slopes = kept_B1P.graph.split(shape_B1PK, [bins, bins, bins - 1], axis=3)
    root = math.sqrt(module.channels)
    return [widths / root, heights / root, slopes]


def knots(logits: Value) -> Value:
    """BINS logits -> BINS + 1 knots from -BOUND to BOUND."""
    graph, bins, bound = logits.graph, splines.BINS, splines.BOUND
    shares = logits.apply("Softmax", axis=-1) * (1 - splines.LEAST * bins) + splines.LEAST
    sums = graph.node("CumSum", shares, graph.value(3)).cut(3, 0, bins - 1)
    zero = sums.cut(3, 0, 1) * 0.0
    return graph.concat([zero - bound, sums * (2 * bound) - bound, zero + bound], axis=3)


def spline_inverse(values: Value, shape: Sequence[Value]) -> Value:
    """x for y; beyond the bound the identity."""
    graph, bins, bound = values.graph, splines.BINS, splines.BOUND
    across, up = knots(shape[0]), knots(shape[1])
    edge = shape[2].cut(3, 0, 1) * 0.0 + splines.EDGE
    slopes = graph.concat([edge, shape[2], edge], axis=3).apply("Softplus") + splines.LEAST
    y = graph.node("Clip", values, graph.value(-bound), graph.value(bound))
    slack = np.zeros(bins + 1, dtype=np.float32)
    slack[-1] = splines.LAST_KNOT_SLACK
    reached = graph.node("GreaterOrEqual", y.unsqueeze(3), up + graph.constant(slack)).cast(INT)
    index = graph.node("ReduceSum", reached, graph.integers([3]), keepdims=1) - 1
    index = graph.node("Min", graph.node("Max", index, graph.value(0)), graph.value(bins - 1))

    def pick(table: Value, start: int) -> Value:
        cut = table.cut(3, start, start + bins)
        return graph.node("GatherElements", cut, index, axis=3).squeeze(3)

    x0, y0, left, right = pick(across, 0), pick(up, 0), pick(slopes, 0), pick(slopes, 1)
    width, height = pick(across, 1) - x0, pick(up, 1) - y0
    steep, rise = height / width, y - y0
    bend = left + right - steep * 2.0
    a = rise * bend + height * (steep - left)
    b = height * left - rise * bend
    c = -steep * rise
    root = (b * b - a * c * 4.0).apply("Relu").apply("Sqrt")
    x = x0 + c * 2.0 / (-b - root) * width
    inside = graph.node("LessOrEqual", values.apply("Abs"), graph.value(bound))
    return graph.node("Where", inside, x, values)


def flow(x_BCF: Value, mask_B1F: Value, speaker_BG1: Value | None, module: Flow) -> Value:
    """The flow in its speaking direction."""
    graph = x_BCF.graph
    for coupling in reversed(module.couplings):
        assert isinstance(coupling, Coupling)
        half = coupling.kept
        kept, moved = graph.split(x_BCF.reversed(1), [half, half], axis=1)
        if isinstance(coupling.network, AttentionEncoder):
            x_BFC = pointwise(kept.transpose(0, 2, 1), coupling.conv_in)
            x_BFC = encoder(x_BFC, mask_B1F, speaker_BG1, coupling.network)
            shift = pointwise(x_BFC, coupling.conv_out).transpose(0, 2, 1)
        else:
            assert isinstance(coupling.network, WaveNet)
            x = conv(kept, coupling.conv_in) * mask_B1F
            shift = conv(wavenet(x, mask_B1F, speaker_BG1, coupling.network), coupling.conv_out)
        x_BCF = graph.concat([kept, (moved - shift) * mask_B1F], axis=1)
    return x_BCF


def wavenet(x_BCT: Value, mask_B1T: Value, speaker_BG1: Value | None, module: WaveNet) -> Value:
    """Gated convolutions."""
    graph, channels = x_BCT.graph, module.channels
    conditions: list[Value | None] = [None] * len(module.gates)
    if module.condition is not None and speaker_BG1 is not None:
        sizes = [2 * channels] * len(module.gates)
        conditions[:] = graph.split(conv(speaker_BG1, module.condition), sizes, axis=1)
    total_BCT: Value | None = None
    for gate, residual, condition in zip(module.gates, module.residuals, conditions, strict=True):
        assert isinstance(gate, nn.Conv1d)
        assert isinstance(residual, nn.Conv1d)
        both = conv(x_BCT, gate)
        both = both if condition is None else both + condition
        signal, valve = graph.split(both, [channels, channels], axis=1)
        skip_BCT = conv(signal.apply("Tanh") * valve.apply("Sigmoid"), residual)
        if residual.out_channels != channels:
            onward, skip_BCT = graph.split(skip_BCT, [channels, channels], axis=1)
            x_BCT = (x_BCT + onward) * mask_B1T
        total_BCT = skip_BCT if total_BCT is None else total_BCT + skip_BCT
    assert total_BCT is not None
    return total_BCT * mask_B1T
