"""Law 2 for voices with a diffusion: neighbours and their steps change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_mel_voice
import tiny_voice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from side_by_side import assert_as_alone, spoken, worst_in_one_batch

from sbv2cli.engine.batching import Budget
from sbv2cli.models.grad_tts import windows

LINES = 10
BOUND = 4e-5  # float32 on a CPU; frames come through a U-Net many times

VOICES = {
    "diff-tts": (tiny_mel_voice.opened_diff_tts, {}),
    "diff-tts, speakers, ddpm": (
        tiny_mel_voice.opened_diff_tts,
        {"speakers": 3, "model": {"eta": 1.0}},
    ),
    "grad-tts": (tiny_mel_voice.opened_grad_tts, {}),
    "grad-tts, speakers, sde": (
        tiny_mel_voice.opened_grad_tts,
        {"speakers": 3, "model": {"stoc": True}},
    ),
}


@pytest.fixture(scope="module", params=VOICES)
def voice(request, tmp_path_factory):
    opened, options = VOICES[request.param]
    bundle = opened(tmp_path_factory.mktemp("voice") / "tiny", **options)
    diffusion = bundle.config.diffusion
    lines = [
        replace(
            tiny_voice.utterance(bundle, number, phones=1 + 3 * number, seed=number % 3),
            steps=diffusion.nearest((2, 3, 5)[number % 3]),
            temperature=1 + number / 7,
        )
        for number in range(LINES)
    ]
    return spoken(bundle, lines)


@given(
    order=st.permutations(range(LINES)),
    count=st.integers(1, LINES),
    length=st.integers(10, 3000),
    most=st.integers(1, LINES),
)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_samples_are_batch_invariant(voice, order, count, length, most):
    assert_as_alone(voice, order[:count], Budget(length=length, lines=most), BOUND)


def test_lines_are_no_silence_and_differ(voice):
    sounds = [sound.samples for sound in voice.alone.values()]
    assert all(0.01 < np.abs(samples).max() < 1 for samples in sounds)
    assert len({samples.tobytes() for samples in sounds}) == LINES


def test_what_hears_a_neighbours_window_is_found(voice, monkeypatch):
    # The property must be able to fail: statistics over all frames, or no mask in the denoiser.
    monkeypatch.setattr("sbv2cli.models.grad_tts.model.windows", without_windows)
    monkeypatch.setattr("sbv2cli.models.diff_tts.denoiser.masked", lambda x, _: x)
    assert worst_in_one_batch(voice, monkeypatch) > 1e-3


def without_windows(lengths_B, size, multiple):
    return replace(windows.windows(lengths_B, size, multiple), inside=None)
