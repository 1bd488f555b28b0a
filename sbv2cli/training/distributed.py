"""Several processes that learn as one: started by torchrun, one per GPU."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed

from sbv2cli.engine.torch.backend import choose_device


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """This process among the others."""

    rank: int
    size: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    @classmethod
    @contextmanager
    def joined(cls, device: str) -> Iterator[Group]:
        """Join the group that torchrun's variables describe; alone where there are none."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            yield cls(rank=0, size=1, device=choose_device(device))
            return
        local = int(os.environ.get("LOCAL_RANK", "0"))
        chosen = choose_device(device)
        if chosen.type == "cuda":
            chosen = torch.device("cuda", local)
            torch.cuda.set_device(chosen)
        distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
        try:
            yield cls(rank=distributed.get_rank(), size=size, device=chosen)
        finally:
            distributed.destroy_process_group()

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            distributed.barrier()

    def agreed(self, vote_for: bool) -> bool:  # noqa: FBT001 - one vote
        """Whether any process votes for it; all get the same answer."""
        if self.size == 1:
            return vote_for
        vote = torch.tensor([float(vote_for)], device=self.device)
        distributed.all_reduce(vote, op=distributed.ReduceOp.MAX)
        return bool(vote.item())

    def mean(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Numbers, averaged over processes."""
        if self.size == 1:
            return dict(values)
        names = sorted(values)
        stacked = torch.stack([values[name].float() for name in names])
        distributed.all_reduce(stacked)
        return dict(zip(names, stacked / self.size, strict=True))

    def gathered(self, value: Any) -> list[Any]:
        """What every process has, in the order of their ranks."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        distributed.all_gather_object(values, value)
        return values
