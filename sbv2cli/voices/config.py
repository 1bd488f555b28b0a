"""`config.json` of a voice -> VoiceConfig.

Knows every shape that the file has had (1.x, 2.x, JP-Extra; VITS of 2021) and the published
defaults for keys that are missing. Unknown keys are ignored: training tools write many that
speaking does not need.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sbv2cli.errors import VoiceError
from sbv2cli.voices import symbol_tables
from sbv2cli.voices.symbol_tables import SymbolTable

JP_EXTRA = "sbv2_jp_extra"
MULTILINGUAL = "sbv2_multilingual"
VITS = "vits"
VERSION_IF_MISSING = "2.0-JP-Extra"

# Published defaults. The flow depth is no key of the file: it follows from the architecture.
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
# Of the code of 2021, where it differs.
VITS_NETWORK_DEFAULTS: Mapping[str, Any] = {
    **NETWORK_DEFAULTS,
    "upsample_rates": [8, 8, 2, 2],
    "upsample_kernel_sizes": [16, 16, 4, 4],
    "gin_channels": 0,
    "use_transformer_flow": False,
    "use_sdp": True,
}
VITS_DATA_DEFAULTS: Mapping[str, Any] = {
    **DATA_DEFAULTS,
    "sampling_rate": 22050,
    "filter_length": 1024,
    "hop_length": 256,
    "win_length": 1024,
    "n_mel_channels": 80,
    "n_speakers": 0,
}
# Keys of `data` that only voices with styles have.
STYLE_KEYS = frozenset({"style2id", "num_styles", "use_jp_extra", "spk2id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceConfig:
    """What speaking needs to know of a voice, with every default filled in."""

    name: str
    version: str
    architecture: str  # a row of models.ARCHITECTURES
    rate: int  # samples per second
    frame_samples: int  # samples per frame
    add_blank: bool
    speakers: Mapping[str, int]  # name -> row of the speaker table
    speaker_count: int
    styles: Mapping[str, int]  # name -> row of the style vectors
    network: Mapping[str, Any]  # the `model` section with defaults; models/ gives it types
    needs_bert: bool  # False where the optional key `sbv2cli.bert` says "none"
    licence: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)  # the `data` section with defaults
    symbols: SymbolTable | None = None  # of voices that bring their own; `None` also where unknown

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that the voice was built for; all where only its symbols say."""
        if self.symbols is not None and self.symbols.spelling is not None:
            return (self.symbols.spelling.language,)
        return ("ja",) if self.architecture == JP_EXTRA else ("ja", "en", "zh")

    @property
    def has_styles(self) -> bool:
        """Whether a style can be heard at all."""
        return self.architecture != VITS


def parse(text: str, *, where: str) -> VoiceConfig:
    """Read a `config.json`; `where` is named in errors."""
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise _not_json(error.msg, f"{where}:{error.lineno}:{error.colno}") from None
    except RecursionError:
        raise _not_json("nested too deeply", where) from None
    if not isinstance(raw, dict):
        raise _wrong("the whole file", raw, "an object", where)
    if _is_vits(raw, where):
        return _parse_vits(raw, where)
    data = {**DATA_DEFAULTS, **_section(raw, "data", where)}
    network = {**NETWORK_DEFAULTS, **_section(raw, "model", where)}
    ours = _section(raw, "sbv2cli", where)
    version = raw.get("version", VERSION_IF_MISSING)
    if not isinstance(version, str):
        raise _wrong("version", version, "a text", where)
    count = _positive(data, "n_speakers", where, least=0)
    if count == 0:
        raise VoiceError(
            "voice.no-speakers",
            "the voice has no speaker table (n_speakers is 0); it expects a recording at run time",
            at=where,
            hint="use a voice with at least one speaker",
        )
    styles = _names(data, "style2id", where)
    return VoiceConfig(
        name=str(raw.get("model_name") or ""),
        version=version,
        architecture=JP_EXTRA if version.endswith("JP-Extra") else MULTILINGUAL,
        rate=_positive(data, "sampling_rate", where),
        frame_samples=_positive(data, "hop_length", where),
        add_blank=bool(data["add_blank"]),
        speakers=_names(data, "spk2id", where),
        speaker_count=count,
        styles=styles,
        network=network,
        needs_bert=ours.get("bert", "published") != "none",
        licence=ours.get("licence") if isinstance(ours.get("licence"), str) else None,
        data=data,
    )


def _is_vits(raw: Mapping[str, Any], where: str) -> bool:
    """VITS configurations carry no version; they name the cleaners of their text, or symbols."""
    data = _section(raw, "data", where)
    named = "text_cleaners" in data or "symbols" in raw
    return "version" not in raw and named and not STYLE_KEYS & data.keys()


def _parse_vits(raw: Mapping[str, Any], where: str) -> VoiceConfig:
    data = {**VITS_DATA_DEFAULTS, **_section(raw, "data", where)}
    network = {**VITS_NETWORK_DEFAULTS, **_section(raw, "model", where)}
    ours = _section(raw, "sbv2cli", where)
    count = _positive(data, "n_speakers", where, least=0)
    if count == 0:
        # Layers for a speaker that nobody ever chose are not in the network.
        network["gin_channels"] = 0
    if count > 1 and network["gin_channels"] == 0:
        raise _wrong("gin_channels", 0, f"at least 1 for {count} speakers", where)
    cleaner = cleaner_of(data)
    table = None
    if raw.get("symbols"):
        table = SymbolTable(
            symbols=symbol_tables.parse(raw["symbols"], where), where=where, cleaner=cleaner
        )
    elif cleaner is not None and cleaner in symbol_tables.PUBLISHED:
        table = SymbolTable(
            symbols=symbol_tables.PUBLISHED[cleaner],
            where=f"voices of {cleaner}",
            cleaner=cleaner,
        )
    return VoiceConfig(
        name=str(raw.get("model_name") or ""),
        version="",
        architecture=VITS,
        rate=_positive(data, "sampling_rate", where),
        frame_samples=_positive(data, "hop_length", where),
        add_blank=bool(data["add_blank"]),
        speakers=_vits_speakers(raw, where),
        speaker_count=max(1, count),
        styles={"Neutral": 0},
        network=network,
        needs_bert=False,
        licence=ours.get("licence") if isinstance(ours.get("licence"), str) else None,
        data=data,
        symbols=table,
    )


def cleaner_of(data: Mapping[str, Any]) -> str | None:
    """The cleaner that the text went through, where it was a single one."""
    cleaners = data.get("text_cleaners")
    only = cleaners[0] if isinstance(cleaners, list) and len(cleaners) == 1 else None
    return only if isinstance(only, str) else None


def _vits_speakers(raw: Mapping[str, Any], where: str) -> dict[str, int]:
    """Names of speakers, as later tools write them: a list in order, or names with numbers."""
    names = raw.get("speakers", {})
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        names = {name: index for index, name in enumerate(names)}
    return _names({"speakers": names}, "speakers", where)


def _not_json(why: str, at: str) -> VoiceError:
    return VoiceError(
        "voice.config-json",
        f"config.json is not JSON: {why[:1].lower()}{why[1:]}",
        at=at,
        hint="copy the file again from where the voice came from",
    )


def _section(raw: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    section = raw.get(name, {})
    if not isinstance(section, dict):
        raise _wrong(name, section, "an object", where)
    return {key: value for key, value in section.items() if value is not None}


def _positive(section: Mapping[str, Any], key: str, where: str, *, least: int = 1) -> int:
    value = section[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _wrong(key, value, f"a whole number of at least {least}", where)
    return value


def _names(section: Mapping[str, Any], key: str, where: str) -> dict[str, int]:
    names = section.get(key, {})
    if not isinstance(names, dict) or not all(
        isinstance(index, int) and index >= 0 for index in names.values()
    ):
        raise _wrong(key, names, "an object of names and numbers", where)
    return dict(names)


def _wrong(key: str, value: object, wanted: str, where: str) -> VoiceError:
    shown = json.dumps(value, ensure_ascii=False, default=str)[:60]
    return VoiceError(
        "voice.config",
        f'"{key}" is {shown}, wanted {wanted}',
        at=where,
        hint="copy the file again from where the voice came from",
    )
