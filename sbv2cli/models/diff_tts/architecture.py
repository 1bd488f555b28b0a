"""The record of Diff-TTS: how it is built, and what files call its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import Architecture
from sbv2cli.models.diff_tts.dims import read_dims
from sbv2cli.models.diff_tts.model import DiffTts
from sbv2cli.models.weights import DETERMINISTIC_DURATIONS, Rows, under
from sbv2cli.records import Inventory


def build(network: Mapping[str, Any], inventory: Inventory, where: str) -> DiffTts:
    """An untrained network of the sizes that the configuration gives."""
    return DiffTts(read_dims(network, inventory, where))


ENCODER: Rows = (
    ("emb.weight", "symbols.weight"),
    ("prenet.*", "prenet.*"),
    ("blocks.{i}.convs.{j}.*", "blocks.{i}.convs.{j}.*"),
    ("blocks.{i}.norms.{j}.*", "blocks.{i}.norms.{j}.*"),
    ("lstm.*", "memory.*"),
)
STEPS: Rows = (("projection1.*", "first.*"), ("projection2.*", "second.*"))
LAYER: Rows = (
    ("diffusion_projection.*", "step.*"),
    ("dilated_conv.*", "gates.*"),
    ("conditioner_projection.*", "condition.*"),
    ("output_projection.*", "conv_out.*"),
)
DENOISER: Rows = (
    *under("diffusion_embedding", "steps", STEPS),
    ("input_projection.*", "conv_in.*"),
    *under("residual_layers.{i}", "layers.{i}", LAYER),
    ("skip_projection.*", "skip.*"),
    ("output_projection.*", "conv_out.*"),
)

ARCHITECTURE = Architecture(
    name="diff_tts",
    build=build,
    names=(
        ("speaker_emb.weight", "speakers.weight"),
        *under("encoder", "text_encoder", ENCODER),
        *under("duration_predictor", "durations", DETERMINISTIC_DURATIONS),
        *under("decoder", "denoiser", DENOISER),
    ),
    feature_slots={},
    vocoder=None,
    symbol_table="encoder.emb.weight",
    learning_names=(("aligner.*", "aligner.*"),),
    pack="sbv2cli.engine.torch.cpu.denoiser:pack",
    export="sbv2cli.export.diff:GRAPHS",
    objective="sbv2cli.training.objectives.diff_tts:OBJECTIVE",
)
