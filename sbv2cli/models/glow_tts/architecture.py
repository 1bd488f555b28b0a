"""Glow-TTS as a row of `models.ARCHITECTURES`, with the names of the official code and of Coqui's.

Their tensors are the same but for what text encoders call prenet and durations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import Architecture
from sbv2cli.models.glow_tts.dims import read_dims
from sbv2cli.models.glow_tts.model import GlowTts
from sbv2cli.models.layers import prenet_encoder
from sbv2cli.models.weights import Rows, under
from sbv2cli.records import Inventory


def build(network: Mapping[str, Any], inventory: Inventory, where: str) -> GlowTts:
    """An untrained network of the sizes that the configuration gives."""
    return GlowTts(read_dims(network, inventory, where))


FLOW: Rows = (
    ("decoder.flows.{i}.logs", "flow.steps.{i}.log_scale"),
    ("decoder.flows.{i}.bias", "flow.steps.{i}.bias"),
    ("decoder.flows.{i}.weight", "flow.steps.{i}.weight"),
    ("decoder.flows.{i}.start.*", "flow.steps.{i}.conv_in.*"),
    ("decoder.flows.{i}.wn.cond_layer.*", "flow.steps.{i}.network.condition.*"),
    ("decoder.flows.{i}.wn.in_layers.{j}.*", "flow.steps.{i}.network.gates.{j}.*"),
    ("decoder.flows.{i}.wn.res_skip_layers.{j}.*", "flow.steps.{i}.network.residuals.{j}.*"),
    ("decoder.flows.{i}.end.*", "flow.steps.{i}.conv_out.*"),
)

ARCHITECTURE = Architecture(
    name="glow_tts",
    build=build,
    names=(
        ("emb_g.weight", "speakers.weight"),
        *under("encoder", "text_encoder", prenet_encoder.names("pre", "proj_w")),
        *under("encoder", "text_encoder", prenet_encoder.names("prenet", "duration_predictor")),
        *FLOW,
    ),
    feature_slots={},
    vocoder=None,
    symbol_table="encoder.emb.weight",
    pack="sbv2cli.engine.torch.cpu.glow:pack",
    export="sbv2cli.export.glow:GRAPHS",
    objective="sbv2cli.training.objectives.glow_tts:OBJECTIVE",
    # Coqui keeps the inverse of each mixture beside it.
    learning_names=(("decoder.flows.{i}.weight_inv", "inverses.{i}"),),
)
