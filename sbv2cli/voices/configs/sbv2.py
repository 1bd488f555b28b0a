"""Configurations of Style-Bert-VITS2, of every version (1.x, 2.x, JP-Extra).

Unknown keys are ignored: training tools write many that speaking does not need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sbv2cli.errors import VoiceError
from sbv2cli.voices.configs.section import flag, names, section, text, whole, wrong
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies.published import PublishedSymbols

VERSION_IF_MISSING = "2.0-JP-Extra"

# Voices that are not JP-Extra were trained with "n" for the moraic nasal.
MULTILINGUAL_ALIASES = {"N": "n"}

# Published defaults. The flow depth follows from the architecture, unless `flow_layers` is given.
NETWORK_DEFAULTS: Mapping[str, Any] = {
    "inter_channels": 192,
    "hidden_channels": 192,
    "filter_channels": 768,
    "n_heads": 2,
    "n_layers": 6,
    "kernel_size": 3,
    "p_dropout": 0.1,
    "resblock": "1",
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
    "upsample_rates": [8, 8, 2, 2, 2],
    "upsample_initial_channel": 512,
    "upsample_kernel_sizes": [16, 16, 8, 2, 2],
    "gin_channels": 512,
    "use_transformer_flow": True,
    "use_spk_conditioned_encoder": True,
}
DATA_DEFAULTS: Mapping[str, Any] = {
    "sampling_rate": 44100,
    "filter_length": 2048,
    "hop_length": 512,
    "win_length": 2048,
    "add_blank": True,
    "n_speakers": 1,
}


def recognise(_: Mapping[str, Any]) -> bool:
    """Whether the file is one of these: the oldest say nothing that others do not."""
    return True


def parse(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    """Read the file; `where` is named in errors."""
    data = {**DATA_DEFAULTS, **section(raw, "data", where)}
    ours = section(raw, "sbv2cli", where)
    version = raw.get("version", VERSION_IF_MISSING)
    if not isinstance(version, str):
        raise wrong("version", version, "a text", where)
    speakers = whole(data, "n_speakers", where, least=0)
    if speakers == 0:
        raise VoiceError(
            "voice.no-speakers",
            "the voice has no speaker table (n_speakers is 0); it expects a recording at run time",
            at=where,
            hint="use a voice with at least one speaker; a plain VITS has"
            ' "text_cleaners": ["japanese_cleaners2"], or another, in "data", and no "version"',
        )
    jp_extra = version.endswith("JP-Extra")
    return VoiceConfig(
        name=str(raw.get("model_name") or ""),
        version=version,
        architecture="sbv2_jp_extra" if jp_extra else "sbv2_multilingual",
        rate=whole(data, "sampling_rate", where),
        frame_samples=whole(data, "hop_length", where),
        add_blank=flag(data, "add_blank", where),
        speakers=names(data, "spk2id", where),
        speaker_count=speakers,
        styles=names(data, "style2id", where),
        network={**NETWORK_DEFAULTS, **section(raw, "model", where)},
        needs_bert=ours.get("bert", "published") != "none",
        licence=text(ours, "licence"),
        data=data,
        phonology=PublishedSymbols(languages=("ja",))
        if jp_extra
        else PublishedSymbols(languages=("ja", "en", "zh"), aliases=MULTILINGUAL_ALIASES),
        has_styles=True,
        mel_latent="mel" in (ours.get("latent"), section(raw, "train", where).get("posterior")),
        aivm="Style-Bert-VITS2 (JP-Extra)" if jp_extra else "Style-Bert-VITS2",
    )


def with_names(
    raw: Mapping[str, Any], speakers: Sequence[str], styles: Sequence[str]
) -> dict[str, Any]:
    """The file with the names of its speakers and styles, in the order of their rows."""
    named = {
        "use_jp_extra": str(raw.get("version", "")).endswith("JP-Extra"),
        "n_speakers": len(speakers),
        "spk2id": {name: index for index, name in enumerate(speakers)},
        "num_styles": len(styles),
        "style2id": {name: index for index, name in enumerate(styles)},
    }
    return {**raw, "data": {**raw["data"], **named}}
