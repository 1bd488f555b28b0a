"""Opens the voices of a run: by the backend that was asked for, or the one that speaks first.

To import torch takes longer than to say a sentence. So a voice may have its graphs beside its
weights, and where one line is waited for they speak.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli.engine import BACKENDS
from sbv2cli.engine.onnx import graph
from sbv2cli.errors import Sbv2Error
from sbv2cli.voices import bundle
from sbv2cli.voices.aivm import onnx_file

if TYPE_CHECKING:
    from sbv2cli.voices.bundle import Bundle

SOONEST = "soonest"
"""In the place of a backend: whichever has its first line ready first."""


def open_voice(path: Path, backend: str) -> Bundle:
    """A voice by a row of `engine.BACKENDS`, by "auto", or by `SOONEST`."""
    if backend != SOONEST:
        return bundle.open_bundle(path, backend=backend)
    usual = bundle.open_bundle(path)
    if usual.backend != "torch" or usual.config.needs_bert:
        return usual
    if find_spec(BACKENDS["onnx"].package) is None:
        return usual
    try:
        graphs = bundle.open_bundle(path, backend="onnx")
    except Sbv2Error:  # there are none
        return usual
    # A published graph draws other noise; graphs of other weights would be another voice.
    return graphs if not graphs.noise_inside and _made_from(graphs, usual) else usual


def _made_from(graphs: Bundle, usual: Bundle) -> bool:
    try:
        facts = graph.facts_of(onnx_file.metadata(graphs.weights), where=graphs.weights)
    except Sbv2Error:
        return False
    return bool(facts.get("bundle") == usual.fingerprint())
