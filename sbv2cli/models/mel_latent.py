"""A latent that is a mel spectrogram: shifted, scaled, and with a floor under what is silence.

Vocoders that learned with it hear spectrograms of any voice, once they are brought into its range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from sbv2cli.models.section import Section

if TYPE_CHECKING:
    from torch import Tensor

# A logarithm of magnitudes; below it everything is silence, and differences would teach nothing.
QUIETEST = -8.5
# What brings speech of a peak near full scale about the origin: the same for all voices, so that
# halves of different runs fit together.
MIDDLE, WIDTH = -5.5, 2.0

KEY = "mel_input"
"""Of a vocoder's section: how it wants spectrograms, and in whose voice."""

FORMER_KEY = "hears"  # in folders that were made before November 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class MelInput:
    """What a vocoder makes of a logarithmic spectrogram that is its input."""

    middle: float = MIDDLE
    width: float = WIDTH
    quietest: float = QUIETEST
    speaker: tuple[float, ...] = ()  # the vector of the voice that it learned with

    def latent(self, mel_BMF: Tensor) -> Tensor:
        """The spectrogram in its range."""
        return (mel_BMF.clamp_min(self.quietest) - self.middle) / self.width

    def speaker_of(self, like: Tensor) -> Tensor:
        """[B, G, 1]: its speaker, for as many lines as there are here."""
        row_G = torch.tensor(self.speaker, dtype=like.dtype, device=like.device)
        return row_G[None, :, None].expand(len(like), -1, 1)


def of_section(section: Mapping[str, Any], where: str) -> MelInput | None:
    """What the section of a vocoder says of it; nothing where it takes frames as they come."""
    said = section.get(KEY, section.get(FORMER_KEY))
    if said is None:
        return None
    read = Section(said if isinstance(said, Mapping) else {}, where)
    read.must(isinstance(said, Mapping), KEY, "an object")
    speaker = read.values.get("speaker", [])
    good = isinstance(speaker, list) and all(isinstance(x, int | float) for x in speaker)
    read.must(good, "speaker", "a list of numbers")
    width = read.number("width")
    read.must(width > 0, "width", "a number above zero")
    return MelInput(
        middle=read.number("middle"),
        width=width,
        quietest=read.number("quietest"),
        speaker=tuple(map(float, speaker)),
    )
