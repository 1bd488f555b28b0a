"""Japanese only; one kind of BERT features; six layers in each step of the flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import Architecture
from sbv2cli.models.dims import read_dims
from sbv2cli.models.layers.synthesizer import Synthesizer
from sbv2cli.models.weights import COMMON, TRAINING_ONLY
from sbv2cli.records import Inventory

FLOW_LAYERS = 6
FEATURE_SLOTS = {"ja": 0}


def build(network: Mapping[str, Any], inventory: Inventory, where: str) -> Synthesizer:
    """An untrained network of the sizes that the configuration gives."""
    dims = read_dims(network, inventory=inventory, published_flow_layers=FLOW_LAYERS, where=where)
    return Synthesizer(dims, bert_slots=len(FEATURE_SLOTS))


ARCHITECTURE = Architecture(
    name="sbv2_jp_extra",
    build=build,
    names=(*COMMON, ("enc_p.bert_proj.*", "text_encoder.bert.0.*")),
    feature_slots=FEATURE_SLOTS,
    vocoder="dec",
    symbol_table="enc_p.emb.weight",
    learning_names=TRAINING_ONLY,
    version='"version": "2.0-JP-Extra"',
    pack="sbv2cli.engine.torch.cpu.flow:pack",
    export="sbv2cli.export.latent_model:OF_EVERYTHING",
    objective="sbv2cli.training.objectives.vits_family:JP_EXTRA",
)
