"""Pitch of recordings, for networks that learn to hear it: normalised autocorrelation.

[B, S] samples -> [B, F] frames, whose middles are those of the spectrogram.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Of speaking voices, men and children among them.
LOWEST_HERTZ, HIGHEST_HERTZ = 60.0, 600.0
WINDOW_S = 0.05
QUIETEST = 1e-5  # mean square of what may be voiced: -50 dB
VOICED = 0.6  # correlation of a period with the next
# The first peak nearly as high as the highest one: multiples of a period correlate as well.
NEARLY = 0.9


@torch.no_grad()
def pitch(samples_BS: Tensor, rate: int, hop: int) -> tuple[Tensor, Tensor]:
    """Log hertz, and where it can be trusted."""
    size = int(rate * WINDOW_S) // 2 * 2
    shortest, longest = int(rate / HIGHEST_HERTZ), int(rate / LOWEST_HERTZ)
    scores_BFL, loud_BF = _correlations(samples_BS, hop, size, longest + 2)
    inside = scores_BFL[..., shortest : longest + 1]
    best_BF = inside.amax(dim=-1)
    peaks = (
        (inside >= scores_BFL[..., shortest - 1 : longest])
        & (inside >= scores_BFL[..., shortest + 1 : longest + 2])
        & (inside >= NEARLY * best_BF[..., None])
    )
    first_BF1 = peaks.int().argmax(dim=-1, keepdim=True) + shortest
    before, here, after = (scores_BFL.gather(-1, first_BF1 + step)[..., 0] for step in (-1, 0, 1))
    # The top of the parabola through three points.
    bend = (before - 2 * here + after).clamp_max(-1e-9)
    shift = (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
    voiced_BF = loud_BF & peaks.any(dim=-1) & (best_BF > VOICED)
    return torch.log(rate / (first_BF1[..., 0] + shift)), voiced_BF


def _correlations(samples_BS: Tensor, hop: int, size: int, lags: int) -> tuple[Tensor, Tensor]:
    """[B, F, lags] correlation of each window with itself later, and whether it is loud."""
    frames, edge = samples_BS.shape[1] // hop, (size - hop) // 2
    windows = functional.pad(samples_BS.float(), (edge, edge + hop)).unfold(1, size, hop)
    windows = windows[:, :frames]
    windows = windows - windows.mean(dim=-1, keepdim=True)
    transform = 1 << (2 * size - 1).bit_length()
    products = torch.fft.irfft(torch.fft.rfft(windows, transform).abs().square())[..., :lags]
    energy = functional.pad(windows.double().square().cumsum(dim=-1), (1, 0))
    lag = torch.arange(lags, device=samples_BS.device)
    both = energy[..., size - lag] * (energy[..., -1:] - energy[..., lag])
    scores = products / both.clamp_min(1e-12).sqrt().float()
    return scores, windows.square().mean(dim=-1) > QUIETEST
