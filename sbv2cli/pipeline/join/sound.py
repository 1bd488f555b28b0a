"""The sound of one file, block by block: lines, silences, gains, room tone, limiter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio import levels, room_tone
from sbv2cli.audio.join import join_blocks
from sbv2cli.audio.limiter import Limiter
from sbv2cli.audio.resample import Resampler
from sbv2cli.errors import UsageError
from sbv2cli.writers.audio import source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.pipeline.join.lines import JoinLine
    from sbv2cli.pipeline.join.parts import Part
    from sbv2cli.pipeline.join.settings import RoomTone

    Blocks = Iterator[NDArray[np.float32]]

# Of a recording this much is repeated.
_LONGEST_TONE_SECONDS = 60.0


def sound(
    part: Part,
    gains: Mapping[str, float],
    tone: NDArray[np.float32] | None,
    ceiling_db: float | None,
) -> Blocks:
    """Everything in its place; as many samples as the part has."""
    blocks = join_blocks(_pieces(part, gains))
    if tone is not None:
        blocks = room_tone.under(blocks, tone)
    return blocks if ceiling_db is None else _limited(blocks, part.rate, ceiling_db)


def line_blocks(line: JoinLine, rate: int) -> Blocks:
    """The sound of a line at another rate, as long as the time line has it."""
    wanted = -(-line.samples * rate // line.rate)
    made = 0
    for block in _resampled(line, rate):
        made += len(block)
        yield block
    if made != wanted:
        raise UsageError(
            "join.length",
            f"the sound has {made} samples, and its head says {wanted}",
            at=str(line.path),
            hint="render the line again, or convert the file to WAV",
        )


def tone_of(wanted: RoomTone | None, rate: int) -> NDArray[np.float32] | None:
    """What is repeated under the whole sound."""
    if wanted is None:
        return None
    if wanted.path is None:
        assert wanted.level_db is not None
        return room_tone.noise(rate, wanted.level_db)
    return room_tone.loop(_recording(wanted.path, rate), rate)


def _recording(path: Path, rate: int) -> NDArray[np.float32]:
    facts = source.facts(path)
    limit = round(_LONGEST_TONE_SECONDS * facts.rate)
    parts: list[NDArray[np.float32]] = []
    for block in source.read_blocks(path):
        parts.append(block[:limit])
        limit -= len(parts[-1])
        if limit <= 0:
            break
    resampler = Resampler(facts.rate, rate)
    made = np.concatenate([*(resampler.add(part) for part in parts), resampler.rest()])
    if len(made) < rate:
        raise UsageError(
            "join.room-tone",
            "the room tone is shorter than a second",
            at=str(path),
            hint="record some seconds, or give a level: --room-tone -72dB",
        )
    return made


def _pieces(part: Part, gains: Mapping[str, float]) -> Iterator[Blocks | int]:
    position = 0
    for line, start in zip(part.lines, part.starts, strict=True):
        yield start - position
        length = -(-line.samples * part.rate // line.rate)
        if line.path is None:
            yield length
        else:
            yield _raised(line_blocks(line, part.rate), gains.get(line.voice, 0.0))
        position = start + length
    yield part.samples - position


def _raised(blocks: Blocks, gain_db: float) -> Blocks:
    return (levels.gain(block, gain_db) for block in blocks)


def _resampled(line: JoinLine, rate: int) -> Blocks:
    assert line.path is not None
    resampler = Resampler(line.rate, rate)
    for block in source.read_blocks(line.path):
        yield resampler.add(block)
    yield resampler.rest()


def _limited(blocks: Blocks, rate: int, ceiling_db: float) -> Blocks:
    limiter = Limiter(rate, ceiling_db)
    for block in blocks:
        yield from limiter.add(block)
    yield from limiter.rest()
