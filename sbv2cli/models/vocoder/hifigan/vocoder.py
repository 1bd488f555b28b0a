"""HiFi-GAN as a row of `models.VOCODERS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import VocoderKind
from sbv2cli.models.vocoder.hifigan.dims import read_dims
from sbv2cli.models.vocoder.hifigan.model import HifiGan
from sbv2cli.models.weights import Rows


def build(section: Mapping[str, Any], channels: int, speaker_channels: int, where: str) -> HifiGan:
    """An untrained network of the sizes that the section gives."""
    return HifiGan(read_dims(section, channels, speaker_channels, where))


NAMES: Rows = (
    ("conv_pre.*", "conv_in.*"),
    ("cond.*", "condition.*"),
    ("ups.{i}.*", "upsamplers.{i}.*"),
    ("resblocks.{i}.convs1.{j}.*", "blocks.{i}.first.{j}.*"),
    ("resblocks.{i}.convs2.{j}.*", "blocks.{i}.second.{j}.*"),
    ("resblocks.{i}.convs.{j}.*", "blocks.{i}.convs.{j}.*"),
    ("conv_post.*", "conv_out.*"),
)

VOCODER = VocoderKind(
    name="hifigan",
    build=build,
    names=NAMES,
    pack="sbv2cli.engine.torch.cpu.decoder:pack",
    export="sbv2cli.export.hifigan:vocode",
    objective="sbv2cli.training.objectives.hifigan:TERMS",
)
