"""Measured levels against a target: what passes, what does not, by how much, and what to change."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbv2cli.pipeline.join.levels import Levels
    from sbv2cli.pipeline.join.targets import Range, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One number against its limits."""

    what: str
    value: float
    unit: str
    lowest: float = -math.inf
    highest: float = math.inf
    change: str = ""  # what to do if it fails

    @property
    def passed(self) -> bool:
        """Rounded as it is shown, so that nobody reads "-3.0 is above -3.0"."""
        return self.lowest <= round(self.value, 2) <= self.highest

    def __str__(self) -> str:
        shown = f"{self.value:.2f}" if math.isfinite(self.value) else "nothing"
        if self.value < self.lowest:
            return f"{self.what} {shown} {self.unit} is below {self.lowest:g} {self.unit}"
        if not self.passed:
            return f"{self.what} {shown} {self.unit} is above {self.highest:g} {self.unit}"
        return f"{self.what} {shown} {self.unit}"


# Loudness units that a file may differ more where there are several, and a chapter in a file: one
# gain for each voice keeps a quiet chapter quieter.
SEVERAL, _CHAPTER = 0.5, 1.5
# A shorter chapter, perhaps a title alone, has no level of its own.
_SHORTEST_SECONDS = 60.0


def of_chapter(levels: Levels, target: Target) -> Iterator[Check]:
    """What a chapter in a file must keep."""
    if levels.seconds >= _SHORTEST_SECONDS:
        yield from of_sound(levels, target, _CHAPTER)


def of_sound(levels: Levels, target: Target, allowance: float = 0.0) -> Iterator[Check]:
    """What every file must keep; the allowance is of loudness."""
    if target.rms is not None:
        yield _within(
            "RMS",
            levels.rms_db,
            "dB",
            target.rms,
            "bring its lines nearer to the others with volume, or shorten its pauses",
        )
    if target.lufs is not None:
        yield _within(
            "loudness",
            levels.lufs,
            "LUFS",
            (target.lufs[0] - allowance, target.lufs[1] + allowance),
            "bring its lines nearer to the others with volume",
        )
    if target.peak is not None:
        yield Check(
            what="peak",
            value=levels.peak_db,
            unit="dB",
            highest=target.peak,
            change="render again with a little less volume",
        )
    if target.true_peak is not None:
        yield Check(
            what="true peak",
            value=levels.true_peak_db,
            unit="dB",
            highest=target.true_peak,
            change="choose a lower loudness, or a format without loss",
        )
    if target.floor is not None:
        yield Check(
            what="noise floor",
            value=levels.floor_db,
            unit="dB",
            highest=target.floor,
            change="give a softer --room-tone, longer pauses, or render with --trim",
        )


def of_file(levels: Levels, target: Target) -> Iterator[Check]:
    """What a file must keep besides."""
    if target.head is not None:
        yield _within(
            "silence before the first word", levels.head, "s", target.head, "--head-silence 0.75s"
        )
    if target.tail is not None:
        yield _within(
            "silence after the last word", levels.tail, "s", target.tail, "--tail-silence 2s"
        )
    if target.minutes is not None:
        yield Check(
            what="length",
            value=levels.seconds / 60,
            unit="min",
            highest=target.minutes,
            change=f"--part-minutes {target.minutes:g}",
        )


def _within(what: str, value: float, unit: str, limits: Range, change: str) -> Check:
    lowest, highest = limits
    return Check(what=what, value=value, unit=unit, lowest=lowest, highest=highest, change=change)
