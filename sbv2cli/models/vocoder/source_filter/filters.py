"""Filters that change with time, given by their cepstra, and applied to overlapping windows.

F frame, T window (two to a frame), Q coefficient of a cepstrum, K bin of a spectrum.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

PER_FRAME = 2
"""Windows to a frame: half a frame is 6 ms at the usual 80 frames a second."""
LOUDEST = 4.0  # logarithm of a gain; far above speech, far below overflow


def transform_size(frame_samples: int) -> int:
    """The power of two that holds a window and at least twice as much of the filter's answer."""
    return 1 << math.ceil(math.log2(3 * frame_samples))


def windowed(samples_BS: Tensor, frame_samples: int) -> Tensor:
    """[B, T, window]: Hann windows of a frame's length, two to a frame; together they are 1."""
    edge, step = frame_samples // 4, frame_samples // PER_FRAME
    windows_BTW = functional.pad(samples_BS, (edge, edge)).unfold(1, frame_samples, step)
    return windows_BTW * hann(frame_samples, samples_BS.device)


def overlapped(windows_BTW: Tensor, frame_samples: int) -> Tensor:
    """[B, S]: the sum of windows where they belong; what rings on past the end is cut."""
    lines, count, size = windows_BTW.shape
    step, edge = frame_samples // PER_FRAME, frame_samples // 4
    # Each window is a row of steps, and every step of it has its own place in the sum.
    steps = -(-size // step)
    rows = functional.pad(windows_BTW, (0, steps * step - size)).unflatten(2, (steps, step))
    sum_BT = windows_BTW.new_zeros(lines, count + steps - 1, step)
    for place in range(steps):
        sum_BT[:, place : place + count] += rows[:, :, place]
    return sum_BT.flatten(1)[:, edge : edge + count * step]


def responses(
    minimum_BTQ: Tensor, maximum_BTQ: Tensor, noise_BTQ: Tensor, size: int
) -> tuple[Tensor, Tensor]:
    """Complex response for pulses and gain for noise.

    A cepstrum at positive times is a filter of minimum phase, one at negative times of maximum
    phase: the sum of the two can be any filter.
    """
    causal, anticausal, gains = (
        waves(x.shape[-1], first, size, x.device)
        for x, first in ((minimum_BTQ, 0), (maximum_BTQ, 1), (noise_BTQ, 0))
    )
    log_gain_BTK = minimum_BTQ @ causal[0] + maximum_BTQ @ anticausal[0]
    phase_BTK = maximum_BTQ @ anticausal[1] - minimum_BTQ @ causal[1]
    pulses_BTK = torch.polar(log_gain_BTK.clamp(max=LOUDEST).exp(), phase_BTK)
    return pulses_BTK, (noise_BTQ @ gains[0]).clamp(max=LOUDEST).exp()


@lru_cache(maxsize=16)
def waves(count: int, first: int, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """[Q, K] cosines and sines: what a coefficient at each time does to a spectrum."""
    with torch.inference_mode(False):  # noqa: FBT003 - kept, and so used for training too
        bins = torch.arange(size // 2 + 1, dtype=torch.float64)
        times = torch.arange(first, first + count, dtype=torch.float64)
        angles = 2 * math.pi / size * times[:, None] * bins
        return angles.cos().float().to(device), angles.sin().float().to(device)


@lru_cache(maxsize=8)
def hann(size: int, device: torch.device) -> Tensor:
    """The window."""
    with torch.inference_mode(False):  # noqa: FBT003
        return torch.hann_window(size, device=device)
