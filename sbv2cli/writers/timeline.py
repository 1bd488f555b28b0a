"""Lines with the times of their phones, moras and words, laid along one sound.

Times are seconds. They come from sidecars, which are exact to the microsecond; each format rounds
them once, so that an end and the start that follows it stay equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sbv2cli.records import ManifestRow

Span = tuple[str, float, float]
"""A label with its start and end."""

# Microseconds that rounding may add up to; less than a sample.
_DIGITS = 6
_NOTHING = 3e-6

Words = tuple[tuple[int, int, float, float], ...]
"""First character and the one after the last, with start and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedLine:
    """One line on a time line."""

    id: str
    text: str
    start: float
    end: float
    character: str | None = None
    phones: tuple[Span, ...] = ()
    moras: tuple[Span, ...] = ()
    words: Words = ()

    def when(self, character: int) -> float:
        """When this character of the text begins; between words, by its place between them."""
        before, then = 0, self.start
        for first, last, start, end in self.words:
            for place, seconds in ((first, start), (last, end)):
                if character < place:
                    return then + (seconds - then) * (character - before) / (place - before)
                before, then = place, seconds
        left = len(self.text) - before
        return then + (self.end - then) * (character - before) / left if left > 0 else self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """How long a line's file is, in samples of its own rate, and the silence around it."""

    samples: int
    rate: int
    before: float  # seconds
    after: float


def timed(row: ManifestRow, sidecar: Mapping[str, Any]) -> TimedLine:
    """A line at the time line's beginning: its own file."""
    return TimedLine(
        id=row.id,
        text=row.text,
        character=row.character,
        start=0.0,
        end=row.seconds or 0.0,
        phones=tuple((str(p), float(s), float(e)) for p, s, e in sidecar.get("phones", ())),
        moras=tuple((str(m[0]), float(m[1]), float(m[2])) for m in sidecar.get("moras", ())),
        words=tuple(
            (int(first), int(last), float(start), float(end))
            for first, last, start, end in sidecar.get("chars", ())
        ),
    )


def moved(line: TimedLine, by: float) -> TimedLine:
    """The same line so many seconds later."""

    def at(seconds: float) -> float:
        return round(seconds + by, _DIGITS)

    return replace(
        line,
        start=at(line.start),
        end=at(line.end),
        phones=tuple((label, at(start), at(end)) for label, start, end in line.phones),
        moras=tuple((label, at(start), at(end)) for label, start, end in line.moras),
        words=tuple((first, last, at(s), at(e)) for first, last, s, e in line.words),
    )


def starts(lines: Sequence[Placed], rate: int) -> tuple[list[int], int]:
    """Where each line begins when all are joined, and how long they are together, in samples."""
    position = 0
    found = []
    for line in lines:
        position += round(line.before * rate)
        found.append(position)
        position += -(-line.samples * rate // line.rate) + round(line.after * rate)
    return found, position


def tiled(spans: Iterable[Span], total: float, filler: str) -> list[Span]:
    """The spans without gaps or overlaps from 0 to `total`; `filler` is where nothing is."""
    tiles: list[Span] = []
    position = 0.0

    def upto(end: float, label: str) -> None:
        nonlocal position
        # What is left before the end by rounding belongs to the last.
        end = total if total - end <= _NOTHING else end
        if end - position > _NOTHING:
            tiles.append((label, position, end))
            position = end

    for label, start, end in spans:
        upto(start, filler)
        upto(end, label)
    upto(total, filler)
    return tiles


def merged(spans: Iterable[Span], label: str) -> Iterator[Span]:
    """The same, with neighbours that both have this label made one."""
    held: Span | None = None
    for span in spans:
        if held is not None and held[0] == span[0] == label:
            held = (label, held[1], span[2])
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held
