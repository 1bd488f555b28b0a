"""What an objective is given: clips side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from sbv2cli.models.architecture import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingBatch(Text):
    """Clips side by side, padded to the longest; made by `data/dataset.py`."""

    phones_B: Tensor  # phones per line
    speakers_B: Tensor
    spectrogram_BCF: Tensor
    frames_B: Tensor  # frames per line
    samples_B1S: Tensor
    durations_BP: Tensor | None = None  # frames per phone where the data gives them

    def to(self, device: torch.device) -> TrainingBatch:
        """The same batch elsewhere."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def pinned(self) -> TrainingBatch:
        """The same batch in memory that a GPU can fetch by itself."""
        return self._each(Tensor.pin_memory)

    def _each(self, change: Callable[[Tensor], Tensor]) -> TrainingBatch:
        changed: dict[str, Any] = {}
        for field in fields(self):
            tensor = getattr(self, field.name)
            changed[field.name] = None if tensor is None else change(tensor)
        return TrainingBatch(**changed)
