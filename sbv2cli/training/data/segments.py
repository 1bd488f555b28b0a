"""Random windows of a batch: only a slice of each line goes through the decoder."""

from __future__ import annotations

import torch
from torch import Tensor


def starts(lengths_B: Tensor, size: int, draws_B: Tensor) -> Tensor:
    """Where each line's window begins, for uniform draws from [0, 1)."""
    room_B = (lengths_B - size + 1).clamp_min(0)
    # A draw that rounds up to one would begin a window one frame too late.
    last_B = (room_B - 1).clamp_min(0)
    return torch.minimum((draws_B * room_B).long(), last_B)


def cut(x_BCT: Tensor, starts_B: Tensor, size: int) -> Tensor:
    """[B, C, size]; a window of a short line may reach into its padding."""
    index_BT = starts_B[:, None] + torch.arange(size, device=x_BCT.device)
    return x_BCT.gather(2, index_BT[:, None].expand(-1, x_BCT.shape[1], -1))
