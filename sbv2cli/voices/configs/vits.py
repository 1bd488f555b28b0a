"""Configurations of the VITS code of 2021, and of those who went on from it.

They carry no version; they name the cleaners of their text, or their symbols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sbv2cli.records import Delivery
from sbv2cli.voices.configs import sbv2
from sbv2cli.voices.configs.section import flag, names, section, speaker_names, text, whole, wrong
from sbv2cli.voices.configs.voice_config import VoiceConfig
from sbv2cli.voices.phonologies import own_text, symbol_table
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols
from sbv2cli.voices.phonologies.symbol_table import SymbolTable

# Keys of `data` that only voices with styles have.
STYLE_KEYS = frozenset({"style2id", "num_styles", "use_jp_extra"})
SPEAKERS = "spk2id"

# Published defaults, where they differ from those that came after.
NETWORK_DEFAULTS: Mapping[str, Any] = {
    **sbv2.NETWORK_DEFAULTS,
    "upsample_rates": [8, 8, 2, 2],
    "upsample_kernel_sizes": [16, 16, 4, 4],
    "gin_channels": 0,
    "use_transformer_flow": False,
    "use_sdp": True,
}
DATA_DEFAULTS: Mapping[str, Any] = {
    **sbv2.DATA_DEFAULTS,
    "sampling_rate": 22050,
    "filter_length": 1024,
    "hop_length": 256,
    "win_length": 1024,
    "n_mel_channels": 80,
    "n_speakers": 0,
}

# What a voice may say of how it is to be spoken where nobody says more: `sbv2cli.defaults`.
DEFAULTS = ("speed", "noise", "noise_w")

# Channels of the speaker table that a new voice of several speakers gets (VCTK, 2021).
SPEAKER_CHANNELS = 256


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    data = raw.get("data", {})
    if not isinstance(data, dict) or "version" in raw or STYLE_KEYS & data.keys():
        return False
    # Some who went on from this code name speakers as voices with styles do, which name no cleaner.
    return "text_cleaners" in data or ("symbols" in raw and SPEAKERS not in data)


def parse(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    """Read the file; `where` is named in errors."""
    data = {**DATA_DEFAULTS, **section(raw, "data", where)}
    network = {**NETWORK_DEFAULTS, **section(raw, "model", where)}
    speakers = whole(data, "n_speakers", where, least=0)
    if speakers == 0:
        # Layers for a speaker that nobody ever chose are not in the network.
        network["gin_channels"] = 0
    if speakers > 1 and network["gin_channels"] == 0:
        raise wrong("gin_channels", 0, f"at least 1 for {speakers} speakers", where)
    ours = section(raw, "sbv2cli", where)
    return VoiceConfig(
        name=str(raw.get("model_name") or ""),
        version="",
        architecture="vits",
        rate=whole(data, "sampling_rate", where),
        frame_samples=whole(data, "hop_length", where),
        add_blank=flag(data, "add_blank", where),
        speakers=speaker_names(raw, where) or names(data, SPEAKERS, where),
        speaker_count=max(1, speakers),
        styles={"Neutral": 0},
        network=network,
        needs_bert=False,
        licence=text(ours, "licence"),
        defaults=_defaults(section(ours, "defaults", where), where),
        data=data,
        phonology=_phonology(
            _table(raw, symbol_table.cleaner_of(data), where),
            section(ours, own_text.KEY, where),
            where,
        ),
        has_styles=False,
    )


def plain(config: VoiceConfig) -> dict[str, Any]:
    """The file of a voice of another layout whose tensors have got their published names."""
    data = {key: config.data[key] for key in DATA_DEFAULTS if key in config.data}
    said = config.defaults
    defaults = {key: getattr(said, key) for key in DEFAULTS if getattr(said, key) is not None}
    ours: dict[str, Any] = {"defaults": defaults} if defaults else {}
    if isinstance(config.phonology, OwnSymbols):
        ours[own_text.KEY] = own_text.dump(config.phonology)
    if config.licence is not None:
        ours["licence"] = config.licence
    return {
        "model_name": config.name,
        "data": {
            **data,
            "sampling_rate": config.rate,
            "hop_length": config.frame_samples,
            "add_blank": config.add_blank,
            "n_speakers": config.speaker_count if config.network["gin_channels"] else 0,
            "text_cleaners": [],
        },
        "model": dict(config.network),
        "symbols": []
        if config.symbols is None
        else [symbol or None for symbol in config.symbols.symbols],
        "speakers": dict(config.speakers),
        "sbv2cli": ours,
    }


def _phonology(table: SymbolTable | None, said: Mapping[str, Any], where: str) -> OwnSymbols:
    symbols = () if table is None else table.symbols
    return OwnSymbols(
        table=table,
        text_rules=own_text.rules_of(said, symbols, where),
        alone=own_text.alone_of(said, where),
        edges=own_text.edges_of(said, where),
    )


def _defaults(said: Mapping[str, Any], where: str) -> Delivery:
    for key, value in said.items():
        lowest = 0.1 if key == "speed" else 0.0
        good = isinstance(value, int | float) and lowest <= value <= 10
        if key not in DEFAULTS or not good:
            wanted = f"a number from {lowest} to 10 for one of {', '.join(DEFAULTS)}"
            raise wrong(f"sbv2cli.defaults.{key}", value, wanted, where)
    return Delivery(**said)


def with_names(raw: Mapping[str, Any], speakers: Sequence[str], _: Sequence[str]) -> dict[str, Any]:
    """The file with the names of its speakers; there are no styles.

    One speaker alone needs no table, unless the file has one.
    """
    model = dict(raw["model"])
    if len(speakers) > 1 and not model.get("gin_channels"):
        model["gin_channels"] = SPEAKER_CHANNELS
    rows = len(speakers) if model.get("gin_channels") else 0
    data = {**raw["data"], "n_speakers": rows}
    return {**raw, "data": data, "model": model, "speakers": list(speakers)}


def _table(raw: Mapping[str, Any], cleaner: str | None, where: str) -> SymbolTable | None:
    """The symbols that the file lists, else those that its cleaner was published with."""
    if raw.get("symbols"):
        return SymbolTable(
            symbols=symbol_table.parse(raw["symbols"], where), where=where, cleaner=cleaner
        )
    if cleaner is not None and cleaner in symbol_table.PUBLISHED:
        return SymbolTable(
            symbols=symbol_table.PUBLISHED[cleaner],
            where=f"voices of {cleaner}",
            cleaner=cleaner,
        )
    return None
