"""What comes out of an engine: a result, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass

from sbv2cli.records import LineFailure, LineId, Waveform


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What one result cost, or several together. Lines of a batch share its seconds equally."""

    plan_seconds: float = 0.0  # BERT features, text encoder, durations
    render_seconds: float = 0.0  # flow and decoder
    frames: int = 0  # of sound
    padded_frames: int = 0  # computed beyond the end of the line

    def __add__(self, other: Counters) -> Counters:
        return Counters(
            plan_seconds=self.plan_seconds + other.plan_seconds,
            render_seconds=self.render_seconds + other.render_seconds,
            frames=self.frames + other.frames,
            padded_frames=self.padded_frames + other.padded_frames,
        )

    @property
    def padded_share(self) -> float:
        """Share of the computed frames that nobody hears."""
        computed = self.frames + self.padded_frames
        return self.padded_frames / computed if computed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The sound of a line, or why there is none, with its cost. Picklable."""

    result: Waveform | LineFailure
    counters: Counters

    @property
    def id(self) -> LineId:
        """The line's name."""
        return self.result.id
