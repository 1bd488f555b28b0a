"""Samples -> linear spectrogram -> mel spectrogram, as every published voice was trained on.

The bank of mel filters is built from its formula (Slaney 1998: linear below 1 kHz, logarithmic
above, each filter of unit area), so that neither librosa nor torchaudio is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sbv2cli.voices.configs.mel import VITS_FLOOR

# Added to squares, it keeps the root differentiable where there is no sound.
POWER_FLOOR = VITS_FLOOR
# The logarithm of silence.
MEL_FLOOR = 1e-5

# Slaney's scale: 200/3 Hz per mel up to 1 kHz, then 27 mels per factor of 6.4.
LINEAR_HZ = 200.0 / 3
BREAK_HZ = 1000.0
BREAK_MEL = BREAK_HZ / LINEAR_HZ
LOG_STEP = math.log(6.4) / 27


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrogramSettings:
    """The `data` section of a configuration, as far as it concerns spectrograms."""

    rate: int
    window: int  # samples of the transform and of the Hann window (published: the same)
    hop: int
    mels: int
    lowest: float = 0.0
    highest: float | None = None  # Nyquist where not given
    power_floor: float = POWER_FLOOR

    @property
    def bins(self) -> int:
        """Rows of a linear spectrogram."""
        return self.window // 2 + 1


def linear(samples_BS: Tensor, settings: SpectrogramSettings) -> Tensor:
    """[B, S] -> magnitudes [B, bins, S // hop]."""
    edge = (settings.window - settings.hop) // 2
    # A sound shorter than the reflected edge has nothing to reflect.
    mode = "reflect" if samples_BS.shape[1] > edge else "constant"
    padded_BS = functional.pad(samples_BS[:, None], (edge, edge), mode=mode)[:, 0]
    spectrum_BCF = torch.stft(
        padded_BS,
        settings.window,
        settings.hop,
        window=_hann(settings.window, samples_BS.device, samples_BS.dtype),
        center=False,
        return_complex=True,
    )
    parts = torch.view_as_real(spectrum_BCF)
    return torch.sqrt(parts.square().sum(dim=-1) + settings.power_floor)


def mel(linear_BCF: Tensor, settings: SpectrogramSettings) -> Tensor:
    """Magnitudes -> log mel [B, mels, F]."""
    bank = _bank_on(settings, linear_BCF.device)
    with torch.autocast(linear_BCF.device.type, enabled=False):
        return torch.log((bank @ linear_BCF).clamp_min(MEL_FLOOR))


def mel_of(samples_BS: Tensor, settings: SpectrogramSettings) -> Tensor:
    """Samples -> log mel, always in float32: half precision has no room for the logarithm."""
    with torch.autocast(samples_BS.device.type, enabled=False):
        return mel(linear(samples_BS.float(), settings), settings)


def filter_bank(settings: SpectrogramSettings) -> np.ndarray:
    """[mels, bins] triangular filters of unit area."""
    highest = settings.highest or settings.rate / 2
    corners = _hz(np.linspace(_mel(settings.lowest), _mel(highest), settings.mels + 2))
    frequencies = np.linspace(0, settings.rate / 2, settings.bins)
    ramps = corners[:, None] - frequencies[None]
    widths = np.diff(corners)
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    areas = 2.0 / (corners[2:] - corners[:-2])
    return (np.clip(np.minimum(rising, falling), 0, None) * areas[:, None]).astype(np.float32)


def _mel(hz: float) -> float:
    if hz < BREAK_HZ:
        return hz / LINEAR_HZ
    return BREAK_MEL + math.log(hz / BREAK_HZ) / LOG_STEP


def _hz(mels: np.ndarray) -> np.ndarray:
    above = BREAK_HZ * np.exp(LOG_STEP * (mels - BREAK_MEL))
    return np.where(mels < BREAK_MEL, LINEAR_HZ * mels, above)


@lru_cache(maxsize=16)
def _bank_on(settings: SpectrogramSettings, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # noqa: FBT003 - kept, and so used for learning too
        return torch.from_numpy(filter_bank(settings)).to(device)


@lru_cache(maxsize=16)
def _hann(size: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    with torch.inference_mode(False):  # noqa: FBT003
        return torch.hann_window(size, device=device, dtype=dtype)
