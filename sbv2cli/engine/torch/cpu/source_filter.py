"""The source-filter vocoder of one line on a CPU.

Its products are few and large enough for the libraries as they are. In bfloat16 nothing is won, and
the sound is another one: rounding moves the pitch by a little, and the phase of the pulses runs on
from there (8 dB of the signal to noise, docs/reference/performance.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Vocoder


def pack(vocoder: Vocoder, precision: torch.dtype) -> Vocoder | None:
    """The same vocoder; `None` in a precision in which it would gain nothing."""
    return vocoder if precision is torch.float32 else None
