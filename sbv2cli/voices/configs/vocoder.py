"""Our own configuration of a vocoder: `vocoder` with kind and sizes, `data` with what it hears."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbv2cli.voices.configs import mel
from sbv2cli.voices.configs.section import section, wrong
from sbv2cli.voices.configs.vocoder_config import VocoderConfig


def recognise(raw: Mapping[str, Any]) -> bool:
    """Whether the file is one of these."""
    return "vocoder" in raw


def parse(raw: Mapping[str, Any], where: str) -> VocoderConfig:
    """Read the file; `where` is named in errors."""
    own = section(raw, "vocoder", where)
    kind = own.get("kind")
    if not isinstance(kind, str):
        raise wrong("kind", kind, "the name of a kind of vocoder", where)
    return VocoderConfig(kind=kind, section=own, mel=mel.of_data(section(raw, "data", where)))
