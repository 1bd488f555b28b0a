"""Law 2 for voices with a diffusion: neighbours and their steps change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_mel_voice
import tiny_voice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sbv2cli.engine.batching import Budget
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
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
    single = Engine(bundle, EngineSettings(device="cpu", threads=1))
    alone = {s.id: s for line in lines for s in single.speak([line])}
    together = Engine(bundle, EngineSettings(device="cpu", together=True))
    threads = Engine(bundle, EngineSettings(device="cpu", threads=2))
    return lines, alone, together, threads


@given(
    order=st.permutations(range(LINES)),
    count=st.integers(1, LINES),
    length=st.integers(10, 3000),
    most=st.integers(1, LINES),
)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_samples_are_batch_invariant(voice, order, count, length, most):
    lines, alone, together, threads = voice
    chosen = [lines[position] for position in order[:count]]
    together.budget = Budget(length=length, lines=most)
    together.worker.plan_lines = most
    for engine in (together, threads):
        for sound in engine.speak(chosen):
            expected = alone[sound.id]
            assert np.array_equal(sound.phone_frames, expected.phone_frames)
            np.testing.assert_allclose(sound.samples, expected.samples, rtol=0, atol=BOUND)


def test_lines_are_no_silence_and_differ(voice):
    _, alone, _, _ = voice
    assert all(0.01 < np.abs(sound.samples).max() < 1 for sound in alone.values())


def test_what_hears_a_neighbours_window_is_found(voice, monkeypatch):
    # The property must be able to fail: statistics over all frames, or no mask in the denoiser.
    lines, alone, together, _ = voice
    together.budget = Budget(length=10**6, lines=LINES)
    monkeypatch.setattr("sbv2cli.engine.batching.RATIO", 1000.0)
    monkeypatch.setattr("sbv2cli.models.grad_tts.model.windows", without_windows)
    monkeypatch.setattr("sbv2cli.models.diff_tts.denoiser.masked", lambda x, _: x)
    worst = max(
        float(np.abs(sound.samples - alone[sound.id].samples).max())
        for sound in together.speak(lines)
    )
    assert worst > 1e-3


def without_windows(lengths_B, size, multiple):
    return replace(windows.windows(lengths_B, size, multiple), inside=None)
