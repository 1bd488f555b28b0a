"""A running mean of the weights: what is exported where a run asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class EMA:
    """Exponential mean of the parameters that learn."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.values = {
            name: parameter.detach().clone()
            for name, parameter in module.named_parameters()
            if parameter.requires_grad
        }

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move a little towards the weights; further in the first steps, which know least."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, parameter in module.named_parameters():
            if name in self.values:
                self.values[name].lerp_(parameter.detach(), 1 - decay)

    @contextmanager
    def in_place(self, module: nn.Module) -> Iterator[None]:
        """The module with the mean in place of its weights, for as long as the block lasts."""
        kept: dict[str, Tensor] = {}
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                if name in self.values:
                    kept[name] = parameter.detach().clone()
                    parameter.copy_(self.values[name])
        try:
            yield
        finally:
            with torch.no_grad():
                for name, parameter in module.named_parameters():
                    if name in kept:
                        parameter.copy_(kept[name])
