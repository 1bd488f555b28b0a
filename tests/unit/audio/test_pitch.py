"""Pitch editing against the recorded vector of the reference."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from sbv2cli.audio import pitch

needs_world = pytest.mark.skipif(
    find_spec("pyworld") is None, reason="the extra `pitch` is not installed"
)


@needs_world
def test_equals_the_reference(golden: Path) -> None:
    cases = [
        case
        for case in json.loads((golden / "model/dev/index.json").read_text())
        if str(case.get("name", "")).startswith("pitch_adjust")
    ]
    assert cases
    for case in cases:
        recorded = np.load(golden / "model" / case["file"])
        got = pitch.adjust(
            recorded["wav"],
            case["fs"],
            factor=case["pitch_scale"],
            intonation=case["intonation_scale"],
        )
        assert got.shape == recorded["out"].shape
        assert np.abs(got - recorded["out"]).max() < 1e-3


@needs_world
def test_a_sound_without_pitch_is_returned_unchanged() -> None:
    silence = np.zeros(8000, np.float32)
    assert pitch.adjust(silence, 16000, factor=1.2, intonation=0.5) is silence


def test_nothing_asked_nothing_done() -> None:
    sound = np.ones(10, np.float32)
    assert pitch.adjust(sound, 16000, factor=1.0, intonation=1.0) is sound


def test_semitones() -> None:
    assert pitch.semitones(12) == 2.0
    assert pitch.semitones(0) == 1.0
