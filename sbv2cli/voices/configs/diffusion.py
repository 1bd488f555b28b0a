"""How a voice makes frames of noise, step by step, where nobody says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sbv2cli.settings.keys import BOUNDS
from sbv2cli.voices.configs.section import whole

# Steps of training: a schedule of so many is made anew for each network.
MOST_TRAINED = 100_000


def steps_of(model: Mapping[str, Any], key: str, where: str, *, most: int | None = None) -> int:
    """A number of steps; at most as many as a line may be asked for."""
    most = int(BOUNDS["steps"][1]) if most is None else most
    return whole(model, key, where, most=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffusion:
    """Defaults of a voice, and what it can do."""

    steps: int
    possible: tuple[int, ...] = ()  # the only numbers of steps that it can take; empty: any
    temperature: float | None = None  # `None`: it has none

    def nearest(self, wanted: int) -> int:
        """The number of steps that it takes where `wanted` are asked for; of two, the larger."""
        return min(self.possible, key=lambda n: (abs(n - wanted), -n), default=wanted)
