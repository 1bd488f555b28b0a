"""Cuts a line that is too long to be spoken in one go, and reads lines, piece by piece."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from sbv2cli.errors import ReadingError, Sbv2Error
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Answer, Request, read_all
from sbv2cli.languages.sentences import split_sentences
from sbv2cli.pipeline import keys
from sbv2cli.pipeline.job import Cue
from sbv2cli.records import LONGEST_LINE, Reading, Ruby, ScriptLine

# Characters that are spoken in one go. The language models take 512 tokens; at one per character
# this leaves room for what normalising adds.
LONGEST_PIECE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a line that is spoken in one go; `start` counts characters of the line."""

    text: str
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A line and how it is said: a reading per piece, or why there is none."""

    cue: Cue
    pieces: tuple[Piece, ...]
    readings: tuple[Reading, ...] = ()
    error: Sbv2Error | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing of the line can be spoken."""
        return all(len(reading.phones) <= 2 for reading in self.readings)

    @property
    def placed(self) -> tuple[tuple[Reading, int], ...]:
        """The readings, each with its first character in the line."""
        starts = (piece.start for piece in self.pieces)
        return tuple(zip(self.readings, starts, strict=True))

    def key(self, pause: float) -> str:
        """The key of what is heard of the readings."""
        bert = self.cue.needs_bert
        each = [keys.reading_key(reading, bert=bert) for reading in self.readings]
        return keys.readings_key(each, [pause] * (len(each) - 1))


def pieces(text: str) -> tuple[Piece, ...]:
    """A line break ends a piece, as it does in the reference; so does a sentence in a long text."""
    found: list[Piece] = []
    start = 0
    for row in text.splitlines(keepends=True):
        for part in _packed(row):
            if part.strip():
                lead = len(part) - len(part.lstrip())
                found.append(Piece(text=part.strip(), start=start + lead))
            start += len(part)
    return tuple(found) or (Piece(text=text),)


def _packed(row: str) -> Iterator[str]:
    """As few parts as possible, each of whole sentences."""
    if len(row) <= LONGEST_PIECE:
        yield row
        return
    part = ""
    for sentence in split_sentences(row, limit=LONGEST_PIECE):
        if part and len(part) + len(sentence) > LONGEST_PIECE:
            yield part
            part = ""
        part += sentence
    if part:
        yield part


def read(
    cues: Iterable[Cue], options: ReadOptions, *, processes: int | None = None
) -> Generator[Read]:
    """The readings of lines, in their order."""
    items = (item for cue in cues for item in _items(cue))
    waiting: list[Answer | None] = []
    for item, answer in read_all(items, _request, options, processes=processes):
        waiting.append(answer)
        if len(waiting) == len(item.parts):
            yield _collected(item, waiting)
            waiting = []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    cue: Cue
    parts: tuple[Piece, ...]
    index: int


def _items(cue: Cue) -> Iterator[_Item]:
    text = cue.line.text
    # A reading that a person gave is of the whole line.
    whole = cue.line.reading is not None or len(text) > LONGEST_LINE
    parts = (Piece(text=text),) if whole else pieces(text)
    for index in range(len(parts)):
        yield _Item(cue=cue, parts=parts, index=index)


def _request(item: _Item) -> Request | None:
    if len(item.cue.line.text) > LONGEST_LINE:
        return None
    piece = item.parts[item.index]
    return Request(
        text=piece.text,
        language=item.cue.language,
        given=item.cue.line.reading,
        ruby=_ruby_over(piece, item.cue.line),
    )


def _ruby_over(piece: Piece, line: ScriptLine) -> tuple[Ruby, ...]:
    """The ruby of a line that stands over one of its pieces, counted from there."""
    spans = ((ruby, ruby.span[0] - piece.start, ruby.span[1] - piece.start) for ruby in line.ruby)
    return tuple(
        replace(ruby, span=(start, end))
        for ruby, start, end in spans
        if start >= 0 and end <= len(piece.text)
    )


def _collected(item: _Item, answers: list[Answer | None]) -> Read:
    readings: list[Reading] = []
    for answer in answers:
        if answer is None:
            error: Sbv2Error = ReadingError(
                "script.line-long",
                f"the line has {len(item.cue.line.text):,} characters,"
                f" {LONGEST_LINE:,} is the most",
                hint="break it into lines, or read the script with --split sentence",
            )
            return Read(cue=item.cue, pieces=item.parts, error=error)
        if answer.error is not None or answer.reading is None:
            assert answer.error is not None
            return Read(cue=item.cue, pieces=item.parts, error=answer.error)
        readings.append(answer.reading)
    spoken = [
        (piece, reading)
        for piece, reading in zip(item.parts, readings, strict=True)
        if len(reading.phones) > 2
    ] or list(zip(item.parts, readings, strict=True))[:1]
    return Read(
        cue=item.cue,
        pieces=tuple(piece for piece, _ in spoken),
        readings=tuple(reading for _, reading in spoken),
    )
