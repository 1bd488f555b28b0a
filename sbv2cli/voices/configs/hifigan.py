"""Configurations of the HiFi-GAN code of 2020 (V1, V2, V3, UNIVERSAL_V1): everything in one object.

Their spectrograms are natural logarithms of at least 1e-5, of roots of squares plus 1e-9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.voices.configs.mel import NATURAL, UNCHANGED, Mel
from sbv2cli.voices.configs.section import number, whole
from sbv2cli.voices.configs.vocoder_config import VocoderConfig

SIZES = (
    "resblock",
    "upsample_rates",
    "upsample_kernel_sizes",
    "upsample_initial_channel",
    "resblock_kernel_sizes",
    "resblock_dilation_sizes",
)


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    return {"upsample_rates", "resblock_kernel_sizes"} <= raw.keys()


def parse(raw: Mapping[str, Any], where: str) -> VocoderConfig:
    """Read the file; `where` is named in errors."""
    said = {key: value for key, value in raw.items() if value is not None}
    rate = whole(said, "sampling_rate", where)
    mel = Mel(
        rate=rate,
        hop=whole(said, "hop_size", where),
        bands=whole(said, "num_mels", where),
        fft=whole(said, "n_fft", where),
        window=whole(said, "win_size", where),
        lowest=number(said, "fmin", where, default=0),
        highest=number(said, "fmax", where, default=rate / 2),
        floor=1e-9,
        least=1e-5,
        log=NATURAL,
        normalisation=UNCHANGED,
    )
    section = {key: raw[key] for key in SIZES if key in raw}
    return VocoderConfig(kind="hifigan", section={**section, "standalone": True}, mel=mel)
