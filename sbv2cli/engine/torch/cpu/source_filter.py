"""The source-filter vocoder of one line on a CPU.

Its products are few and large enough for the libraries as they are. What is won here is bfloat16
for the filters, on processors that multiply it in tiles.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import torch

from sbv2cli.engine.torch.cpu.linear import can_reorder
from sbv2cli.models.vocoder.source_filter.model import SourceFilter

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Vocoder


def pack(vocoder: Vocoder, precision: torch.dtype) -> Vocoder | None:
    """The same vocoder in this precision; `None` where the processor gains nothing by it."""
    assert isinstance(vocoder, SourceFilter)
    if precision is torch.float32:
        return vocoder
    if precision is not torch.bfloat16 or not can_reorder(precision):
        return None
    lowered = deepcopy(vocoder)
    lowered.lower(precision)
    return lowered
