"""Configurations of the Glow-TTS code of 2020: `train`, `data` and `model`.

English text is written in the published symbols. Voices that are learned here may have others: the
list `symbols`, with the cleaner that text went through, as plain VITS has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sbv2cli.voices.configs import mel_voice
from sbv2cli.voices.configs.mel import NATURAL, UNCHANGED, Mel
from sbv2cli.voices.configs.section import flag, number, section, speaker_names, text, whole, wrong
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols
from sbv2cli.voices.phonologies.phonology import Phonology
from sbv2cli.voices.phonologies.text_symbols import arpabet

# What the constructor of the published network has where a file says nothing.
NETWORK_DEFAULTS: Mapping[str, Any] = {
    "hidden_channels_enc": None,
    "hidden_channels_dec": None,
    "kernel_size": 3,
    "n_heads": 2,
    "n_layers_enc": 6,
    "p_dropout": 0.0,
    "n_blocks_dec": 12,
    "kernel_size_dec": 5,
    "dilation_rate": 5,
    "n_block_layers": 4,
    "p_dropout_dec": 0.0,
    "n_speakers": 0,
    "gin_channels": 0,
    "n_split": 4,
    "n_sqz": 1,
    "sigmoid_scale": False,
    "window_size": None,
    "mean_only": False,
    "prenet": False,
}
DATA_DEFAULTS: Mapping[str, Any] = {
    "sampling_rate": 22050,
    "filter_length": 1024,
    "hop_length": 256,
    "win_length": 1024,
    "n_mel_channels": 80,
    "mel_fmin": 0.0,
    "add_blank": False,
}

# Channels of the speaker table that a new voice of several speakers gets.
SPEAKER_CHANNELS = 256


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    model = raw.get("model")
    return isinstance(model, dict) and "n_blocks_dec" in model


def parse(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    """Read the file; `where` is named in errors."""
    data = {**DATA_DEFAULTS, **section(raw, "data", where)}
    network = {**NETWORK_DEFAULTS, **section(raw, "model", where)}
    speakers = whole(network, "n_speakers", where, least=0)
    if speakers > 1 and not network["gin_channels"]:
        raise wrong("gin_channels", 0, f"at least 1 for {speakers} speakers", where)
    mel = _mel(data, where)
    return VoiceConfig(
        name=str(raw.get("model_name") or ""),
        version="",
        architecture="glow_tts",
        rate=whole(data, "sampling_rate", where),
        frame_samples=whole(data, "hop_length", where),
        add_blank=flag(data, "add_blank", where),
        speakers=speaker_names(raw, where),
        speaker_count=max(1, speakers),
        styles={"Neutral": 0},
        network={**network, "out_channels": mel.bands, "durations": "log"},
        needs_bert=False,
        licence=text(section(raw, "sbv2cli", where), "licence"),
        data=data,
        phonology=_phonology(raw, data, where),
        has_styles=False,
        mel=mel,
    )


def with_names(raw: Mapping[str, Any], speakers: Sequence[str], _: Sequence[str]) -> dict[str, Any]:
    """The file with the names of its speakers; there are no styles, and one alone has no table."""
    model = dict(raw["model"])
    if len(speakers) > 1:
        model["gin_channels"] = model.get("gin_channels") or SPEAKER_CHANNELS
    model["n_speakers"] = len(speakers) if len(speakers) > 1 else 0
    return {**raw, "model": model, "speakers": list(speakers)}


def _mel(data: Mapping[str, Any], where: str) -> Mel:
    """Natural logarithms of at least 1e-5, of magnitudes with nothing added.

    A vocoder that heard 1e-9 below its roots agrees: in silence both have the least value.
    """
    rate = whole(data, "sampling_rate", where)
    return Mel(
        rate=rate,
        hop=whole(data, "hop_length", where),
        bands=whole(data, "n_mel_channels", where),
        fft=whole(data, "filter_length", where),
        window=whole(data, "win_length", where),
        lowest=number(data, "mel_fmin", where),
        highest=number(data, "mel_fmax", where, default=rate / 2),
        floor=number(data, "mel_floor", where) if "mel_floor" in data else None,
        least=1e-5,
        log=NATURAL,
        normalisation=UNCHANGED,
    )


def _phonology(raw: Mapping[str, Any], data: Mapping[str, Any], where: str) -> Phonology:
    if raw.get("symbols"):
        return OwnSymbols(table=mel_voice.table(raw, data, where))
    return arpabet(blanks=flag(data, "add_blank", where), dictionary="cmudict_path" in data)
