"""Which positions of a padded batch are real.

A mask is [B, 1, T] of zeros and ones in the type of the data, or `None` where nothing is padded:
then there is nothing to multiply, which on a CPU saves a pass over memory per convolution.
"""

from __future__ import annotations

import torch
from torch import Tensor

Mask = Tensor | None


def length_mask(lengths_B: Tensor, size: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """[B, 1, size]: one where the position is below the line's length."""
    positions_T = torch.arange(size, device=lengths_B.device)
    return (positions_T < lengths_B[:, None]).to(dtype)[:, None]


def masked(x_BCT: Tensor, mask_B1T: Mask) -> Tensor:
    """Silence the padding."""
    return x_BCT if mask_B1T is None else x_BCT * mask_B1T
