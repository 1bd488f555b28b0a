"""The sizes of a source-filter vocoder, from its section of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sbv2cli.models.section import Section

# What it computes for a frame grows with its samples, of which no weight tells.
MOST_RATE, MOST_SAMPLES = 400_000, 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFilterDims:
    """All widths in channels, all filters in coefficients of their cepstrum."""

    channels: int  # of the frames that it is given
    speaker_channels: int  # 0: it knows no speakers
    rate: int
    frame_samples: int
    width: int
    hidden: int  # inner width of a block
    blocks: int
    pitch_width: int
    pitch_blocks: int
    minimum_phase: int  # filter of the pulses, its causal part
    maximum_phase: int  # and what comes before the pulse
    noise_filter: int


def read_dims(
    section: Mapping[str, Any], channels: int, speaker_channels: int, where: str
) -> SourceFilterDims:
    """Check and type the section."""
    read = Section(section, where)
    dims = SourceFilterDims(
        channels=channels,
        speaker_channels=speaker_channels,
        rate=read.whole("sampling_rate"),
        frame_samples=read.whole("hop_length"),
        width=read.whole("width"),
        hidden=read.whole("hidden"),
        blocks=read.whole("blocks"),
        pitch_width=read.whole("pitch_width"),
        pitch_blocks=read.whole("pitch_blocks"),
        minimum_phase=read.whole("minimum_phase"),
        maximum_phase=read.whole("maximum_phase"),
        noise_filter=read.whole("noise_filter"),
    )
    read.must(dims.rate <= MOST_RATE, "sampling_rate", f"at most {MOST_RATE}")
    read.must(dims.frame_samples <= MOST_SAMPLES, "hop_length", f"at most {MOST_SAMPLES}")
    read.must(dims.frame_samples % 4 == 0, "hop_length", "a multiple of 4")
    return dims
