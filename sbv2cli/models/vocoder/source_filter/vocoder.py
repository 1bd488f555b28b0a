"""The source-filter vocoder as a row of `models.VOCODERS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.models.architecture import VocoderKind
from sbv2cli.models.vocoder.source_filter.dims import read_dims
from sbv2cli.models.vocoder.source_filter.model import SourceFilter


def build(
    section: Mapping[str, Any], channels: int, speaker_channels: int, where: str
) -> SourceFilter:
    """An untrained network of the sizes that the section gives."""
    return SourceFilter(read_dims(section, channels, speaker_channels, where))


VOCODER = VocoderKind(
    name="source_filter",
    build=build,
    names=(("pitch.*", "pitch.*"), ("filters.*", "filters.*")),
    sizes={
        "width": 256,
        "hidden": 768,
        "blocks": 4,
        "pitch_width": 128,
        "pitch_blocks": 3,
        "minimum_phase": 128,
        "maximum_phase": 32,
        "noise_filter": 64,
    },
    pack="sbv2cli.engine.torch.cpu.source_filter:pack",
    export="sbv2cli.export.source_filter:vocode",
    # A phase is a sum over a line, and carries on what is rounded away in the latent.
    tolerance=5e-3,
    # In eight bits, what decides the pitch would make another melody.
    coarse=("filters.",),
    coarse_frames=False,
    objective="sbv2cli.training.objectives.source_filter:TERMS",
)
