"""The record that describes an architecture; a row of `models.ARCHITECTURES` names one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sbv2cli.models.layers.synthesizer import Synthesizer
from sbv2cli.models.vits.model import Vits
from sbv2cli.models.weights import TRAINING_ONLY, Rows

Network = Synthesizer | Vits
"""What an engine speaks with: `plan` (text, durations), then `render` (flow, decoder)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A network that can be built from a voice's configuration and filled from its weights."""

    name: str
    build: Callable[[Mapping[str, Any], tuple[int, int, int], int, str], Network]
    """`build(network section, counts of symbols, tones and languages, speakers, where)`"""
    names: Rows
    bert_slots: Mapping[str, int]  # language -> which projection its features go through
    learning_names: Rows = TRAINING_ONLY  # of tensors that only learning needs
    noisy_alignment: bool = True  # whether early alignments are blurred where nothing says so
