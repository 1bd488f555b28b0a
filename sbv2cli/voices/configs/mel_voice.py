"""What configurations of voices that make mel spectrograms have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sbv2cli.voices.configs import mel
from sbv2cli.voices.configs.diffusion import Diffusion
from sbv2cli.voices.configs.mel import NATURAL, UNCHANGED
from sbv2cli.voices.configs.section import flag, section, speaker_names, text, whole
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies import symbol_table
from sbv2cli.voices.phonologies.phonology import Phonology
from sbv2cli.voices.phonologies.symbol_table import SymbolTable

# The published spectrogram of HiFi-GAN and of all that speak through it.
DATA_DEFAULTS: Mapping[str, Any] = {
    "sampling_rate": 22050,
    "filter_length": 1024,
    "hop_length": 256,
    "win_length": 1024,
    "n_mel_channels": 80,
    "mel_fmin": 0.0,
    "mel_fmax": 8000.0,
    "mel_floor": 1e-9,
    "mel_least": 1e-5,
    "mel_log": NATURAL,
    "mel_normalisation": UNCHANGED,
    "add_blank": True,
}


def with_diffusion(  # noqa: PLR0913 - what its two families differ in
    raw: Mapping[str, Any],
    data: Mapping[str, Any],
    network: Mapping[str, Any],
    where: str,
    *,
    architecture: str,
    speaker_count: int,
    phonology: Phonology,
    diffusion: Diffusion,
) -> VoiceConfig:
    """A voice without styles that makes its spectrograms of noise, step by step."""
    return VoiceConfig(
        name=text(raw, "model_name") or "",
        version="",
        architecture=architecture,
        rate=whole(data, "sampling_rate", where),
        frame_samples=whole(data, "hop_length", where),
        add_blank=flag(data, "add_blank", where),
        speakers=speaker_names(raw, where),
        speaker_count=speaker_count,
        styles={"Neutral": 0},
        has_styles=False,
        network=network,
        phonology=phonology,
        needs_bert=False,
        licence=text(section(raw, "sbv2cli", where), "licence"),
        data=data,
        mel=mel.of_data(data),
        diffusion=diffusion,
    )


def table(raw: Mapping[str, Any], data: Mapping[str, Any], where: str) -> SymbolTable | None:
    """The symbols that the file lists, else those that its cleaner was published with."""
    cleaner = symbol_table.cleaner_of(data)
    if raw.get("symbols"):
        listed = symbol_table.parse(raw["symbols"], where)
        return SymbolTable(symbols=listed, where=where, cleaner=cleaner)
    if cleaner is not None and cleaner in symbol_table.PUBLISHED:
        published = symbol_table.PUBLISHED[cleaner]
        return SymbolTable(symbols=published, where=f"voices of {cleaner}", cleaner=cleaner)
    return None


def with_names(raw: Mapping[str, Any], speakers: Sequence[str], count: str) -> dict[str, Any]:
    """A new voice's file with its speakers; key `count` of the model section tells how many."""
    model = {**raw["model"], count: max(1, len(speakers))}
    return {**raw, "model": model, "speakers": list(speakers)}
