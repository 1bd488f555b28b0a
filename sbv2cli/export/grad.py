"""Grad-TTS as parts of graphs: the text encoder with durations, the first noise, a step.

Shapes as in `models/grad_tts/estimator.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from sbv2cli.export import layers, prenet_encoder
from sbv2cli.export.graph import DOUBLE, FLOAT
from sbv2cli.export.parts import AcousticExporter, Planned, SamplingExporter
from sbv2cli.models.grad_tts.dims import FRAME_MULTIPLE, GROUPS, LEVELS
from sbv2cli.models.grad_tts.estimator import (
    HEAD_CHANNELS,
    HEADS,
    LONGEST_PERIOD,
    Attended,
    Block,
    Estimator,
    Level,
    LinearAttention,
    TimedBlock,
    WindowNorm,
)

if TYPE_CHECKING:
    from sbv2cli.export.graph import Value
    from sbv2cli.export.parts import Inputs
    from sbv2cli.export.plan_inputs import PlanInputs
    from sbv2cli.models.grad_tts.model import GradTts

# What a key outside of the window has in its softmax: nothing, and also 0 times it is a number.
OUTSIDE = 1e9

# From here on mish is the identity, and its exponentials would become infinite.
LINEAR = 20.0


def plan(network: GradTts, inputs: PlanInputs) -> Planned:
    """`plan` of the network."""
    graph = inputs("phones").graph
    mask_B1P = layers.length_mask(inputs("lengths"), inputs("phones"))
    text = network.text_encoder
    hidden_BPC = prenet_encoder.encoded(text, inputs("phones"), mask_B1P)
    log_B1P = prenet_encoder.log_durations(text, hidden_BPC, mask_B1P, None)
    speaker_BG1 = None
    if network.speakers is not None:
        rows = graph.weight(network.speakers.weight)
        speaker_BG1 = graph.node("Gather", rows, inputs("speakers"), axis=0).unsqueeze(2)
    return Planned(
        frames_BP=frame_counts(log_B1P, mask_B1P, inputs),
        per_phone_BKP=prenet_encoder.per_phone(text, hidden_BPC, mask_B1P),
        speaker_BG1=speaker_BG1,
    )


def frame_counts(log_B1P: Value, mask_B1P: Value, inputs: PlanInputs) -> Value:
    """[B, P] frames: rounded up, then scaled, summed up, and rounded again."""
    graph = log_B1P.graph
    whole_B1P = log_B1P.apply("Exp").apply("Ceil") * mask_B1P * inputs("length_scale")
    # The network sums up in double precision as well.
    ends_BP = graph.node("CumSum", whole_B1P.squeeze(1).cast(DOUBLE), graph.value(1)).cast(FLOAT)
    assert ends_BP.shape is not None
    batch, phones = ends_BP.shape
    last_B1 = graph.node("ReduceMax", ends_BP, axes=[1], keepdims=1).shaped(batch, 1)
    total_B1 = graph.node("Max", last_B1.apply("Floor"), graph.value(1.0))
    up_BP = graph.node("Min", ends_BP.apply("Ceil"), total_B1)
    # Where all of them vanish there is a frame nevertheless.
    none_B1 = graph.node("Less", last_B1.apply("Ceil"), graph.value(1.0))
    up_BP = graph.node("Where", none_B1, total_B1, up_BP)
    starts_BP = graph.concat([up_BP.cut(1, 0, 1) * 0.0, up_BP.cut(1, 0, -1)], axis=1)
    return up_BP - starts_BP.shaped(batch, phones)


def begin(network: GradTts, inputs: Inputs) -> tuple[Value, Value]:
    """Noise around the means; means, and the speaker over all frames."""
    values_BMF = inputs("values")
    graph = values_BMF.graph
    mask_B1F = layers.length_mask(inputs("lengths"), values_BMF)
    means_BMF = values_BMF * mask_B1F
    noise_BMF = inputs("noise") / inputs("temperature").unsqueeze(1, 2)
    conditions = [means_BMF]
    speaker = network.estimator.speaker
    if speaker is not None:
        first, _, last = speaker
        assert isinstance(first, nn.Linear)
        assert isinstance(last, nn.Linear)
        image_BM = layers.pointwise(mish(layers.pointwise(inputs("speaker"), first)), last)
        along_BMF = image_BM.unsqueeze(2).expand(1, 1, values_BMF.size(2))
        conditions.append(along_BMF.shaped(*means_BMF.shape or ()))
    return (means_BMF + noise_BMF) * mask_B1F, graph.concat(conditions, axis=1)


def step(network: GradTts, inputs: Inputs) -> Value:
    """One step of the reverse; the times are those of double precision, rounded once."""
    x_BMF = inputs("x")
    graph, bands = x_BMF.graph, network.channels
    images = 1 if network.estimator.speaker is None else 2
    shown = graph.split(inputs("conditions"), images * [bands], axis=1)
    steps = inputs("steps").cast(DOUBLE)
    passed = graph.node("Add", inputs("step").cast(DOUBLE), graph.double(0.5))
    time = graph.node("Sub", graph.double(1.0), graph.node("Div", passed, steps)).cast(FLOAT)
    levels = levels_of(inputs("lengths"), x_BMF)
    score_BMF = estimated(network.estimator, x_BMF, shown, levels, time)
    low, high = network.dims.beta_min, network.dims.beta_max
    rate = (time * (high - low) + low) / steps.cast(FLOAT)
    drift_BMF = (shown[0] - x_BMF) * 0.5
    if network.dims.stochastic:
        change_BMF = (drift_BMF - score_BMF) * rate + inputs("noise") * rate.apply("Sqrt")
    else:
        change_BMF = (drift_BMF - score_BMF * 0.5) * rate
    return (x_BMF - change_BMF) * levels[0].real.squeeze(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """See `models.grad_tts.windows`."""

    real: Value  # [B, 1, 1, F]
    inside: Value  # [B, 1, 1, F]
    counts_B111: Value

    def silenced(self, x_BCMF: Value) -> Value:
        """Zeros where there is no real frame."""
        return x_BCMF * self.real


def levels_of(lengths_B: Value, x_BMF: Value) -> list[Windows]:
    """Those of all levels, the finest first."""
    assert x_BMF.shape is not None
    graph, (batch, _, frames) = x_BMF.graph, x_BMF.shape
    whole_B = (lengths_B + (FRAME_MULTIPLE - 1)) / FRAME_MULTIPLE * FRAME_MULTIPLE
    masks = [layers.length_mask(lengths, x_BMF).unsqueeze(1) for lengths in (lengths_B, whole_B)]
    counts_B111 = whole_B.cast(FLOAT).unsqueeze(1, 2, 3)
    levels = [Windows(real=masks[0], inside=masks[1], counts_B111=counts_B111)]
    for level in range(1, LEVELS):
        cut = [graph.integers([number]) for number in (0, 2**31 - 1, 3, 2)]
        name = f"{frames}/{1 << level}"
        masks = [graph.node("Slice", mask, *cut).shaped(batch, 1, 1, name) for mask in masks]
        counts_B111 = counts_B111 / 2.0
        levels.append(Windows(real=masks[0], inside=masks[1], counts_B111=counts_B111))
    return levels


def estimated(
    module: Estimator, x_BMF: Value, shown: Sequence[Value], levels: Sequence[Windows], time: Value
) -> Value:
    """[B, M, F]: the score."""
    graph = x_BMF.graph
    first, _, last = module.time
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    angles_1D = time_embedding(time * module.time_scale, module.width)
    time_1D = mish(layers.pointwise(mish(layers.pointwise(angles_1D, first)), last))
    images = [shown[0], x_BMF, *shown[1:]]
    x_BCMF = graph.concat([image.unsqueeze(1) for image in images], axis=1)
    kept: list[Value] = []
    for level, down in enumerate(module.downs):
        assert isinstance(down, Level)
        x_BCMF = level_of(down, x_BCMF, levels[level], time_1D)
        if level < len(module.shrink):
            kept.append(x_BCMF)
            x_BCMF = resized(levels[level].silenced(x_BCMF), module.shrink[level], 0.5)
    kept = [*kept[1:], x_BCMF]
    at = levels[-1]
    x_BCMF = timed_block(module.middle_first, x_BCMF, at, time_1D)
    x_BCMF = attended(module.middle_attended, x_BCMF, at)
    x_BCMF = timed_block(module.middle_second, x_BCMF, at, time_1D)
    for number, (up, grow) in enumerate(zip(module.ups, module.grow, strict=True)):
        assert isinstance(up, Level)
        at = levels[LEVELS - 1 - number]
        x_BCMF = level_of(up, graph.concat([x_BCMF, kept.pop()], axis=1), at, time_1D)
        x_BCMF = resized(at.silenced(x_BCMF), grow, 2)
    x_BCMF = block(module.final, levels[0].silenced(x_BCMF), levels[0])
    score_B1MF = layers.conv(levels[0].silenced(x_BCMF), module.conv_out)
    return levels[0].silenced(score_B1MF).squeeze(1)


def time_embedding(time: Value, channels: int) -> Value:
    """[1, D]: sines, then cosines."""
    half = channels // 2
    order = torch.arange(half, dtype=torch.float32)
    falling = torch.exp(order * -(math.log(LONGEST_PERIOD) / (half - 1)))
    graph = time.graph
    angles = time.reshape(1, 1) * graph.weight(falling[None], name="frequencies_of_time")
    return graph.concat([angles.apply("Sin"), angles.apply("Cos")], axis=1)


def level_of(module: Level, x_BCMF: Value, at: Windows, time_1D: Value) -> Value:
    """One size of image."""
    x_BCMF = timed_block(module.first, x_BCMF, at, time_1D)
    x_BCMF = timed_block(module.second, x_BCMF, at, time_1D)
    return attended(module.attended, x_BCMF, at)


def timed_block(module: TimedBlock, x_BCMF: Value, at: Windows, time_1D: Value) -> Value:
    """Two blocks with the time, already activated, between them."""
    added_1C11 = layers.pointwise(time_1D, module.time).unsqueeze(2, 3)
    around_BCMF = x_BCMF = at.silenced(x_BCMF)
    h_BCMF = block(module.first, x_BCMF, at) + added_1C11
    if isinstance(module.around, nn.Conv2d):
        around_BCMF = layers.conv(x_BCMF, module.around)
    return at.silenced(block(module.second, at.silenced(h_BCMF), at)) + around_BCMF


def block(module: Block, x_BCMF: Value, at: Windows) -> Value:
    """Convolution, norm, mish; the input is silenced already, the result is not."""
    return mish(window_norm(module.norm, layers.conv(x_BCMF, module.conv), at))


def window_norm(module: WindowNorm, x_BCMF: Value, at: Windows) -> Value:
    """Group norm; the mean and the deviation of a group go into gain and shift of its channels."""
    assert x_BCMF.shape is not None
    graph, (batch, channels, bands, frames) = x_BCMF.graph, x_BCMF.shape
    assert isinstance(channels, int)
    assert isinstance(bands, int)
    each = channels // GROUPS
    heard_BCMF = x_BCMF * at.inside
    rows_BGRF = heard_BCMF.reshape(0, GROUPS, each * bands, -1)
    rows_BGRF = rows_BGRF.shaped(batch, GROUPS, each * bands, frames)
    counts_B111 = at.counts_B111 * float(each * bands)
    mean_BG11 = graph.node("ReduceSum", rows_BGRF, graph.integers([2, 3])) / counts_B111
    centred_BGRF = (rows_BGRF - mean_BG11) * at.inside
    squares_BG11 = graph.node("ReduceSumSquare", centred_BGRF, axes=[2, 3])
    deviation_BG11 = (squares_BG11 / counts_B111 + module.eps).apply("Sqrt")
    name = graph.name(module.weight)
    gain_1GE1 = graph.weight(module.weight.reshape(1, GROUPS, each, 1), name=name)
    gain_BGE1 = gain_1GE1 / deviation_BG11
    shift_1GE1 = graph.weight(module.bias.reshape(1, GROUPS, each, 1), name=graph.name(module.bias))
    shift_BGE1 = shift_1GE1 - mean_BG11 * gain_BGE1
    gain_BC11, shift_BC11 = (
        each_BGE1.reshape(0, channels, 1, 1) for each_BGE1 in (gain_BGE1, shift_BGE1)
    )
    return x_BCMF * gain_BC11 + shift_BC11


def attended(module: Attended, x_BCMF: Value, at: Windows) -> Value:
    """Attention added to its input."""
    gain = x_BCMF.graph.weight(module.gain)
    return x_BCMF + attention(module.attention, x_BCMF, at) * gain


def attention(module: LinearAttention, x_BCMF: Value, at: Windows) -> Value:
    """Each place reads from a summary of all in the window."""
    assert x_BCMF.shape is not None
    graph, (batch, _, bands, frames) = x_BCMF.graph, x_BCMF.shape
    width = HEADS * HEAD_CHANNELS
    parts = graph.split(layers.conv(x_BCMF, module.qkv), 3 * [width], axis=1)
    query, key, value = parts[0], parts[1] + (at.inside - 1.0) * OUTSIDE, parts[2]
    query, key, value = (
        part.reshape(0, HEADS, HEAD_CHANNELS, -1).shaped(
            batch, HEADS, HEAD_CHANNELS, f"{bands}*{frames}"
        )
        for part in (query, key, value)
    )
    summary = key.apply("Softmax", axis=-1) @ value.transpose(0, 1, 3, 2)
    read = summary.transpose(0, 1, 3, 2) @ query
    read = read.reshape(0, width, int(bands), -1).shaped(batch, width, bands, frames)
    return layers.conv(read, module.out)


def resized(x_BCMF: Value, module: nn.Module, by: float) -> Value:
    """An image of twice or half the size."""
    assert isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    assert x_BCMF.shape is not None
    batch, channels, bands, frames = x_BCMF.shape
    assert isinstance(bands, int)
    assert isinstance(frames, str)
    name, _, halves = frames.partition("/")
    count = int(int(halves or 1) / by)
    length = name if count == 1 else f"{name}/{count}"
    return layers.conv(x_BCMF, module).shaped(batch, channels, int(bands * by), length)


def mish(x: Value) -> Value:
    """x tanh(log(1 + e^x)): with w = e^x (e^x + 2) that is x w / (w + 2)."""
    power = x.graph.node("Min", x, x.graph.value(LINEAR)).apply("Exp")
    w = power * (power + 2.0)
    return x * (w / (w + 2.0))


GRAPHS = AcousticExporter(
    plan=plan, sampling=SamplingExporter(begin=begin, step=step), large=("estimator.",)
)
