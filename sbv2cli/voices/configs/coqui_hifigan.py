"""Configurations of vocoders of Coqui TTS, as far as they are HiFi-GANs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.errors import VoiceError
from sbv2cli.voices.configs import coqui_audio
from sbv2cli.voices.configs.section import section, whole
from sbv2cli.voices.configs.vocoder_config import VocoderConfig

GENERATOR = "hifigan_generator"

# Key of the generator -> that of the published layout.
SIZES: Mapping[str, str] = {
    "resblock_type": "resblock",
    "upsample_factors": "upsample_rates",
    "upsample_kernel_sizes": "upsample_kernel_sizes",
    "upsample_initial_channel": "upsample_initial_channel",
    "resblock_kernel_sizes": "resblock_kernel_sizes",
    "resblock_dilation_sizes": "resblock_dilation_sizes",
}

# Of the first and the last frame each, where the file does not say.
PADDING = 5


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    return "generator_model" in raw


def parse(raw: Mapping[str, Any], where: str) -> VocoderConfig:
    """Read the file; `where` is named in errors."""
    generator = section(raw, "generator_model_params", where)
    speakers = generator.get("cond_channels", 0)
    if raw["generator_model"] != GENERATOR or speakers:
        kind = f"a {raw['generator_model']}" + (" that hears speakers" if speakers else "")
        raise VoiceError(
            "voice.vocoder",
            f"the vocoder is {kind}, and this version knows the {GENERATOR} of one sound alone",
            at=where,
            hint="docs/reference/voices.md says which vocoders can be opened",
        )
    sizes = {ours: generator[theirs] for theirs, ours in SIZES.items() if theirs in generator}
    edge = whole({"inference_padding": PADDING, **generator}, "inference_padding", where, least=0)
    return VocoderConfig(
        kind="hifigan",
        section={**sizes, "standalone": True, "edge_frames": edge},
        mel=coqui_audio.read(raw, where),
    )
