"""The clips of a dataset: what is learned from, one line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sbv2cli.errors import UsageError
from sbv2cli.training.checkpoints import write_bytes

TRAIN, VALIDATION = "train.jsonl", "val.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A recording, its reading, and perhaps how long each phone lasts."""

    id: str
    audio: str  # below the dataset's folder
    speaker: str
    language: str
    style: str
    text: str
    normalised: str
    model_text: str
    phones: tuple[str, ...]  # with edge marks, without blanks
    tones: tuple[int, ...]
    phones_per_token: tuple[int, ...]
    frames: int
    durations: tuple[int, ...] | None = None  # frames per phone


def write_clips(path: Path, clips: Iterable[Clip]) -> None:
    """Write a list whole or not at all."""
    lines = [json.dumps(asdict(clip), ensure_ascii=False) for clip in clips]
    write_bytes(path, "".join(f"{line}\n" for line in lines).encode())


def read_clips(path: Path) -> list[Clip]:
    """Read a list that `write_clips` wrote."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            "train.dataset-missing",
            f'there is no "{path.name}" in the dataset',
            at=str(path.parent),
            hint="make a dataset first: sbv2 train prepare AUDIO TRANSCRIPT --out DIR",
        ) from None
    clips = []
    # Not `splitlines`: a text may hold a line separator, which JSON leaves as it is.
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            clips.append(clip_of(json.loads(line)))
        except (ValueError, TypeError, KeyError) as error:
            raise UsageError(
                "train.dataset-broken",
                f"a line of the clip list cannot be understood: {error}",
                at=f"{path}:{number}",
                hint="make the dataset again: sbv2 train prepare",
            ) from None
    return clips


def clip_of(row: dict[str, Any]) -> Clip:
    """A clip from its JSON object."""
    durations = row.get("durations")
    return Clip(
        **{
            **row,
            "phones": tuple(row["phones"]),
            "tones": tuple(row["tones"]),
            "phones_per_token": tuple(row["phones_per_token"]),
            "durations": None if durations is None else tuple(durations),
        }
    )


def whole_frames(
    durations: Sequence[float], frames: int, frames_per_second: float, slack: int = 3
) -> tuple[int, ...] | None:
    """Durations in frames or seconds -> whole frames that fill the clip; `None` where they do not.

    Seconds are rounded at the ends of phones, so that errors do not add up. A rest of `slack`
    frames at most goes to the last phone.
    """
    if all(float(d).is_integer() for d in durations):
        found = [int(d) for d in durations]
    else:
        ends, total = [0], 0.0
        for seconds in durations:
            total += seconds
            ends.append(round(total * frames_per_second))
        found = [after - before for before, after in pairwise(ends)]
    rest = frames - sum(found)
    if min(found, default=0) < 0 or abs(rest) > slack or not found or found[-1] + rest < 0:
        return None
    found[-1] += rest
    return tuple(found)


def with_blanks(durations: Sequence[int]) -> list[int]:
    """Frames per symbol with blanks: a phone of three frames or more lends one to the blank before.

    The last blank has one of the last phone's. Everything else stays with the phone, so that where
    a phone begins moves by one frame at most.
    """
    symbols = [0] * (2 * len(durations) + 1)
    for index, frames in enumerate(durations):
        lent = 1 if frames >= 3 else 0
        symbols[2 * index], symbols[2 * index + 1] = lent, frames - lent
    if len(symbols) > 1 and symbols[-2] >= 2:
        symbols[-2] -= 1
        symbols[-1] = 1
    return symbols


def along_symbols(durations: Sequence[int], counts: Sequence[int]) -> list[int]:
    """Frames per symbol, where each phone is `counts` symbols: shared evenly, the first get more.

    A phone that is no symbol at all gives its frames to the one before it, or else after it.
    """
    symbols: list[int] = []
    kept = 0
    for frames, count in zip(durations, counts, strict=True):
        if count == 0 and symbols:
            symbols[-1] += frames
        elif count == 0:
            kept += frames
        else:
            share, rest = divmod(frames + kept, count)
            symbols += [share + (index < rest) for index in range(count)]
            kept = 0
    return symbols
