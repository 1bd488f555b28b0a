"""What every converter is asked and answers. Imports no torch and no onnx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SIGNATURES = ("both", "published", "own")


@dataclass(frozen=True, slots=True, kw_only=True)
class AivmMetadata:
    """What a person says about a voice, for an AIVM manifest; nothing said leaves what is there."""

    name: str | None = None
    description: str | None = None
    creators: tuple[str, ...] = ()
    licence: str | None = None  # the whole text
    icon: bytes | None = None  # PNG or JPEG
    version: str | None = None  # of the voice
    like: Path | None = None  # a former file of the same voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may ask of a converter; a format ignores what it does not know."""

    force: bool = False  # replace what is there already
    signature: str = "both"  # onnx: of SIGNATURES, which graphs to write
    quantize: bool = False  # onnx: weights of matrices in 8 bits
    metadata: AivmMetadata = field(
        default_factory=AivmMetadata
    )  # aivm, aivmx: what the voice is called


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was written, and how near it is to the network."""

    files: tuple[Path, ...]
    worst: Mapping[str, float] = field(default_factory=dict)  # what was compared -> difference
    warnings: tuple[str, ...] = ()  # what programs will do with it that nobody would expect
    facts: Mapping[str, Any] = field(default_factory=dict)  # anything else worth saying, as JSON
