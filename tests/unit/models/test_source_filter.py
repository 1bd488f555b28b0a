"""The source-filter vocoder: what is known of its parts, and padded lines beside lone ones."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.models.vocoder.source_filter import filters, source
from sbv2cli.models.vocoder.source_filter.vocoder import build

RATE, HOP = 16000, 8
SECTION = {
    "sampling_rate": RATE,
    "hop_length": HOP,
    "width": 8,
    "hidden": 12,
    "blocks": 2,
    "pitch_width": 6,
    "pitch_blocks": 1,
    "minimum_phase": 4,
    "maximum_phase": 2,
    "noise_filter": 3,
}


@pytest.fixture(scope="module")
def vocoder():
    torch.manual_seed(0)
    found = build(SECTION, 5, 3, "here").eval()
    for parameter in found.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    with torch.no_grad():
        found.filters.out.bias.view(2, -1)[:, [0, 6]] = -3.0
    return found


@pytest.mark.parametrize("hertz", [100.0, 187.0, 401.5])
def test_pulses_are_the_multiples_of_the_pitch_and_nothing_else(hertz):
    rate, hop, frames = 24000, 300, 160  # two seconds
    found = source.pulses(torch.full((1, frames), math.log(hertz)), rate, hop, None)[0]
    assert found.square().mean() == pytest.approx(1, abs=0.02)
    power = torch.fft.rfft(found.double() * torch.hann_window(len(found)).double()).abs().square()
    near = torch.zeros(len(power), dtype=torch.bool)
    for multiple in range(1, int(rate / 2 / hertz) + 1):
        place = round(multiple * hertz * 2)
        near[place - 4 : place + 5] = True
    assert power[~near].sum() < 1e-6 * power.sum()


def test_pulses_run_on_from_frame_to_frame():
    # 285 Hz is no multiple of the 80 frames a second.
    found = source.pulses(torch.full((1, 80), math.log(285.0)), 24000, 300, None)[0]
    period = 24000 / 285.0
    for turn in range(1, 280):
        first = found[: len(found) - 24000 % 300 - 300]
        place = round(turn * period)
        if place + 2 < len(first):
            assert first[place - 1 : place + 2].max() > 0.8 * found[:2].max()


def test_a_gain_of_one_changes_nothing():
    signal = torch.randn(1, 40 * 8)
    size = filters.transform_size(8)
    windows = torch.fft.irfft(torch.fft.rfft(filters.windowed(signal, 8), size), size)
    heard = filters.overlapped(windows, 8)
    # Half a window at each edge has no neighbour to overlap with.
    torch.testing.assert_close(heard[:, 4:-4], signal[:, 4:-4])


def test_a_cepstrum_is_a_gain_with_the_least_delay():
    # A pole: log(1 / (1 - a z^-1)) = sum of a^n z^-n / n.
    pole, size = 0.6, 64
    cepstrum = torch.tensor([0.0] + [pole**n / n for n in range(1, 30)])[None, None]
    none = torch.zeros(1, 1, 1)
    response, gain = filters.responses(cepstrum, none, none, size)
    answer = torch.fft.irfft(response, size)[0, 0]
    torch.testing.assert_close(answer[:8], pole ** torch.arange(8.0), atol=1e-4, rtol=0)
    torch.testing.assert_close(gain, torch.ones_like(gain))
    # The same at negative times comes before the pulse.
    backwards, _ = filters.responses(none, cepstrum[..., 1:], none, size)
    answer = torch.fft.irfft(backwards, size)[0, 0].roll(8)
    torch.testing.assert_close(answer[:9].flip(0), pole ** torch.arange(9.0), atol=1e-4, rtol=0)


@given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=4), seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_padding_changes_no_samples(vocoder, lengths, seed):
    generator = torch.Generator().manual_seed(seed)
    longest = max(lengths) + 3
    x = torch.randn(len(lengths), 5, longest, generator=generator)
    noise = torch.randn(len(lengths), HOP, longest, generator=generator)
    speaker = torch.randn(len(lengths), 3, 1, generator=generator)
    with torch.inference_mode():
        together = vocoder(x, torch.tensor(lengths), speaker, noise)
        for row, length in enumerate(lengths):
            one = slice(row, row + 1)
            alone = vocoder(x[one, :, :length], None, speaker[one], noise[one, :, :length])
            assert alone.shape == (1, 1, length * HOP)
            torch.testing.assert_close(
                together[row, 0, : length * HOP], alone[0, 0], atol=1e-5, rtol=0
            )
            assert not together[row, 0, length * HOP :].any()


def test_alike_frames_do_not_sound_alike(vocoder):
    # The comb at the frame rate: a network of frames alone could not tell these apart.
    x = torch.ones(1, 5, 60)
    with torch.inference_mode():
        made = vocoder(x, None, torch.zeros(1, 3, 1), torch.zeros(1, HOP, 60))[0, 0]
    frames = made.view(60, HOP)[20:40]
    assert (frames[1:] - frames[:-1]).abs().amax(dim=1).min() > 1e-3


def test_half_precision_leaves_the_pitch_alone(vocoder):
    from copy import deepcopy

    lowered = deepcopy(vocoder)
    assert lowered.lower(torch.bfloat16) is torch.float32
    x, speaker = torch.randn(1, 5, 40), torch.randn(1, 3, 1)
    with torch.inference_mode():
        exact, rough = vocoder.hear(x, speaker), lowered.hear(x, speaker)
    assert torch.equal(exact.log_hertz_BF, rough.log_hertz_BF)
    assert not torch.equal(exact.cepstra_BTQ, rough.cepstra_BTQ)
    torch.testing.assert_close(exact.cepstra_BTQ, rough.cepstra_BTQ, atol=0.1, rtol=0.1)
