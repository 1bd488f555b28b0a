"""One gain for each voice, from how loud all its lines are.

Voices are brought to one loudness as the ear has it, then all of them to the target together. The
pauses around the lines count, as they do in the finished file; and where the limiter takes some of
the level away again, that is made up for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio.join import join_blocks
from sbv2cli.audio.levels import decibels, gain
from sbv2cli.audio.limiter import Limiter
from sbv2cli.audio.loudness import Meter
from sbv2cli.audio.silence import samples_of
from sbv2cli.pipeline.join.sound import line_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.pipeline.join.lines import JoinLine
    from sbv2cli.pipeline.join.targets import Target

# How often a level is corrected that the limiter has changed, and when it is good enough.
_ROUNDS = 4
_CLOSE_DB = 0.1
_LEAST_SLOPE = 0.2
_DIGITS = 2  # of decibels: another machine's last bits must not make another file


class Level:
    """How loud a sound is that comes in blocks."""

    def __init__(self, rate: int) -> None:
        self._meter = Meter(rate)
        self.energy = 0.0  # sum of squares
        self.samples = 0
        self.peak = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        """More of the sound."""
        self._meter.add(block)
        self.energy += float(np.sum(np.square(block, dtype=np.float64)))
        self.samples += len(block)
        self.peak = max(self.peak, float(np.abs(block).max(initial=0.0)))

    @property
    def lufs(self) -> float:
        """Integrated loudness; minus infinity for silence."""
        return self._meter.lufs

    @property
    def rms_db(self) -> float:
        """Root mean square."""
        return decibels(math.sqrt(self.energy / self.samples)) if self.samples else -math.inf


def gains(
    lines: Sequence[JoinLine], rate: int, target: Target, advance: Callable[[JoinLine], None]
) -> dict[str, float]:
    """Decibels for each voice; a voice that is silent gets none."""
    levels: dict[str, Level] = {}
    for line in lines:
        if line.path is not None:
            if line.voice not in levels:
                levels[line.voice] = Level(rate)
            for block in _surrounded(line, rate):
                levels[line.voice].add(block)
        advance(line)
    found = _towards(levels, target)
    highest = max((decibels(levels[v].peak) + found[v] for v in found), default=-math.inf)
    if highest <= target.ceiling_db:
        return found
    more, before, slope = 0.0, (0.0, 0.0), 1.0
    for number in range(_ROUNDS):
        raised = {voice: value + more for voice, value in found.items()}
        lost = target.level - _limited(lines, rate, raised, target)
        if abs(lost) < _CLOSE_DB:
            break
        # The harder the limiter works, the less of a decibel arrives.
        if number and more != before[0]:
            slope = max(_LEAST_SLOPE, (before[1] - lost) / (more - before[0]))
        before = (more, lost)
        more += lost / slope
    return {voice: round(value + more, _DIGITS) for voice, value in found.items()}


def _towards(levels: Mapping[str, Level], target: Target) -> dict[str, float]:
    loudness = {voice: level.lufs for voice, level in levels.items()}
    heard = {voice: lufs for voice, lufs in loudness.items() if not math.isinf(lufs)}
    wanted = target.level
    if target.measure == "rms" and heard:
        # What the root mean square of the whole would be, were every voice at 0 LUFS.
        energy = sum(levels[voice].energy * 10 ** (-lufs / 10) for voice, lufs in heard.items())
        samples = sum(level.samples for level in levels.values())
        wanted -= 10 * math.log10(energy / samples)
    return {voice: round(wanted - lufs, _DIGITS) for voice, lufs in heard.items()}


def _limited(
    lines: Sequence[JoinLine], rate: int, found: Mapping[str, float], target: Target
) -> float:
    """What is left of the target's level behind the limiter."""
    level, limiter = Level(rate), Limiter(rate, target.ceiling_db)
    for line in lines:
        if line.path is not None:
            for block in _surrounded(line, rate):
                for limited in limiter.add(gain(block, found.get(line.voice, 0.0))):
                    level.add(limited)
    for limited in limiter.rest():
        level.add(limited)
    return level.lufs if target.measure == "lufs" else level.rms_db


def _surrounded(line: JoinLine, rate: int) -> Iterator[NDArray[np.float32]]:
    before, after = (samples_of(seconds, rate) for seconds in (line.before, line.after))
    return join_blocks((before, line_blocks(line, rate), after))
