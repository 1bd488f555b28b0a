"""`config.json` of a vocoder that has a folder of its own -> VocoderConfig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sbv2cli.errors import VoiceError
from sbv2cli.voices.configs import VOCODER_CONFIGS
from sbv2cli.voices.configs.section import HINT, parse_json, strange_values, wrong

if TYPE_CHECKING:
    from sbv2cli.voices.configs.mel import Mel


@dataclass(frozen=True, slots=True, kw_only=True)
class VocoderConfig:
    """What is known of a vocoder before it is built."""

    kind: str  # a row of models.VOCODERS
    section: Mapping[str, Any]  # its sizes; models/ gives them types
    mel: Mel  # what it was trained to hear


def parse(text: str, *, where: str) -> VocoderConfig:
    """Read the file by the first parser that knows it; `where` is named in errors."""
    try:
        raw = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise VoiceError(
            "voice.config-json", f"config.json is not JSON: {error}", at=where, hint=HINT
        ) from None
    if not isinstance(raw, dict):
        raise wrong("the whole file", raw, "an object", where)
    families = [import_module(name) for name in VOCODER_CONFIGS.values()]
    with strange_values(where):
        family = next((x for x in families if x.recognise(raw)), None)
    if family is None:
        raise VoiceError(
            "voice.vocoder",
            "config.json is of no vocoder that this version knows",
            at=where,
            hint='write what it is: {"vocoder": {"kind": "hifigan", ...}, "data": {...}}',
        )
    with strange_values(where):
        config: VocoderConfig = family.parse(raw, where)
    return config
