"""Float to integers: recorded vectors of the reference, and our own rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sbv2cli.audio import pcm


def test_reference_rule_equals_the_recorded_vectors(golden: Path) -> None:
    recorded = np.load(golden / "model/dev/modules/pcm16.npz")
    cases = [name for name in recorded.files if name.startswith("out")]
    assert len(cases) >= 4
    for case in cases:
        given = recorded[case.replace("out", "in")]
        assert np.array_equal(pcm.reference_pcm16(given), recorded[case]), case


def test_reference_rule_returns_silence_for_silence() -> None:
    assert pcm.reference_pcm16(np.zeros(4, np.float32)).tolist() == [0, 0, 0, 0]


def test_reference_rule_refuses_what_the_reference_overflows_on() -> None:
    with pytest.raises(TypeError, match="uint8"):
        pcm.reference_pcm16(np.zeros(2, np.uint8))


def test_sixteen_bits_round_and_clip() -> None:
    samples = np.array([0, 1, -1, 1.5, -1.5, 0.5, 1e-5], np.float32)
    assert pcm.to_int16(samples).tolist() == [0, 32767, -32767, 32767, -32768, 16384, 0]


def test_24_bits_are_packed_little_endian() -> None:
    samples = np.array([0, 1, -1], np.float32)
    assert pcm.packed_int24(samples) == bytes([0, 0, 0, 0xFF, 0xFF, 0x7F, 1, 0, 0x80])
