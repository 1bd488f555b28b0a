"""Glow-TTS as parts of a graph: text encoder with durations, and the reversed flow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

from sbv2cli.export import layers
from sbv2cli.export.parts import AcousticExporter, Planned
from sbv2cli.models.glow_tts.flow import LEAST_SCALE, AffineCoupling, undone
from sbv2cli.models.glow_tts.model import LEAST_LENGTH, GlowTts
from sbv2cli.models.layers.norm import ChannelNorm

if TYPE_CHECKING:
    from sbv2cli.export.graph import Value
    from sbv2cli.export.plan_inputs import PlanInputs
    from sbv2cli.models.layers.prenet_encoder import Prenet, PrenetEncoder


def plan(network: GlowTts, inputs: PlanInputs) -> Planned:
    """`plan` of the network."""
    graph = inputs("phones").graph
    mask_B1P = layers.length_mask(inputs("lengths"), inputs("phones"))
    speaker_BG1 = None
    if network.speakers is not None:
        # Their vectors have length one.
        table = functional.normalize(network.speakers.weight, dim=1, eps=LEAST_LENGTH)
        rows = graph.weight(table, name="speakers.of_length_one")
        speaker_BG1 = graph.node("Gather", rows, inputs("speakers"), axis=0).unsqueeze(2)
    hidden_BPC = encoded(network.text_encoder, inputs("phones"), mask_B1P)
    text = network.text_encoder
    per_phone_BKP = layers.pointwise(hidden_BPC, text.means).transpose(0, 2, 1) * mask_B1P
    if text.log_scales is not None:
        scales_BMP = layers.pointwise(hidden_BPC, text.log_scales).transpose(0, 2, 1) * mask_B1P
        per_phone_BKP = graph.concat([per_phone_BKP, scales_BMP], axis=1)
    log_B1P = log_durations(text, hidden_BPC.transpose(0, 2, 1), mask_B1P, speaker_BG1)
    return Planned(
        frames_BP=frame_counts(network, log_B1P, mask_B1P, inputs),
        per_phone_BKP=per_phone_BKP,
        speaker_BG1=speaker_BG1,
    )


def encoded(text: PrenetEncoder, phones_BP: Value, mask_B1P: Value) -> Value:
    """[B, P, C] hidden states of the text encoder."""
    table = phones_BP.graph.weight(text.symbols.weight)
    x_BPC = phones_BP.graph.node("Gather", table, phones_BP, axis=0)
    x_BPC = x_BPC * math.sqrt(text.symbols.embedding_dim)
    if text.prenet is not None:
        x_BPC = prenet(x_BPC.transpose(0, 2, 1), mask_B1P, text.prenet).transpose(0, 2, 1)
    return layers.encoder(x_BPC, mask_B1P, None, text.encoder)


def prenet(x_BCP: Value, mask_B1P: Value, module: Prenet) -> Value:
    """Convolutions that are added to what they are given."""
    x_BCP = x_BCP * mask_B1P
    branch = x_BCP
    for conv, norm in zip(module.convs, module.norms, strict=True):
        assert isinstance(conv, nn.Conv1d)
        assert isinstance(norm, ChannelNorm)
        branch = layers.norm(layers.conv(branch * mask_B1P, conv), norm).apply("Relu")
    return (x_BCP + layers.conv(branch, module.conv_out)) * mask_B1P


def log_durations(
    text: PrenetEncoder, hidden_BCP: Value, mask_B1P: Value, speaker_BG1: Value | None
) -> Value:
    """[B, 1, P]; the speaker, where there is one, stands beside the hidden states."""
    if speaker_BG1 is not None:
        graph, shape = hidden_BCP.graph, hidden_BCP.shape
        assert shape is not None
        assert speaker_BG1.shape is not None
        along_BGP = speaker_BG1.expand(1, 1, hidden_BCP.size(2))
        along_BGP = along_BGP.shaped(shape[0], speaker_BG1.shape[1], shape[2])
        hidden_BCP = graph.concat([hidden_BCP, along_BGP], axis=1)
    return layers.fixed_durations(hidden_BCP, mask_B1P, None, text.durations)


def frame_counts(network: GlowTts, log_B1P: Value, mask_B1P: Value, inputs: PlanInputs) -> Value:
    """[B, P] frames, of which a line has as many as the flow squeezes, at least one times."""
    graph, more = log_B1P.graph, network.dims.durations == "log1p"
    lasts_B1P = log_B1P.apply("Exp") - 1.0 if more else log_B1P.apply("Exp")
    counts_B1P = (lasts_B1P * mask_B1P * inputs("length_scale")).apply("Ceil")
    if more:
        counts_B1P = graph.node("Max", counts_B1P, graph.value(1.0)) * mask_B1P
    ends_BP = graph.node("CumSum", counts_B1P.squeeze(1), graph.value(1))
    total_B1 = graph.node("ReduceMax", ends_BP, axes=[1], keepdims=1)
    multiple = float(network.frame_multiple)
    kept_B1 = graph.node("Max", (total_B1 / multiple).apply("Floor"), graph.value(1.0)) * multiple
    assert ends_BP.shape is not None
    kept_B1 = kept_B1.shaped(ends_BP.shape[0], 1)
    places_P = layers.steps(ends_BP.size(1), ends_BP.shape[1])
    last_BP = graph.node("GreaterOrEqual", places_P, inputs("lengths").unsqueeze(1) - 1)
    ends_BP = graph.node("Where", last_BP, kept_B1, graph.node("Min", ends_BP, kept_B1))
    starts_BP = graph.concat([ends_BP.cut(1, 0, 1) * 0.0, ends_BP.cut(1, 0, -1)], axis=1)
    return ends_BP - starts_BP.shaped(*ends_BP.shape or ())


def decode(
    network: GlowTts,
    values_BKF: Value,
    noise_BNF: Value,
    scale_B11: Value,
    lengths_B: Value,
    speaker_BG1: Value | None,
) -> Value:
    """`decode` of the network."""
    graph, bands, count = values_BKF.graph, network.channels, network.dims.squeeze
    noise_BMF, means_BMF = noise_BNF * scale_B11, values_BKF
    if not network.dims.encoder.mean_only:
        means_BMF, log_scales_BMF = graph.split(values_BKF, 2 * [bands], axis=1)
        noise_BMF = noise_BMF * log_scales_BMF.apply("Exp")
    z_BMF = means_BMF + noise_BMF
    assert z_BMF.shape is not None
    line, _, frames = z_BMF.shape
    x_BMTS = z_BMF.reshape(0, bands, -1, count)
    x_BCT = x_BMTS.transpose(0, 3, 1, 2).reshape(0, count * bands, -1)
    x_BCT = x_BCT.shaped(line, count * bands, f"{frames}/{count}")
    mask_B1T = layers.length_mask(lengths_B / count, x_BCT)
    x_BCT = x_BCT * mask_B1T
    for number, (norm, mixture, coupling) in reversed(list(enumerate(network.flow.blocks()))):
        x_BCT = uncoupled(x_BCT, mask_B1T, speaker_BG1, coupling)
        weight, bias = undone(norm, mixture)
        matrix = graph.weight(weight[:, :, None], name=f"flow.{number}.mixture.weight")
        added = graph.weight(bias, name=f"flow.{number}.mixture.bias")
        sizes = {"kernel_shape": [1], "strides": [1], "dilations": [1], "group": 1, "pads": [0, 0]}
        x_BCT = graph.node("Conv", x_BCT, matrix, added, **sizes) * mask_B1T
    x_BSMT = x_BCT.reshape(0, count, bands, -1)
    return x_BSMT.transpose(0, 2, 3, 1).reshape(0, bands, -1).shaped(line, bands, frames)


def uncoupled(
    x_BCT: Value, mask_B1T: Value, speaker_BG1: Value | None, module: AffineCoupling
) -> Value:
    """The reverse of a coupling."""
    graph = x_BCT.graph
    kept, moved = graph.split(x_BCT, 2 * [module.kept], axis=1)
    hidden = layers.conv(kept, module.conv_in) * mask_B1T
    hidden = layers.wavenet(hidden, mask_B1T, speaker_BG1, module.network)
    change = layers.conv(hidden, module.conv_out)
    shift, log_scale = graph.split(change, 2 * [module.kept], axis=1)
    if module.sigmoid_scale:
        log_scale = ((log_scale + 2.0).apply("Sigmoid") + LEAST_SCALE).apply("Log")
    return graph.concat([kept, (moved - shift) * (-log_scale).apply("Exp") * mask_B1T], axis=1)


GRAPHS = AcousticExporter(plan=plan, decode=decode, large=("flow.",))
