"""Diff-TTS as parts of graphs: the text encoder with durations, what steps are given, a step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from sbv2cli.export import layers
from sbv2cli.export.graph import FLOAT
from sbv2cli.export.parts import AcousticExporter, Planned, SamplingExporter
from sbv2cli.models.diff_tts.denoiser import (
    LONGEST_PERIOD,
    SINES,
    Denoiser,
    GatedLayer,
    StepEncoder,
)
from sbv2cli.models.diff_tts.encoder import ResidualBlock
from sbv2cli.models.layers.norm import ChannelNorm

if TYPE_CHECKING:
    from sbv2cli.export.graph import Value
    from sbv2cli.export.parts import Inputs
    from sbv2cli.export.plan_inputs import PlanInputs
    from sbv2cli.models.diff_tts.encoder import TextEncoder
    from sbv2cli.models.diff_tts.model import DiffTts

# How torch orders the gates of an LSTM, by their places in the order of ONNX.
GATES = (0, 3, 1, 2)


def plan(network: DiffTts, inputs: PlanInputs) -> Planned:
    """`plan` of the network."""
    graph = inputs("phones").graph
    mask_B1P = layers.length_mask(inputs("lengths"), inputs("phones"))
    hidden_BCP = encoded(network.text_encoder, inputs("phones"), mask_B1P)
    if network.speakers is not None:
        rows = graph.weight(network.speakers.weight)
        row_BC1 = graph.node("Gather", rows, inputs("speakers"), axis=0).unsqueeze(2)
        hidden_BCP = (hidden_BCP + row_BC1) * mask_B1P
    log_B1P = layers.fixed_durations(hidden_BCP, mask_B1P, None, network.durations)
    frames_B1P = (log_B1P.apply("Exp") * mask_B1P * inputs("length_scale")).apply("Ceil")
    return Planned(frames_BP=frames_B1P.squeeze(1), per_phone_BKP=hidden_BCP, speaker_BG1=None)


def encoded(module: TextEncoder, phones_BP: Value, mask_B1P: Value) -> Value:
    """[B, C, P] hidden states of the text encoder."""
    graph = phones_BP.graph
    x_BPC = graph.node("Gather", graph.weight(module.symbols.weight), phones_BP, axis=0)
    x_BPC = layers.pointwise(x_BPC, module.prenet).apply("Relu")
    x_BCP = x_BPC.transpose(0, 2, 1) * mask_B1P
    for block in module.blocks:
        assert isinstance(block, ResidualBlock)
        branch = x_BCP
        for conv, norm in zip(block.convs, block.norms, strict=True):
            assert isinstance(conv, nn.Conv1d)
            assert isinstance(norm, ChannelNorm)
            branch = layers.norm(layers.conv(branch * mask_B1P, conv).apply("Relu"), norm)
        x_BCP = (x_BCP + branch) * mask_B1P
    return remembered(x_BCP, module.memory) * mask_B1P


def remembered(x_BCP: Value, module: nn.LSTM) -> Value:
    """[B, C, P]: the memory runs one way, so padding behind a line does not matter."""
    graph = x_BCP.graph

    def ordered(tensor: torch.Tensor) -> torch.Tensor:
        gates = tensor.detach().chunk(len(GATES))
        return torch.cat([gates[place] for place in GATES])

    inner, own, *biases = (ordered(value) for value in module.parameters())
    name = graph.name(next(module.parameters())).removesuffix("weight_ih_l0")
    weights = [
        graph.weight(inner[None], name=f"{name}inputs"),
        graph.weight(own[None], name=f"{name}states"),
        graph.weight(torch.cat(biases)[None], name=f"{name}biases"),
    ]
    assert x_BCP.shape is not None
    batch, channels, phones = x_BCP.shape
    y_P1BC = graph.node("LSTM", x_BCP.transpose(2, 0, 1), *weights, hidden_size=module.hidden_size)
    y_PBC = y_P1BC.shaped(phones, 1, batch, channels).squeeze(1)
    return y_PBC.transpose(1, 2, 0)


def begin(network: DiffTts, inputs: Inputs) -> tuple[Value, Value]:
    """Noise and nothing else; what all layers of the denoiser are given of the text."""
    values_BCF = inputs("values")
    masked_BCF = values_BCF * layers.length_mask(inputs("lengths"), values_BCF)
    conditions = [
        layers.conv(masked_BCF, layer.condition)
        for layer in network.denoiser.layers
        if isinstance(layer, GatedLayer)
    ]
    return inputs("noise") * 1.0, values_BCF.graph.concat(conditions, axis=1)


def step(network: DiffTts, inputs: Inputs) -> Value:
    """One step of sampling; its numbers are found in double precision, as in the network."""
    x_BMF, dims = inputs("x"), network.dims
    graph = x_BMF.graph
    one, zero = graph.double(1.0), graph.value(0)
    remaining = inputs("steps") - 1 - inputs("step")
    apart = graph.value(dims.steps - 1) / graph.node("Max", inputs("steps") - 1, graph.value(1))
    apart = graph.node("Max", apart, graph.value(1))
    tau = remaining * apart + 1
    last = graph.node("Equal", remaining, zero)
    bars = graph.weight(network.alpha_bars, name="alpha_bars")
    bar = graph.node("Gather", bars, tau, axis=0)
    following = graph.node("Where", last, zero, tau - apart)
    next_bar = graph.node("Gather", bars, following, axis=0)
    share = (one - next_bar) / (one - bar) * (one - bar / next_bar)
    fresh = share.apply("Sqrt") * graph.double(dims.eta)
    rest = (one - next_bar - fresh * fresh).apply("Sqrt")
    found_BMF = denoised(network.denoiser, x_BMF, tau, inputs("conditions"), inputs("lengths"))
    signal, noise = (power.apply("Sqrt").cast(FLOAT) for power in (bar, one - bar))
    if dims.velocity:
        clean_BMF = x_BMF * signal - found_BMF * noise
        noise_BMF = x_BMF * noise + found_BMF * signal
    else:
        clean_BMF, noise_BMF = (x_BMF - found_BMF * noise) / signal, found_BMF
    onward_BMF = clean_BMF * next_bar.apply("Sqrt").cast(FLOAT) + noise_BMF * rest.cast(FLOAT)
    if dims.eta:
        onward_BMF = onward_BMF + inputs("noise") * fresh.cast(FLOAT)
    mask_B1F = layers.length_mask(inputs("lengths"), x_BMF)
    mel_BMF = clean_BMF * mask_B1F * dims.deviation + dims.mean
    return graph.node("Where", last, mel_BMF, onward_BMF * mask_B1F).shaped(*x_BMF.shape or ())


def denoised(
    module: Denoiser, x_BMF: Value, tau: Value, conditions_BKF: Value, lengths_B: Value
) -> Value:
    """[B, M, F]: what the network answers."""
    graph, width = x_BMF.graph, module.conv_in.out_channels
    step_1S = step_encoded(module.steps, tau)
    mask_B1F = layers.length_mask(lengths_B, x_BMF)
    conditions = graph.split(conditions_BKF, len(module.layers) * [2 * width], axis=1)
    x_BCF = layers.conv(x_BMF * mask_B1F, module.conv_in).apply("Relu")
    kept: list[Value] = []
    for layer, condition_BCF in zip(module.layers, conditions, strict=True):
        assert isinstance(layer, GatedLayer)
        at_1C1 = layers.pointwise(step_1S, layer.step).unsqueeze(2)
        gates_BCF = layers.conv((x_BCF + at_1C1) * mask_B1F, layer.gates) + condition_BCF
        gate_BCF, signal_BCF = graph.split(gates_BCF, 2 * [width], axis=1)
        out_BCF = layers.conv(gate_BCF.apply("Sigmoid") * signal_BCF.apply("Tanh"), layer.conv_out)
        onward_BCF, skipped_BCF = graph.split(out_BCF, 2 * [width], axis=1)
        x_BCF = (x_BCF + onward_BCF) / math.sqrt(2)
        kept.append(skipped_BCF)
    total_BCF = total(kept) / math.sqrt(len(kept))
    return layers.conv(layers.conv(total_BCF, module.skip).apply("Relu"), module.conv_out)


def total(parts: Sequence[Value]) -> Value:
    """One after the other, as the network adds them up."""
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    return result


def step_encoded(module: StepEncoder, tau: Value) -> Value:
    """[1, S]: the number of a step as a vector."""
    order = torch.arange(SINES, dtype=torch.float32)
    falling = torch.exp(order * -(math.log(LONGEST_PERIOD) / (SINES - 1)))
    graph = tau.graph
    angles = tau.cast(FLOAT).reshape(1, 1)
    angles = angles * graph.weight(falling[None], name="frequencies_of_steps")
    x_1S = graph.concat([angles.apply("Sin"), angles.apply("Cos")], axis=1)
    for linear in (module.first, module.second):
        x_1S = layers.pointwise(x_1S, linear)
        x_1S = x_1S * x_1S.apply("Sigmoid")
    return x_1S


GRAPHS = AcousticExporter(
    plan=plan, sampling=SamplingExporter(begin=begin, step=step), large=("denoiser.",)
)
