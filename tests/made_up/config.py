"""Its `config.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sbv2cli.voices.configs import mel
from sbv2cli.voices.configs.diffusion import Diffusion
from sbv2cli.voices.configs.section import section, whole
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols
from sbv2cli.voices.phonologies.symbol_table import PUBLISHED, SymbolTable


def recognise(raw: Mapping[str, Any]) -> bool:
    return "made_up" in raw


def parse(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    data = section(raw, "data", where)
    return VoiceConfig(
        name="",
        version="",
        architecture="made_up",
        rate=whole(data, "sampling_rate", where),
        frame_samples=whole(data, "hop_length", where),
        add_blank=False,
        speakers={},
        speaker_count=1,
        styles={"Neutral": 0},
        has_styles=False,
        network=section(raw, "made_up", where),
        phonology=OwnSymbols(table=_table(raw, where)),
        needs_bert=False,
        data=data,
        mel=mel.of_data(data),
        diffusion=_diffusion(section(raw, "made_up", where)),
    )


def with_names(raw: Mapping[str, Any], _: Sequence[str], __: Sequence[str]) -> dict[str, Any]:
    return dict(raw)


def _diffusion(network: Mapping[str, Any]) -> Diffusion | None:
    if "steps" not in network:
        return None
    return Diffusion(steps=network["steps"], possible=(1, 2, 4, 8), temperature=1.5)


def _table(raw: Mapping[str, Any], where: str) -> SymbolTable:
    cleaner = raw.get("cleaner")
    symbols = tuple("_abcdefg") if cleaner is None else PUBLISHED[cleaner]
    return SymbolTable(symbols=tuple(symbols), where=where, cleaner=cleaner)
