"""What the tool tells of two sounds, and of a voice."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_voice
import torch

from sbv2cli.engine.torch.cpu import convolution
from tools import bench_precision


def sound(seed=0, length=6000):
    return np.random.default_rng(seed).standard_normal(length).astype(np.float32)


@pytest.mark.parametrize("share", [0.1, 0.001])
def test_noise_of_a_known_share_is_told_in_decibels(share):
    told = bench_precision.signal_to_noise(sound() + share * sound(1), sound())
    assert told == pytest.approx(-20 * np.log10(share), abs=0.3)


def test_a_louder_sound_is_apart_by_its_gain():
    assert bench_precision.spectral_distance(sound(), sound()) == 0
    assert bench_precision.spectral_distance(2 * sound(), sound()) == pytest.approx(6.02, abs=0.1)


def test_lines_of_another_length_do_not_count():
    reference = {"a": sound(), "b": sound(2)}
    told = bench_precision.compared({"a": sound() + 0.1 * sound(1), "b": sound(2, 10)}, reference)
    assert (told["lines"], told["of_equal_length"]) == (2, 1)
    assert told["least_snr_db"] == pytest.approx(20, abs=0.5)


def test_a_voice_is_told_in_every_precision_that_it_has(tmp_path):
    told = bench_precision.measured(tiny_voice.write(tmp_path / "hana"), 2, "cpu")
    rows = told["precisions"]
    assert rows["tf32"] == rows["fp16"] == {"refused": "precision.missing"}
    text = bench_precision.table([told])
    if convolution.can_pack(torch.bfloat16):
        assert rows["bf16"]["of_equal_length"] == 2
        assert rows["bf16"]["least_snr_db"] > 25
        assert "| hana | `bf16` |" in text
    else:
        assert rows["bf16"] == {"refused": "precision.missing"}
