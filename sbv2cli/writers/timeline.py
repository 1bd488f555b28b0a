"""Lines with the times of their phones, moras and words, laid along one sound.

Times are seconds. They come from sidecars, which are exact to the microsecond; each format rounds
them once, so that an end and the start that follows it stay equal.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sbv2cli.records import ManifestRow, Ruby

Span = tuple[str, float, float]
"""A label with its start and end."""

# Microseconds that rounding may add up to; less than a sample.
_DIGITS = 6
_NOTHING = 3e-6

Words = tuple[tuple[int, int, float, float], ...]
"""First character and the one after the last, with start and end."""


Cueing = Literal["line", "sentence", "phrase"]
"""What is shown, or highlighted, at once: cut further where it is too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """How derived files are made; each format takes what concerns it."""

    split_sentences: Callable[[str], Sequence[str]]  # pieces joined are the text
    cue: Cueing = "line"
    width: float = 20  # full-width characters in a row of a subtitle
    rows: int = 2  # of a subtitle
    longest: float = 7.0  # seconds of a subtitle, where its rows can be parted
    ruby: bool = True  # readings over the text, where the format has a place for them
    fps: float = 24.0  # where the format counts frames


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedLine:
    """One line on a time line."""

    id: str
    text: str
    start: float
    end: float
    character: str | None = None
    language: str | None = None
    ruby: tuple[Ruby, ...] = ()
    marks: tuple[tuple[str, int], ...] = ()  # names with the character they stand before
    phones: tuple[Span, ...] = ()
    moras: tuple[Span, ...] = ()
    words: Words = ()

    def when(self, character: int) -> float:
        """When this character of the text begins; between words, by its place between them."""
        index = bisect_right(self.words, character, key=lambda word: word[0])
        before, then = 0, self.start
        after, until = len(self.text), self.end
        if index < len(self.words):
            after, _, until, _ = self.words[index]
        if index:
            first, last, start, end = self.words[index - 1]
            if character < last:
                before, then, after, until = first, start, last, end
            else:
                before, then = last, end
        if before >= after:
            return until
        return then + (until - then) * (character - before) / (after - before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Lines along one sound."""

    lines: Sequence[TimedLine]
    seconds: float  # of the sound
    sound: str = ""  # its file, for formats that name it


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """How long a line's file is, in samples of its own rate, and the silence around it."""

    samples: int
    rate: int
    before: float  # seconds
    after: float


def timed(row: ManifestRow, sidecar: Mapping[str, Any]) -> TimedLine:
    """A line at the time line's beginning: its own file. A damaged sidecar is as good as none."""
    line = TimedLine(
        id=row.id,
        text=row.text,
        character=row.character,
        language=row.language,
        ruby=tuple(_ruby(row)),
        marks=tuple(_marks(row)),
        start=0.0,
        end=row.seconds or 0.0,
    )
    try:
        return replace(
            line,
            phones=tuple((str(p), float(s), float(e)) for p, s, e in sidecar.get("phones", ())),
            moras=tuple((str(m[0]), float(m[1]), float(m[2])) for m in sidecar.get("moras", ())),
            words=tuple(
                (int(first), int(last), float(start), float(end))
                for first, last, start, end in sidecar.get("chars", ())
                if 0 <= first < last <= len(row.text)
            ),
        )
    except (TypeError, ValueError, IndexError):
        return line


def _ruby(row: ManifestRow) -> Iterator[Ruby]:
    for one in row.ruby or ():
        match one:
            case {"start": int(first), "end": int(last), "reading": str(reading)}:
                if 0 <= first < last <= len(row.text):
                    yield Ruby(span=(first, last), reading=reading)


def _marks(row: ManifestRow) -> Iterator[tuple[str, int]]:
    """The marks of SSML, which its reader keeps among the columns that are carried along."""
    try:
        marks = json.loads(row.meta.get("marks", "[]"))
    except ValueError:
        return
    for one in marks if isinstance(marks, list) else ():
        match one:
            case {"name": str(name), "at": int(at)}:
                if 0 <= at <= len(row.text):
                    yield name, at


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


def merged(spans: Iterable[Span], label: str | None = None) -> Iterator[Span]:
    """The same, with neighbours that both have this label, or any one, made one."""
    held: Span | None = None
    for span in spans:
        if held is not None and held[0] == span[0] and label in {None, span[0]}:
            held = (held[0], held[1], span[2])
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held
