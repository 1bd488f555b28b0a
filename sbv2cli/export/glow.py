"""Glow-TTS as parts of a graph: text encoder with durations, and the reversed flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

from sbv2cli.export import layers, prenet_encoder
from sbv2cli.export.parts import AcousticExporter, Planned
from sbv2cli.models.glow_tts.flow import LEAST_SCALE, AffineCoupling, undone
from sbv2cli.models.glow_tts.model import LEAST_LENGTH, GlowTts

if TYPE_CHECKING:
    from sbv2cli.export.graph import Value
    from sbv2cli.export.plan_inputs import PlanInputs


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
    text = network.text_encoder
    hidden_BPC = prenet_encoder.encoded(text, inputs("phones"), mask_B1P)
    log_B1P = prenet_encoder.log_durations(text, hidden_BPC, mask_B1P, speaker_BG1)
    return Planned(
        frames_BP=frame_counts(network, log_B1P, mask_B1P, inputs),
        per_phone_BKP=prenet_encoder.per_phone(text, hidden_BPC, mask_B1P),
        speaker_BG1=speaker_BG1,
    )


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
