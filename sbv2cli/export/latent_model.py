"""The acoustic models whose frames are a latent, as parts of a graph: text encoders and flow."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from torch import nn

from sbv2cli.export import layers
from sbv2cli.export.parts import AcousticExporter, Planned
from sbv2cli.export.plan_inputs import FEATURES, SYMBOLS
from sbv2cli.models.layers.durations import StochasticDurations
from sbv2cli.models.layers.text_encoder import TextEncoder

if TYPE_CHECKING:
    from sbv2cli.export.graph import Value
    from sbv2cli.export.plan_inputs import PlanInputs
    from sbv2cli.models.vits.model import Latent


def plan(
    embed: Callable[[Latent, PlanInputs], Value], network: Latent, inputs: PlanInputs
) -> Planned:
    """`plan` of the network; `embed` is what is known about each phone, [B, P, C]."""
    mask_B1P = layers.length_mask(inputs("lengths"), inputs("phones"))
    speaker_BG1 = None
    if network.speakers is not None:
        speaker_BG1 = _rows(network.speakers, inputs("speakers")).unsqueeze(2)
    embedded_BPC = embed(network, inputs) * math.sqrt(network.dims.hidden)
    text = network.text_encoder
    hidden_BPC = layers.encoder(embedded_BPC, mask_B1P, speaker_BG1, text.encoder)
    prior_BCP = layers.pointwise(hidden_BPC, text.conv_out).transpose(0, 2, 1) * mask_B1P
    hidden_BCP = hidden_BPC.transpose(0, 2, 1)
    drawn_B1P = fixed_B1P = None
    if (drawing := network.stochastic_durations) is not None:
        drawn_B1P = layers.drawn_durations(
            hidden_BCP, mask_B1P, speaker_BG1, inputs("noise"), drawing
        )
    if not isinstance(network.durations, StochasticDurations):
        fixed_B1P = layers.fixed_durations(hidden_BCP, mask_B1P, speaker_BG1, network.durations)
    log_B1P = drawn_B1P or fixed_B1P
    if drawn_B1P is not None and fixed_B1P is not None:
        ratio_B11 = inputs("sdp_ratio")
        log_B1P = ratio_B11 * drawn_B1P + (1.0 - ratio_B11) * fixed_B1P
    assert log_B1P is not None
    frames_B1P = (log_B1P.apply("Exp") * mask_B1P * inputs("length_scale")).apply("Ceil")
    return Planned(
        frames_BP=frames_B1P.squeeze(1), per_phone_BKP=prior_BCP, speaker_BG1=speaker_BG1
    )


def decode(
    network: Latent,
    values_BKF: Value,
    noise_BNF: Value,
    scale_B11: Value,
    lengths_B: Value,
    speaker_BG1: Value | None,
) -> Value:
    """`decode` of the network."""
    sizes = 2 * [network.channels]
    means_BCF, log_scales_BCF = values_BKF.graph.split(values_BKF, sizes, axis=1)
    prior_BCF = means_BCF + noise_BNF * log_scales_BCF.apply("Exp") * scale_B11
    mask_B1F = layers.length_mask(lengths_B, prior_BCF)
    return layers.flow(prior_BCF, mask_B1F, speaker_BG1, network.flow)


def symbols(network: Latent, inputs: PlanInputs) -> Value:
    """Symbols and nothing else."""
    return _rows(network.text_encoder.symbols, inputs("phones"))


def everything(network: Latent, inputs: PlanInputs) -> Value:
    """Symbols, tones, languages, BERT features, and the style of the line."""
    text = network.text_encoder
    assert isinstance(text, TextEncoder)
    sum_BPC = _rows(text.symbols, inputs("phones")) + _rows(text.tones, inputs("tones"))
    sum_BPC = sum_BPC + _rows(text.languages, inputs("languages"))
    for projection, features_BCP in zip(text.bert, inputs.features(len(text.bert)), strict=True):
        assert isinstance(projection, nn.Conv1d)
        assert projection.bias is not None
        if features_BCP is None:
            sum_BPC = sum_BPC + sum_BPC.graph.weight(projection.bias)
        else:
            sum_BPC = sum_BPC + layers.pointwise(features_BCP.transpose(0, 2, 1), projection)
    return sum_BPC + layers.pointwise(inputs("style"), text.style).unsqueeze(1)


def _rows(table: nn.Embedding, index: Value) -> Value:
    return index.graph.node("Gather", index.graph.weight(table.weight), index, axis=0)


OF_SYMBOLS = AcousticExporter(
    plan=partial(plan, symbols), decode=decode, large=("flow.",), published=SYMBOLS
)
OF_EVERYTHING = AcousticExporter(
    plan=partial(plan, everything), decode=decode, large=("flow.",), published=FEATURES
)
