"""`config.json` of a voice -> VoiceConfig.

Knows every shape that the file has had (1.x, 2.x, JP-Extra) and the published defaults for keys
that are missing. Unknown keys are ignored: training tools write many that speaking does not need.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sbv2cli.errors import VoiceError

JP_EXTRA = "sbv2_jp_extra"
MULTILINGUAL = "sbv2_multilingual"
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

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that the voice was built for."""
        return ("ja",) if self.architecture == JP_EXTRA else ("ja", "en", "zh")


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
