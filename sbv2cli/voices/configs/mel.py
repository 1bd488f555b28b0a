"""What a mel spectrogram is made with: acoustic model and vocoder must mean the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

# Our name -> the key of a published `data` section, or ours where there is none.
KEYS: Mapping[str, str] = {
    "rate": "sampling_rate",
    "hop": "hop_length",
    "bands": "n_mel_channels",
    "fft": "filter_length",
    "window": "win_length",
    "lowest": "mel_fmin",
    "highest": "mel_fmax",
    "floor": "mel_floor",
    "least": "mel_least",
    "log": "mel_log",
    "normalisation": "mel_normalisation",
    "preemphasis": "preemphasis",
}

# Added to squares by the VITS family. HiFi-GAN alone has 1e-9: silence is 1.6 less in the log mel.
VITS_FLOOR = 1e-6

NATURAL, UNCHANGED = "log", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mel:
    """`None`: the configuration does not say, and nobody can disagree with it."""

    rate: int | None = None  # samples a second
    hop: int | None = None  # samples a frame
    bands: int | None = None
    fft: int | None = None  # samples
    window: int | None = None  # samples
    lowest: float | None = None  # Hz
    highest: float | None = None  # Hz
    floor: float | None = None  # added to the squares before the root
    least: float | None = None  # what the logarithm is taken of at least
    log: str | None = None  # `NATURAL`, or another logarithm and its factor: "20 log10"
    normalisation: str | None = None  # of the logarithm, in words; `UNCHANGED`: there is none
    preemphasis: float | None = None  # share of each sample that is taken off the next one

    def differences(self, other: Mel) -> list[str]:
        """What the two disagree about, in words."""
        return [
            f"{KEYS[field.name]} is {theirs} and {ours}"
            for field in fields(self)
            if None not in (ours := getattr(self, field.name), theirs := getattr(other, field.name))
            and ours != theirs
        ]


def of_data(data: Mapping[str, Any]) -> Mel:
    """From a `data` section with published keys."""
    return Mel(**{name: data.get(key) for name, key in KEYS.items()})
