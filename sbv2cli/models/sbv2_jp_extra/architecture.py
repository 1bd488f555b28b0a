"""Japanese only; one kind of contextual features; six layers in each step of the flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import Architecture
from sbv2cli.models.dims import read_dims
from sbv2cli.models.layers.synthesizer import Synthesizer
from sbv2cli.models.weights import COMMON

FLOW_LAYERS = 6
BERT_SLOTS = {"ja": 0}


def build(
    network: Mapping[str, Any], inventory: tuple[int, int, int], speakers: int, where: str
) -> Synthesizer:
    """An untrained network of the sizes that the configuration gives."""
    dims = read_dims(
        network, inventory=inventory, speakers=speakers, flow_layers=FLOW_LAYERS, where=where
    )
    return Synthesizer(dims, bert_slots=len(BERT_SLOTS))


ARCHITECTURE = Architecture(
    name="sbv2_jp_extra",
    build=build,
    names=(*COMMON, ("enc_p.bert_proj.*", "text_encoder.bert.0.*")),
    bert_slots=BERT_SLOTS,
)
