"""Japanese, English and Chinese; features of each in a slot of its own; four flow layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import Architecture
from sbv2cli.models.dims import read_dims
from sbv2cli.models.layers.synthesizer import Synthesizer
from sbv2cli.models.weights import COMMON

FLOW_LAYERS = 4
BERT_SLOTS = {"zh": 0, "ja": 1, "en": 2}


def build(
    network: Mapping[str, Any], inventory: tuple[int, int, int], speakers: int, where: str
) -> Synthesizer:
    """An untrained network of the sizes that the configuration gives."""
    dims = read_dims(
        network, inventory=inventory, speakers=speakers, flow_layers=FLOW_LAYERS, where=where
    )
    return Synthesizer(dims, bert_slots=len(BERT_SLOTS))


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
    bert_slots=BERT_SLOTS,
)
