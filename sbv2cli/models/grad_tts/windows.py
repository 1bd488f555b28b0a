"""What of a padded image is a line's, at each level of the U-Net.

A line alone is heard on a number of frames that its strides divide: its window. Frames of the
window behind the last real one are silent where a layer listens, and yet they count in the
statistics of group norm and attention: the published network hears them, so a recorded mel has them
in it. Frames of a neighbour's longer window count nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sbv2cli.models.layers.masks import length_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Masks [B, 1, 1, F] of one level."""

    real: Tensor | None  # frames of the line; `None`: all are
    inside: Tensor | None  # frames of its window; `None`: all are
    counts_B111: Tensor | None  # frames of each window, where not all are inside

    def silenced(self, x_BCMF: Tensor) -> Tensor:
        """Zeros where there is no real frame."""
        return x_BCMF if self.real is None else x_BCMF * self.real

    def halved(self) -> Windows:
        """Those of the next level: every second frame, from the first on."""
        return Windows(
            real=None if self.real is None else self.real[..., ::2],
            inside=None if self.inside is None else self.inside[..., ::2],
            counts_B111=None if self.counts_B111 is None else self.counts_B111 / 2,
        )


def at_levels(finest: Windows, count: int) -> list[Windows]:
    """Those of all levels, the finest first."""
    levels = [finest]
    while len(levels) < count:
        levels.append(levels[-1].halved())
    return levels


def windows(lengths_B: Tensor | None, size: int, multiple: int) -> Windows:
    """Of lines with so many frames in images of `size` frames; `None`: all fill them."""
    if lengths_B is None:
        return Windows(real=None, inside=None, counts_B111=None)
    inside_B = (lengths_B + multiple - 1) // multiple * multiple
    real_B11F = length_mask(lengths_B, size)[:, None]
    if bool((inside_B == size).all()):
        return Windows(real=real_B11F, inside=None, counts_B111=None)
    return Windows(
        real=real_B11F,
        inside=length_mask(inside_B, size)[:, None],
        counts_B111=inside_B.to(torch.float32)[:, None, None, None],
    )
