"""Japanese, English and Chinese; features of each in a slot of its own; four flow layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import Architecture
from sbv2cli.models.dims import read_dims
from sbv2cli.models.layers.synthesizer import Synthesizer
from sbv2cli.models.weights import COMMON, TRAINING_ONLY
from sbv2cli.records import Inventory

FLOW_LAYERS = 4
FEATURE_SLOTS = {"zh": 0, "ja": 1, "en": 2}


def build(network: Mapping[str, Any], inventory: Inventory, where: str) -> Synthesizer:
    """An untrained network of the sizes that the configuration gives."""
    dims = read_dims(network, inventory=inventory, published_flow_layers=FLOW_LAYERS, where=where)
    return Synthesizer(dims, bert_slots=len(FEATURE_SLOTS))


ARCHITECTURE = Architecture(
    name="sbv2_multilingual",
    build=build,
    names=(
        *COMMON,
        # The slot without a prefix is Chinese: these networks began there.
        ("enc_p.bert_proj.*", "text_encoder.bert.0.*"),
        ("enc_p.ja_bert_proj.*", "text_encoder.bert.1.*"),
        ("enc_p.en_bert_proj.*", "text_encoder.bert.2.*"),
    ),
    feature_slots=FEATURE_SLOTS,
    vocoder="dec",
    symbol_table="enc_p.emb.weight",
    learning_names=TRAINING_ONLY,
    version='a "version" without "JP-Extra"',
    pack="sbv2cli.engine.torch.cpu.flow:pack",
    export="sbv2cli.export.latent_model:OF_EVERYTHING",
    objective="sbv2cli.training.objectives.vits_family:MULTILINGUAL",
)
