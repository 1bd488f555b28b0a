"""Spectrograms, windows and buckets."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.training.data import sampler, segments, spectrogram
from sbv2cli.training.data.spectrogram import SpectrogramSettings

SETTINGS = SpectrogramSettings(rate=16000, window=512, hop=128, mels=40)


def test_a_tone_is_where_it_belongs():
    t = torch.arange(16000) / 16000
    tone = torch.sin(2 * math.pi * 1000 * t)[None]
    linear = spectrogram.linear(tone, SETTINGS)
    assert linear.shape == (1, 257, 125)
    assert linear[0, :, 60].argmax() == 32
    bank = spectrogram.filter_bank(SETTINGS)
    assert spectrogram.mel(linear, SETTINGS)[0, :, 60].argmax() == bank[:, 32].argmax()


def test_a_sound_shorter_than_the_edge_is_measured_too():
    assert spectrogram.linear(torch.randn(1, 130), SETTINGS).shape[2] == 1


def test_what_is_kept_from_inference_serves_learning():
    settings = SpectrogramSettings(rate=16000, window=256, hop=64, mels=12)
    with torch.inference_mode():
        spectrogram.mel_of(torch.zeros(1, 1024), settings)
    samples = torch.randn(1, 1024, requires_grad=True)
    spectrogram.mel_of(samples, settings).sum().backward()
    assert samples.grad.abs().sum() > 0


def test_silence_has_a_finite_gradient():
    silence = torch.zeros(1, 2048, requires_grad=True)
    spectrogram.mel_of(silence, SETTINGS).sum().backward()
    assert torch.isfinite(silence.grad).all()


@pytest.mark.parametrize("highest", [None, 7600.0])
def test_each_filter_has_unit_area(highest):
    settings = SpectrogramSettings(rate=44100, window=8192, hop=512, mels=64, highest=highest)
    bank = spectrogram.filter_bank(settings)
    assert np.allclose(bank.sum(axis=1) * 44100 / 8192, 1, atol=0.1)


@given(st.integers(1, 50), st.integers(1, 20), st.floats(0, 1, width=32))
def test_windows_lie_inside_long_lines(length, size, draw):
    start = int(segments.starts(torch.tensor([length]), size, torch.tensor([draw]))[0])
    assert start >= 0
    if length >= size:
        assert start + size <= length
    else:
        assert start == 0


@given(
    st.lists(st.integers(1, 1200), min_size=1, max_size=80),
    st.integers(1, 6),
    st.integers(1, 3),
    st.integers(0, 5),
)
def test_every_clip_comes_in_every_epoch(lengths, batch_size, replicas, epoch):
    buckets = sampler.make_buckets(lengths, batch_size=batch_size, replicas=replicas)
    seen = [
        clip
        for rank in range(replicas)
        for batch in sampler.epoch_batches(buckets, epoch, rank)
        for clip in batch
    ]
    out = set(sampler.left_out(lengths))
    assert set(seen) == set(range(len(lengths))) - out
    assert len(seen) == buckets.batches_per_epoch * replicas * batch_size
    assert out == {i for i, n in enumerate(lengths) if n <= 32 or n > 1000}
