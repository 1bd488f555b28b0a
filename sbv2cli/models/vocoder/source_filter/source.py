"""Pulses whose phase runs on from frame to frame.

F frame, S sample, Z sample of a frame.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

# Share of the band that the pulses fill; the rest lets the highest harmonic fade in and out.
TOP = 0.95
# Below this the quotient of two sines is its limit.
SMALL = 1e-4


def pulses(log_hertz_BF: Tensor, rate: int, frame_samples: int, start_B: Tensor | None) -> Tensor:
    """[B, S] pulses of unit power without aliases; `start_B` is the first phase in cycles.

    The pitch is a straight line between the middles of frames. The phase is a sum over a whole
    line, so it is kept in float64.
    """
    hertz_BF = log_hertz_BF.double().exp()
    around_BF3 = torch.stack(
        [
            torch.cat([hertz_BF[:, :1], hertz_BF[:, :-1]], 1),
            hertz_BF,
            torch.cat([hertz_BF[:, 1:], hertz_BF[:, -1:]], 1),
        ],
        dim=-1,
    )
    line_Z3 = lines(frame_samples, log_hertz_BF.device)
    inside_BFZ = around_BF3 @ (line_Z3.cumsum(0) / rate).T
    # Each frame begins where the one before it ended.
    begin_BF = inside_BFZ[..., -1].cumsum(1) - inside_BFZ[..., -1]
    if start_B is not None:
        begin_BF = begin_BF + start_B[:, None]
    cycles_BFZ = begin_BF[..., None] + inside_BFZ
    phase_BS = (cycles_BFZ - cycles_BFZ.round()).float().flatten(1) * (2 * math.pi)
    hertz_BS = (around_BF3 @ line_Z3.T).float().flatten(1)
    return harmonics(phase_BS, TOP * rate / 2 / hertz_BS)


def harmonics(phase_BS: Tensor, count_BS: Tensor, small: float = SMALL) -> Tensor:
    """The sum of so many cosines, the last one by the fraction of the count.

    cos x + ... + cos kx = (sin((k + 1/2) x) / sin(x / 2) - 1) / 2
    """
    whole_BS = count_BS.floor()
    half_BS = phase_BS / 2
    near_BS = half_BS.abs() < small
    below_BS = torch.where(near_BS, 1.0, torch.sin(half_BS))
    above_BS = torch.sin((2 * whole_BS + 1) * half_BS)
    quotient_BS = torch.where(near_BS, 2 * whole_BS + 1, above_BS / below_BS)
    last_BS = (count_BS - whole_BS) * torch.cos((whole_BS + 1) * phase_BS)
    return (0.5 * (quotient_BS - 1) + last_BS) * torch.sqrt(2 / count_BS)


@lru_cache(maxsize=8)
def lines(frame_samples: int, device: torch.device) -> Tensor:
    """[Z, 3] how much of the frame before, the frame and the frame after is in each sample."""
    with torch.inference_mode(False):  # noqa: FBT003 - kept, and so used for training too
        middle_Z = (torch.arange(frame_samples, dtype=torch.float64) + 0.5) / frame_samples - 0.5
        rows = [(-middle_Z).clamp_min(0), 1 - middle_Z.abs(), middle_Z.clamp_min(0)]
        return torch.stack(rows, dim=1).to(device)
