"""Pitch of recordings, as targets of training."""

from __future__ import annotations

import pytest
import torch

from sbv2cli.training.data.pitch import pitch

RATE, HOP = 24000, 300


def buzz(hertz):
    phase = 2 * torch.pi * hertz * torch.arange(RATE) / RATE
    return 0.1 * sum(torch.sin(n * phase) / n for n in range(1, 9))


@pytest.mark.parametrize("hertz", [80.0, 180.0, 285.0, 470.0])
def test_pitch_of_a_buzz(hertz):
    found, voiced = pitch(buzz(hertz)[None], RATE, HOP)
    assert found.shape == voiced.shape == (1, RATE // HOP)
    assert voiced[:, 3:-3].all()
    torch.testing.assert_close(found[:, 3:-3].exp(), torch.full((1, 74), hertz), rtol=3e-3, atol=0)


def test_noise_and_silence_are_not_voiced():
    generator = torch.Generator().manual_seed(0)
    noise = 0.1 * torch.randn(1, RATE, generator=generator)
    assert pitch(noise, RATE, HOP)[1].float().mean() < 0.05
    log_hertz, voiced = pitch(torch.zeros(1, RATE), RATE, HOP)
    assert not voiced.any()
    assert log_hertz.isfinite().all()
