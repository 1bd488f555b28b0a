"""`.aivm` and `.aivmx`: a voice in one file, its configuration, styles and manifest as metadata.

An `.aivm` file is a safetensors file and an `.aivmx` file an ONNX file, each with three texts of
these names beside the weights. Neither the weights nor the graph are read here.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sbv2cli.errors import VoiceError
from sbv2cli.voices.aivm import manifest as aivm_manifest
from sbv2cli.voices.aivm import onnx_file
from sbv2cli.voices.aivm.manifest import Manifest

AIVM, AIVMX = ".aivm", ".aivmx"
SUFFIXES = (AIVM, AIVMX)

MANIFEST = "aivm_manifest"
CONFIG = "aivm_hyper_parameters"
STYLES = "aivm_style_vectors"
KEYS = frozenset({MANIFEST, CONFIG, STYLES})

MANIFEST_FILE = "aivm_manifest.json"
"""The manifest in a folder that was an AIVM or AIVMX file; it is taken up again from there."""

# A header of this many bytes would hold half a million tensors; more is a broken file.
HEADER_LIMIT = 100_000_000

_HINT = "export the voice again with a current AIVM tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aivm:
    """What an `.aivm` or `.aivmx` file carries beside its weights."""

    path: Path
    config: str  # config.json, as text
    styles: bytes | None  # style_vectors.npy; may be missing by the specification
    manifest_text: str | None  # files of old tools have none, and speak all the same

    def manifest(self) -> Manifest | None:
        """Who made the voice, and under which names."""
        if self.manifest_text is None:
            return None
        return aivm_manifest.parse(self.manifest_text, where=f"{self.path} ({MANIFEST})")


def read(path: Path, file: BinaryIO | None = None) -> Aivm:
    """Everything beside the weights of an `.aivm` or `.aivmx` file.

    `file` is the file already open, wherever it is; then `path` is its name in errors alone.
    """
    if path.suffix == AIVMX:
        return _parts(path, onnx_file.metadata(path, file))
    return _parts(path, _texts(path, json_header(path, file)[0]))


def manifest_of(weights: Path) -> Manifest | None:
    """The manifest of a voice, from its one file or from beside its weights."""
    if weights.suffix in SUFFIXES:
        return read(weights).manifest()
    beside = weights.parent / MANIFEST_FILE
    return read_manifest(beside) if beside.is_file() else None


def read_manifest(path: Path) -> Manifest:
    """A manifest that is a file of its own."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise VoiceError(
            "voice.aivm-manifest",
            f"the manifest cannot be read: {why}",
            at=str(path),
            hint="give an .aivm or .aivmx file, or a manifest as JSON",
        ) from None
    return aivm_manifest.parse(text, where=str(path))


def is_aivm(path: Path) -> bool:
    """Whether a safetensors file carries a configuration, whatever its ending says."""
    try:
        return CONFIG in _texts(path, header(path))
    except VoiceError:
        return False


def header(path: Path) -> dict[str, Any]:
    """The JSON header of a safetensors file: names, shapes and metadata, without the weights."""
    return json_header(path)[0]


def json_header(path: Path, given: BinaryIO | None = None) -> tuple[dict[str, Any], int]:
    """The header of a safetensors file, and the place where its tensors begin."""
    try:
        with path.open("rb") if given is None else given as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            start = file.read(8)
            (length,) = struct.unpack("<Q", start) if len(start) == 8 else (0,)
            if not 2 <= length <= min(HEADER_LIMIT, size - 8):
                raise _broken(path, "its header is cut off or not safetensors")
            parsed = json.loads(file.read(length))
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from None
    except (ValueError, RecursionError):
        raise _broken(path, "its header is not JSON") from None
    if not isinstance(parsed, dict):
        raise _broken(path, "its header is not a JSON object")
    return parsed, 8 + length


def _texts(path: Path, header: Mapping[str, Any]) -> Mapping[str, str]:
    texts = header.get("__metadata__", {})
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise _broken(path, "its metadata is no table of texts")
    return texts


def _parts(path: Path, texts: Mapping[str, str]) -> Aivm:
    if CONFIG not in texts:
        raise VoiceError(
            "voice.aivm-metadata",
            f"the {path.suffix} file carries no {CONFIG}",
            at=str(path),
            hint=_HINT,
        )
    return Aivm(
        path=path,
        config=texts[CONFIG],
        styles=_styles(path, texts[STYLES]) if STYLES in texts else None,
        manifest_text=texts.get(MANIFEST),
    )


def _styles(path: Path, text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data.startswith(b"\x93NUMPY"):
        raise VoiceError(
            "voice.styles-file",
            f"the style vectors in the {path.suffix} file are not a numpy array in base64",
            at=str(path),
            hint=_HINT,
        )
    return data


def _broken(path: Path, why: str) -> VoiceError:
    return VoiceError(
        "voice.weights-broken",
        f'the weight file "{path.name}" cannot be read: {why}',
        at=str(path),
        hint="copy the file again from where the voice came from",
    )
