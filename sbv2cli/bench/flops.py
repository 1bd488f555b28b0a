"""How many operations a line needs, counted as the direct formulas have them.

A multiplication and an addition are two operations. A convolution counts all its taps, whatever the
engine makes of them; what only moves or bends numbers (activations, norms, splines) counts nothing.
Only what is needed is counted: no layers of a BERT that nobody hears, and no products
with the many relative positions that have no embedding. The networks are those of `models/layers`,
and `tests/unit/bench/test_flops.py` counts with torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.engine.bert.encoder_weights import layers_needed
from sbv2cli.models.dims import BERT_CHANNELS, DURATION_CHANNELS, STYLE_CHANNELS, Dims
from sbv2cli.models.layers.attention import BAND, SPEAKER_LAYER
from sbv2cli.models.layers.durations import StochasticDurations
from sbv2cli.models.layers.splines import PARAMETERS
from sbv2cli.models.layers.synthesizer import (
    COUPLINGS,
    DURATION_KERNEL,
    FLOW_KERNEL,
    WAVENET_LAYERS,
)
from sbv2cli.models.vocoder.hifigan.dims import HifiganDims
from sbv2cli.models.vocoder.hifigan.model import EDGE_KERNEL

# A reversed spline flow leaves out its first coupling of four.
SPLINES = 3


def convolution(inner: int, outer: int, kernel: int, length: int) -> int:
    """A convolution that makes `length` samples; with one tap, a matrix product."""
    return 2 * inner * outer * kernel * length


def bert(config: Mapping[str, Any], tokens: int) -> int:
    """A DeBERTa up to the layer that is heard, its position projections being known."""
    channels, inner = config["hidden_size"], config["intermediate_size"]
    terms = 2 + len(config.get("pos_att_type") or ())  # scores and mixing, and of positions
    layer = (
        4 * convolution(channels, channels, 1, tokens)
        + 2 * convolution(channels, inner, 1, tokens)
        + terms * convolution(channels, tokens, 1, tokens)
    )
    kernel = config.get("conv_kernel_size") or 0
    return layers_needed(config) * layer + convolution(channels, channels, kernel, tokens)


def plan(dims: Dims, phones: int, *, bert: bool) -> int:
    """Text encoder and both duration predictors of an SBV2 network."""
    hidden = dims.hidden
    return (
        (convolution(BERT_CHANNELS, hidden, 1, phones) if bert else 0)
        + convolution(STYLE_CHANNELS, hidden, 1, 1)
        + _attention_encoder(dims, dims.layers, dims.kernel, phones)
        + convolution(hidden, 2 * dims.latent, 1, phones)
        + _durations(dims, phones)
        + _stochastic_durations(dims, phones)
    )


def flow(dims: Dims, frames: int) -> int:
    """The reversed flow."""
    if dims.transformer_flow:
        network = _attention_encoder(dims, dims.flow_layers, FLOW_KERNEL, frames)
    else:
        network = _wavenet(dims, frames)
    return COUPLINGS * (2 * convolution(dims.latent // 2, dims.hidden, 1, frames) + network)


def decoder(dims: HifiganDims, frames: int) -> int:
    """Latent frames to samples."""
    width, length = dims.upsample_initial, frames
    total = convolution(dims.channels, width, EDGE_KERNEL, length)
    total += convolution(dims.speaker_channels, width, 1, 1)
    layers = 2 if dims.residual_block == "1" else 1
    for rate, kernel in zip(dims.upsample_rates, dims.upsample_kernels, strict=True):
        total += convolution(width, width // 2, kernel, length)
        width //= 2
        length = length * rate + (kernel - rate) % 2
        for taps, dilations in zip(dims.residual_kernels, dims.residual_dilations, strict=True):
            total += layers * len(dilations) * convolution(width, width, taps, length)
    return total + convolution(width, 1, EDGE_KERNEL, length)


def _attention_encoder(dims: Dims, layers: int, kernel: int, length: int) -> int:
    hidden = dims.hidden
    layer = (
        4 * convolution(hidden, hidden, 1, length)
        + 2 * convolution(hidden, length, 1, length)
        + 2 * convolution(hidden, BAND, 1, length)
        + 2 * convolution(hidden, dims.filter, kernel, length)
    )
    hears_speaker = layers > SPEAKER_LAYER
    speaker = convolution(dims.speaker_channels, hidden, 1, 1) if hears_speaker else 0
    return layers * layer + speaker


def _wavenet(dims: Dims, length: int) -> int:
    hidden = dims.hidden
    return (
        convolution(dims.speaker_channels, 2 * hidden * WAVENET_LAYERS, 1, 1)
        + WAVENET_LAYERS * convolution(hidden, 2 * hidden, FLOW_KERNEL, length)
        + (WAVENET_LAYERS - 1) * convolution(hidden, 2 * hidden, 1, length)
        + convolution(hidden, hidden, 1, length)
    )


def _durations(dims: Dims, phones: int) -> int:
    inner = DURATION_CHANNELS
    return (
        convolution(dims.speaker_channels, dims.hidden, 1, 1)
        + convolution(dims.hidden, inner, DURATION_KERNEL, phones)
        + convolution(inner, inner, DURATION_KERNEL, phones)
        + convolution(inner, 1, 1, phones)
    )


def _stochastic_durations(dims: Dims, phones: int) -> int:
    hidden = dims.hidden
    # A depth-wise convolution and one of a single tap, per layer.
    convolutions = StochasticDurations.LAYERS * (
        convolution(1, hidden, StochasticDurations.KERNEL, phones)
        + convolution(hidden, hidden, 1, phones)
    )
    spline = (
        convolution(1, hidden, 1, phones)
        + convolutions
        + convolution(hidden, PARAMETERS, 1, phones)
    )
    return (
        2 * convolution(hidden, hidden, 1, phones)
        + convolution(dims.speaker_channels, hidden, 1, 1)
        + convolutions
        + SPLINES * spline
    )
