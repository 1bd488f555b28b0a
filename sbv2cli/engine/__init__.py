"""One voice on one device: utterances in, sounds or failures out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A backend as lists show it; nothing is imported for that."""

    place: str  # "module:BACKEND"
    package: str  # what runs the network
    install: str  # the way to get it
    precisions: tuple[str, ...]


BACKENDS: Mapping[str, Row] = {
    "torch": Row(
        "sbv2cli.engine.torch.backend:BACKEND",
        "torch",
        "pip install torch, or convert the voice where torch is: sbv2 voices convert",
        ("fp32", "tf32", "bf16", "fp16"),
    ),
    "onnx": Row(
        "sbv2cli.engine.onnx.backend:BACKEND",
        "onnxruntime",
        "pip install 'sbv2cli[onnx]'",
        ("fp32",),
    ),
}

PRECISIONS = tuple(dict.fromkeys(name for row in BACKENDS.values() for name in row.precisions))
"""What some backend computes in."""
