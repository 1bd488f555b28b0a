"""How loud a finished file is to be, and within which limits it passes.

The numbers and the day on which they were looked up: docs/reference/shops.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sbv2cli.errors import UsageError

Range = tuple[float, float]
NONE = "none"

_LUFS = re.compile(r"lufs\s*:\s*([+-]?\d+(?:\.\d+)?)\s*(?:lufs)?", re.IGNORECASE)
# True peaks grow in a lossy codec; half a decibel is left for that.
_CODEC_DB = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A level to reach, a ceiling for true peaks, and what is measured afterwards."""

    name: str
    measure: Literal["rms", "lufs"]
    level: float  # dB re full scale, or LUFS
    ceiling_db: float  # of true peaks, before the codec
    # What the finished file must keep; None is not looked at. Decibels, LUFS, seconds.
    rms: Range | None = None
    lufs: Range | None = None
    peak: float | None = None
    true_peak: float | None = None
    floor: float | None = None
    head: Range | None = None
    tail: Range | None = None
    minutes: float | None = None
    format: str | None = None
    rate: int | None = None
    # What a join takes where nobody says otherwise.
    head_seconds: float | None = None
    tail_seconds: float | None = None


def _lufs(name: str, level: float) -> Target:
    return Target(
        name=name,
        measure="lufs",
        level=level,
        ceiling_db=-1.0 - _CODEC_DB,
        lufs=(level - 0.5, level + 0.5),
        true_peak=-1.0,
    )


TARGETS: Mapping[str, Target] = {
    "acx": Target(
        name="acx",
        measure="rms",
        level=-20.5,  # the middle
        ceiling_db=-3.0 - _CODEC_DB,
        rms=(-23.0, -18.0),
        peak=-3.0,
        floor=-60.0,
        head=(0.5, 1.0),
        tail=(1.0, 5.0),
        minutes=120.0,
        format="mp3",
        rate=44100,
        head_seconds=0.75,
        tail_seconds=2.0,
    ),
    # EBU R 128: -23 LUFS within half a unit, true peak -1 dB at most.
    "r128": _lufs("r128", -23.0),
}


def parse(written: str) -> Target | None:
    """`acx`, `r128`, `lufs:-19`; `none` leaves every line as it is."""
    name = written.strip().casefold()
    if name == NONE:
        return None
    if name in TARGETS:
        return TARGETS[name]
    match = _LUFS.fullmatch(name)
    if match is None or not -40 <= float(match[1]) <= -8:
        raise UsageError(
            "setting.loudness",
            f'loudness is "{written}"',
            hint=f"choose one of {', '.join((NONE, *TARGETS))}, or write lufs:-19 (-40 to -8)",
        )
    return _lufs(f"lufs:{float(match[1]):g}", float(match[1]))
