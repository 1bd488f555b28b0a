"""The sizes of an acoustic model of the VITS family, from the `model` section of a voice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sbv2cli.models.section import Section
from sbv2cli.records import Inventory

STYLE_CHANNELS = 256
DURATION_CHANNELS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Dims:
    """Sizes of a network; names as in the VITS paper where it has one."""

    inventory: Inventory
    latent: int  # channels between flow and vocoder
    hidden: int
    filter: int  # inner width of the encoder's MLP
    heads: int
    layers: int
    kernel: int
    dropout: float
    speaker_channels: int  # 0: there is no speaker table
    transformer_flow: bool
    flow_layers: int  # layers of each transformer coupling


def read_dims(
    network: Mapping[str, Any],
    *,
    inventory: Inventory,
    published_flow_layers: int,
    where: str,
    least_speaker_channels: int = 1,
) -> Dims:
    """Check and type the `model` section.

    Published voices say nothing of the flow's layers, which follow from their architecture; a voice
    of ours may have fewer and says so in `flow_layers`.
    """
    read = Section({"flow_layers": published_flow_layers, **network}, where)
    dims = Dims(
        inventory=inventory,
        latent=read.whole("inter_channels"),
        hidden=read.whole("hidden_channels"),
        filter=read.whole("filter_channels"),
        heads=read.whole("n_heads"),
        layers=read.whole("n_layers"),
        kernel=read.whole("kernel_size"),
        dropout=float(network["p_dropout"]),
        speaker_channels=read.whole("gin_channels", least=least_speaker_channels),
        transformer_flow=read.flag("use_transformer_flow"),
        flow_layers=read.whole("flow_layers", least=0),
    )
    read.must(dims.hidden % dims.heads == 0, "hidden_channels", "a multiple of n_heads")
    read.must(dims.latent % 2 == 0, "inter_channels", "an even number")
    return dims
