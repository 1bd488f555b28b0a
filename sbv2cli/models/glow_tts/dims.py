"""The sizes of a Glow-TTS, from the `model` section of a voice, under the published keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sbv2cli.models.layers.prenet_encoder import PrenetEncoderDims
from sbv2cli.models.section import Section
from sbv2cli.records import Inventory

Durations = Literal["log", "log1p"]
"""What the durations are predicted in: the logarithm of frames, or of frames and one more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlowDims:
    """Sizes of text encoder and flow."""

    inventory: Inventory
    encoder: PrenetEncoderDims
    bands: int
    speaker_channels: int  # 0: there is no speaker table
    durations: Durations
    blocks: int  # of the flow
    squeeze: int  # frames that become one
    split: int  # channels that are mixed with each other
    hidden: int  # width of a coupling
    kernel: int
    dilation_rate: int
    layers: int  # of a coupling
    dropout: float  # in couplings
    sigmoid_scale: bool


def read_dims(network: Mapping[str, Any], inventory: Inventory, where: str) -> GlowDims:
    """Check and type the section; keys that may be missing have the published defaults."""
    read = Section(network, where)
    hidden = read.whole("hidden_channels")
    speaker_channels = read.whole("gin_channels", least=0) if inventory.speakers > 1 else 0
    encoder = PrenetEncoderDims(
        symbols=inventory.phones,
        channels=network.get("hidden_channels_enc") or hidden,
        filter=read.whole("filter_channels"),
        duration_filter=read.whole("filter_channels_dp"),
        kernel=read.whole("kernel_size"),
        heads=read.whole("n_heads"),
        layers=read.whole("n_layers_enc"),
        window=None if network["window_size"] is None else read.whole("window_size"),
        dropout=float(network["p_dropout"]),
        bands=read.whole("out_channels"),
        prenet=read.flag("prenet"),
        mean_only=read.flag("mean_only"),
        speaker_channels=speaker_channels,
    )
    dims = GlowDims(
        inventory=inventory,
        encoder=encoder,
        bands=encoder.bands,
        speaker_channels=speaker_channels,
        durations=network["durations"],
        blocks=read.whole("n_blocks_dec"),
        squeeze=read.whole("n_sqz"),
        split=read.whole("n_split"),
        hidden=network.get("hidden_channels_dec") or hidden,
        kernel=read.whole("kernel_size_dec"),
        dilation_rate=read.whole("dilation_rate"),
        layers=read.whole("n_block_layers"),
        dropout=float(network["p_dropout_dec"]),
        sigmoid_scale=read.flag("sigmoid_scale"),
    )
    read.must(encoder.channels % encoder.heads == 0, "hidden_channels", "a multiple of n_heads")
    read.must(encoder.kernel % 2 == 1, "kernel_size", "an odd number")
    read.must(0 <= encoder.dropout <= 1, "p_dropout", "a share of 0 to 1")
    read.must(0 <= dims.dropout <= 1, "p_dropout_dec", "a share of 0 to 1")
    read.must(dims.kernel % 2 == 1, "kernel_size_dec", "an odd number")
    read.must(dims.split % 2 == 0, "n_split", "an even number")
    read.must(
        dims.bands * dims.squeeze % dims.split == 0, "n_split", "a divisor of all squeezed channels"
    )
    return dims
