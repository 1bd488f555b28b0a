"""The record of Grad-TTS: how it is built, and what published files call its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import Architecture
from sbv2cli.models.grad_tts.dims import read_dims, sizes_of
from sbv2cli.models.grad_tts.model import GradTts
from sbv2cli.models.layers import prenet_encoder
from sbv2cli.models.weights import Rows, under
from sbv2cli.records import Inventory


def build(network: Mapping[str, Any], inventory: Inventory, where: str) -> GradTts:
    """An untrained network of the sizes that the configuration gives."""
    return GradTts(read_dims(network, inventory, where))


BLOCK: Rows = (("block.0.*", "conv.*"), ("block.1.*", "norm.*"))
TIMED_BLOCK: Rows = (
    ("mlp.1.*", "time.*"),
    *under("block1", "first", BLOCK),
    *under("block2", "second", BLOCK),
    ("res_conv.*", "around.*"),
)
ATTENTION: Rows = (("to_qkv.*", "qkv.*"), ("to_out.*", "out.*"))
ATTENDED: Rows = (("fn.g", "gain"), *under("fn.fn", "attention", ATTENTION))
LEVEL: Rows = (
    *under("{i}.0", "{i}.first", TIMED_BLOCK),
    *under("{i}.1", "{i}.second", TIMED_BLOCK),
    *under("{i}.2", "{i}.attended", ATTENDED),
)
ESTIMATOR: Rows = (
    ("mlp.{i}.*", "time.{i}.*"),
    ("spk_mlp.{i}.*", "speaker.{i}.*"),
    *under("downs", "downs", LEVEL),
    ("downs.{i}.3.conv.*", "shrink.{i}.*"),
    *under("mid_block1", "middle_first", TIMED_BLOCK),
    *under("mid_attn", "middle_attended", ATTENDED),
    *under("mid_block2", "middle_second", TIMED_BLOCK),
    *under("ups", "ups", LEVEL),
    ("ups.{i}.3.conv.*", "grow.{i}.*"),
    *under("final_block", "final", BLOCK),
    ("final_conv.*", "conv_out.*"),
)

ARCHITECTURE = Architecture(
    name="grad_tts",
    build=build,
    names=(
        ("spk_emb.weight", "speakers.weight"),
        *under("encoder", "text_encoder", prenet_encoder.names("prenet", "proj_w")),
        *under("decoder.estimator", "estimator", ESTIMATOR),
    ),
    feature_slots={},
    vocoder=None,
    symbol_table="encoder.emb.weight",
    sizes=sizes_of,
    pack="sbv2cli.engine.torch.cpu.unet:pack",
    export="sbv2cli.export.grad:GRAPHS",
    objective="sbv2cli.training.objectives.grad_tts:OBJECTIVE",
)
