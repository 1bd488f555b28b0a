"""How a voice makes frames of noise, step by step, where nobody says otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffusion:
    """Defaults of a voice, and what it can do."""

    steps: int
    possible: tuple[int, ...] = ()  # the only numbers of steps that it can take; empty: any
    temperature: float | None = None  # `None`: it has none

    def nearest(self, wanted: int) -> int:
        """The number of steps that it takes where `wanted` are asked for; of two, the larger."""
        return min(self.possible, key=lambda n: (abs(n - wanted), -n), default=wanted)
