"""Which clips go together in training: buckets of similar length, shuffled by the epoch.

Every epoch's order follows from its number alone, so a run can go on in the middle of one.
Reproduces the published order for given lengths, sizes and epochs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import torch

# Frames. A clip of at most the first or of more than the last is left out.
BOUNDARIES = (32, 300, 400, 500, 600, 700, 800, 900, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Clips of similar length; a clip is named by its position."""

    members: tuple[tuple[int, ...], ...]
    boundaries: tuple[int, ...]
    batch_size: int
    replicas: int = 1

    @property
    def padded_sizes(self) -> tuple[int, ...]:
        """Clips per bucket after the repetition that fills the last batches."""
        whole = self.replicas * self.batch_size
        return tuple(-(-len(bucket) // whole) * whole for bucket in self.members)

    @property
    def batches_per_epoch(self) -> int:
        """Batches that one replica sees in an epoch."""
        return sum(self.padded_sizes) // (self.replicas * self.batch_size)


def make_buckets(
    lengths: Sequence[int],
    *,
    batch_size: int,
    replicas: int = 1,
    boundaries: Sequence[int] = BOUNDARIES,
) -> Buckets:
    """Sort clips into buckets; an empty one vanishes together with its upper boundary."""
    members: list[list[int]] = [[] for _ in boundaries[1:]]
    for clip, length in enumerate(lengths):
        bucket = bisect_left(boundaries, length) - 1
        if 0 <= bucket < len(members):
            members[bucket].append(clip)
    filled = [index for index, bucket in enumerate(members) if bucket]
    return Buckets(
        members=tuple(tuple(members[index]) for index in filled),
        boundaries=(boundaries[0], *(boundaries[index + 1] for index in filled)),
        batch_size=batch_size,
        replicas=replicas,
    )


def left_out(lengths: Sequence[int], boundaries: Sequence[int] = BOUNDARIES) -> list[int]:
    """Clips that are too short or too long for every bucket."""
    return [
        clip for clip, length in enumerate(lengths) if not boundaries[0] < length <= boundaries[-1]
    ]


def epoch_batches(buckets: Buckets, epoch: int, rank: int = 0) -> list[list[int]]:
    """The batches of one replica in one epoch."""
    generator = torch.Generator()
    generator.manual_seed(epoch)
    orders = [
        torch.randperm(len(bucket), generator=generator).tolist() for bucket in buckets.members
    ]
    batches: list[list[int]] = []
    for bucket, order, size in zip(buckets.members, orders, buckets.padded_sizes, strict=True):
        rounds, rest = divmod(size, len(order))
        mine = (order * rounds + order[:rest])[rank :: buckets.replicas]
        clips = [bucket[index] for index in mine]
        batches.extend(
            clips[start : start + buckets.batch_size]
            for start in range(0, len(clips), buckets.batch_size)
        )
    shuffled = torch.randperm(len(batches), generator=generator).tolist()
    return [batches[index] for index in shuffled]
