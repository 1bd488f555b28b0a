"""VITS (Kim, Kong, Son 2021): symbols in, sound out; no style, no tones, no BERT features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sbv2cli.models import weights
from sbv2cli.models.architecture import Architecture
from sbv2cli.models.dims import read_dims
from sbv2cli.models.section import Section
from sbv2cli.models.vits.model import Vits
from sbv2cli.records import Inventory

if TYPE_CHECKING:
    from torch import Tensor


def build(network: Mapping[str, Any], inventory: Inventory, where: str) -> Vits:
    """An untrained network of the sizes that the configuration gives.

    Where `gin_channels` is 0 there is no speaker table, however many speakers are counted.
    """
    dims = read_dims(
        network,
        inventory=inventory,
        published_flow_layers=0,
        where=where,
        least_speaker_channels=0,
    )
    return Vits(dims, stochastic=Section(network, where).flag("use_sdp"))


def fitted(
    network: Mapping[str, Any], tensors: Mapping[str, Tensor], rows: Inventory
) -> dict[str, Any]:
    """Without a speaker table where a whole file of one speaker has none.

    The code of 2021 made the layers for it all the same, and never gave them any input.
    """
    whole = "enc_p.proj.weight" in tensors
    if whole and rows.speakers == 1 and "emb_g.weight" not in tensors:
        return {**network, "gin_channels": 0}
    return dict(network)


ARCHITECTURE = Architecture(
    name="vits",
    build=build,
    names=(
        ("emb_g.weight", "speakers.weight"),
        ("enc_p.emb.weight", "text_encoder.symbols.weight"),
        *weights.under("enc_p.encoder", "text_encoder.encoder", weights.ENCODER),
        ("enc_p.proj.*", "text_encoder.conv_out.*"),
        # Files call the one predictor that there is `dp`, whichever of the two it is.
        *weights.under("dp", "durations", weights.STOCHASTIC_DURATIONS),
        *weights.under("dp", "durations", weights.DETERMINISTIC_DURATIONS),
        *weights.latent_flow(weights.WAVENET),
    ),
    feature_slots={},
    vocoder="dec",
    symbol_table="enc_p.emb.weight",
    pack="sbv2cli.engine.torch.cpu.flow:pack",
    export="sbv2cli.export.latent_model:OF_SYMBOLS",
    objective="sbv2cli.training.objectives.vits_family:PLAIN",
    learning_names=weights.training_only("dp"),
    fitted=fitted,
    noisy_alignment=False,
)
