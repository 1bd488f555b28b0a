"""Which frame belongs to which phone: scores, and the monotonic search for the best path.

The search is exact (dynamic programming over frames, all phones and all lines of a batch at once);
with numba it runs compiled, and finds the very same paths. VITS paper, section 2.2.1.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Search = Callable[
        [NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]
    ]

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)

# A path that is not allowed; the published value, which is part of how ties fall.
FORBIDDEN = np.float32(-1e9)


def scores(latent_BCF: Tensor, means_BCP: Tensor, log_scales_BCP: Tensor) -> Tensor:
    """[B, F, P] log likelihood of each frame under each phone's normal distribution.

    The square is multiplied out, so that the work is two matrix products instead of a tensor of
    frames x phones x channels.
    """
    precision_BCP = torch.exp(-2 * log_scales_BCP)
    alone_B1P = (-HALF_LOG_2PI - log_scales_BCP - 0.5 * means_BCP**2 * precision_BCP).sum(
        dim=1, keepdim=True
    )
    latent_BFC = latent_BCF.transpose(1, 2)
    return alone_B1P - 0.5 * latent_BFC**2 @ precision_BCP + latent_BFC @ (
        means_BCP * precision_BCP
    )  # fmt: skip


def with_noise(scores_BFP: Tensor, noise_BFP: Tensor, scale: float) -> Tensor:
    """Scores blurred early in training, so that the first chance alignment is not final.

    The deviation runs over the whole padded tensor, as published.
    """
    return scores_BFP + scores_BFP.std() * noise_BFP * scale


def noise_scale(step: int, first: float = 0.01, fade: float = 2e-6) -> float:
    """How strong that noise is at a step."""
    return max(first - fade * step, 0.0)


def search(scores_BFP: Tensor, frames_B: Tensor, phones_B: Tensor) -> Tensor:
    """[B, P] frames per phone on the best path; every phone gets one frame at least.

    Needs at least as many frames as phones in every line.
    """
    found = best_durations()(
        np.ascontiguousarray(scores_BFP.detach().float().cpu().numpy()),
        frames_B.cpu().numpy().astype(np.int64),
        phones_B.cpu().numpy().astype(np.int64),
    )
    return torch.from_numpy(found).to(scores_BFP.device)


def best_durations() -> Search:
    """The fastest search that this installation has."""
    return _compiled() or durations_numpy


def durations_numpy(
    scores_BFP: NDArray[np.float32], frames_B: NDArray[np.int64], phones_B: NDArray[np.int64]
) -> NDArray[np.int64]:
    """One step per frame, over all lines and phones at once.

    Cells that no path of a line can reach are computed along; none that can be is made from them.
    """
    lines, frames, phones = scores_BFP.shape
    moved = np.zeros((frames, lines, phones), dtype=bool)
    best_BP = np.full((lines, phones), FORBIDDEN)
    best_BP[:, 0] = scores_BFP[:, 0, 0]
    diagonal_BP = np.full((lines, phones), FORBIDDEN)
    for frame in range(1, frames):
        diagonal_BP[:, 1:] = best_BP[:, :-1]
        # On the diagonal of the matrix there is nothing to stay on.
        if frame < phones:
            moved[frame, :, frame] = True
            best_BP[:, frame] = FORBIDDEN
        moved[frame] |= best_BP < diagonal_BP
        np.maximum(best_BP, diagonal_BP, out=best_BP)
        best_BP += scores_BFP[:, frame]
    moved[:, :, 0] = False
    durations = np.zeros((lines, phones), dtype=np.int64)
    rows = np.arange(lines)
    phone_B = phones_B - 1
    for frame in range(frames - 1, -1, -1):
        inside = frame < frames_B
        durations[rows[inside], phone_B[inside]] += 1
        phone_B = phone_B - (inside & moved[frame, rows, phone_B])
    return durations


def durations_plain(
    scores_BFP: NDArray[np.float32], frames_B: NDArray[np.int64], phones_B: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The search as it is written in the paper, cell by cell; what numba compiles."""
    lines, _, phones = scores_BFP.shape
    durations = np.zeros((lines, phones), dtype=np.int64)
    for line in range(lines):
        best = scores_BFP[line].copy()
        last_frame, last_phone = frames_B[line] - 1, phones_B[line] - 1
        for frame in range(last_frame + 1):
            first = max(0, last_phone - last_frame + frame)
            for phone in range(first, min(last_phone, frame) + 1):
                stay = FORBIDDEN if phone == frame else best[frame - 1, phone]
                if phone > 0:
                    move = best[frame - 1, phone - 1]
                else:
                    move = np.float32(0) if frame == 0 else FORBIDDEN
                best[frame, phone] += max(stay, move)
        phone = last_phone
        for frame in range(last_frame, -1, -1):
            durations[line, phone] += 1
            if phone > 0 and (
                phone == frame or best[frame - 1, phone] < best[frame - 1, phone - 1]
            ):
                phone -= 1
    return durations


@cache
def _compiled() -> Search | None:
    """The plain search, compiled at its first use; `None` without numba."""
    try:
        from numba import njit  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    try:
        compiled: Search = njit(cache=True, nogil=True)(durations_plain)
    except RuntimeError:
        # Nowhere to keep the compiled code: it is compiled anew in every run.
        compiled = njit(nogil=True)(durations_plain)
    return compiled


def path(durations_BP: Tensor, frames: int) -> Tensor:
    """[B, F, P] of zeros and ones: frame f belongs to phone p. Phones of no frames are skipped."""
    ends_BP = durations_BP.cumsum(dim=1)
    index_F = torch.arange(frames, device=durations_BP.device)
    below_BFP = (index_F[None, :, None] < ends_BP[:, None, :]).to(torch.float32)
    return below_BFP - torch.nn.functional.pad(below_BFP, (1, 0))[..., :-1]


def spread(table_BCP: Tensor, path_BFP: Tensor) -> Tensor:
    """[B, C, P] -> [B, C, F] along the path; frames beyond a line's end are zero."""
    with torch.autocast(table_BCP.device.type, enabled=False):
        return table_BCP.float() @ path_BFP.transpose(1, 2).float()
