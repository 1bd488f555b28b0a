"""Cuts a line that is too long to be spoken in one go, and reads lines, segment by segment."""

from __future__ import annotations

from collections.abc import Container, Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from sbv2cli.errors import ReadingError, Sbv2Error
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Answer, Request, read_all
from sbv2cli.languages.sentences import split_sentences
from sbv2cli.pipeline import keys
from sbv2cli.pipeline.job import PreparedLine
from sbv2cli.records import LONGEST_LINE, LineId, Reading, Ruby, ScriptLine

# Characters that are spoken in one go. The BERT models take 512 tokens; at one per character
# this leaves room for what normalising adds.
LONGEST_SEGMENT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a line that is spoken in one go; `start` counts characters of the line."""

    text: str
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """A line and how it is said: a reading per segment, or why there is none."""

    prepared: PreparedLine
    segments: tuple[Segment, ...]
    readings: tuple[Reading, ...] = ()
    error: Sbv2Error | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing of the line can be spoken."""
        return all(reading.silent for reading in self.readings)

    @property
    def placed(self) -> tuple[tuple[Reading, int], ...]:
        """The readings, each with its first character in the line."""
        starts = (segment.start for segment in self.segments)
        return tuple(zip(self.readings, starts, strict=True))

    def key(self, pause: float) -> str:
        """The key of what is heard of the readings."""
        bert = self.prepared.needs_bert
        each = [keys.reading_key(reading, bert=bert) for reading in self.readings]
        return keys.readings_key(each, [pause] * (len(each) - 1))


def segments(text: str) -> tuple[Segment, ...]:
    """A line break ends a segment, as in the reference; so does a sentence in a long text."""
    found: list[Segment] = []
    start = 0
    for row in text.splitlines(keepends=True):
        for part in _packed(row):
            if part.strip():
                lead = len(part) - len(part.lstrip())
                found.append(Segment(text=part.strip(), start=start + lead))
            start += len(part)
    return tuple(found) or (Segment(text=text),)


def _packed(row: str) -> Iterator[str]:
    """As few parts as possible, each of whole sentences."""
    if len(row) <= LONGEST_SEGMENT:
        yield row
        return
    part = ""
    for sentence in split_sentences(row, limit=LONGEST_SEGMENT):
        if part and len(part) + len(sentence) > LONGEST_SEGMENT:
            yield part
            part = ""
        part += sentence
    if part:
        yield part


def read(
    prepared_lines: Iterable[PreparedLine],
    options: ReadOptions,
    *,
    processes: int | None = None,
    known: dict[LineId, ReadLine] | None = None,
) -> Generator[ReadLine]:
    """The readings of lines, in their order.

    Args:
        prepared_lines: the lines.
        options: how to read.
        processes: how many; by default one per processor.
        known: readings that were made before; each is taken out when its turn comes.
    """
    known = {} if known is None else known
    items = (item for prepared in prepared_lines for item in _items(prepared, known))
    waiting: list[Answer | None] = []
    for item, answer in read_all(items, _request, options, processes=processes):
        if not item.parts:
            yield known.pop(item.prepared.id)
            continue
        waiting.append(answer)
        if len(waiting) == len(item.parts):
            yield _collected(item, waiting)
            waiting = []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A segment to be read; without parts, a line whose reading is known."""

    prepared: PreparedLine
    parts: tuple[Segment, ...]
    index: int


def _items(prepared: PreparedLine, known: Container[LineId]) -> Iterator[_Item]:
    if prepared.id in known:
        yield _Item(prepared=prepared, parts=(), index=0)
        return
    text = prepared.line.text
    # A reading that a person gave is of the whole line.
    whole = prepared.line.reading is not None or len(text) > LONGEST_LINE
    parts = (Segment(text=text),) if whole else segments(text)
    for index in range(len(parts)):
        yield _Item(prepared=prepared, parts=parts, index=index)


def _request(item: _Item) -> Request | None:
    if not item.parts or len(item.prepared.line.text) > LONGEST_LINE:
        return None
    segment = item.parts[item.index]
    return Request(
        text=segment.text,
        language=item.prepared.language,
        given=item.prepared.line.reading,
        ruby=_ruby_over(segment, item.prepared.line),
        rules=item.prepared.voice.bundle.config.text_rules,
        reader=item.prepared.voice.bundle.config.phonology.reader,
    )


def _ruby_over(segment: Segment, line: ScriptLine) -> tuple[Ruby, ...]:
    """The ruby of a line that stands over one of its segments, counted from there."""
    spans = (
        (ruby, ruby.span[0] - segment.start, ruby.span[1] - segment.start) for ruby in line.ruby
    )
    return tuple(
        replace(ruby, span=(start, end))
        for ruby, start, end in spans
        if start >= 0 and end <= len(segment.text)
    )


def _collected(item: _Item, answers: list[Answer | None]) -> ReadLine:
    readings: list[Reading] = []
    for answer in answers:
        if answer is None:
            error: Sbv2Error = ReadingError(
                "script.line-long",
                f"the line has {len(item.prepared.line.text):,} characters,"
                f" {LONGEST_LINE:,} is the most",
                hint="break it into lines, or read the script with --split sentence",
            )
            return ReadLine(prepared=item.prepared, segments=item.parts, error=error)
        if answer.error is not None or answer.reading is None:
            assert answer.error is not None
            return ReadLine(prepared=item.prepared, segments=item.parts, error=answer.error)
        readings.append(answer.reading)
    spoken = [
        (segment, reading)
        for segment, reading in zip(item.parts, readings, strict=True)
        if not reading.silent
    ] or list(zip(item.parts, readings, strict=True))[:1]
    return ReadLine(
        prepared=item.prepared,
        segments=tuple(segment for segment, _ in spoken),
        readings=tuple(reading for _, reading in spoken),
    )
