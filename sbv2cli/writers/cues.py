"""What of a line is shown or highlighted at once, and how it is broken into rows.

The one home of cutting by sentences, phrases, width and time: subtitles, speech marks and whatever
highlights a text along its sound use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from unicodedata import east_asian_width

from sbv2cli.records import Span
from sbv2cli.writers.timeline import ExportOptions, TimedLine, Track

_CLOSING = "」』）)】〕》〉］\\]}’”\"'"
_PAUSE_MARKS = "、，,;；:：―—…‥　"
_PHRASES = re.compile(rf"[^{_PAUSE_MARKS}]*(?:[{_PAUSE_MARKS}]+|$)[{_CLOSING}]*\s*")

_AFTER_SENTENCE = frozenset("。！？!?．")
_AFTER_PAUSE = frozenset("、，,…―」』）)】　 ")
# What no row begins with, and what none ends with.
_NEVER_FIRST = frozenset(
    "、。，．・！？!?,.…‥―ー〜～」』）)】〕》〉］]}’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾ"
)
_NEVER_LAST = frozenset("「『（(【〔《〈［[{‘“")


# Costs, where an empty row would be 1: of a row more, and of breaking in the middle of things.
_ROW = 3.0
_PAUSE, _PHRASE_END, _ANYWHERE, _TORN = 0.15, 0.5, 1.5, 6.0
_HIRAGANA = re.compile("[ぁ-ゖー]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What is shown at once: rows of the text of a line."""

    start: float
    end: float
    spans: tuple[Span, ...]  # a row each, of characters of the text
    line: TimedLine

    @property
    def span(self) -> Span:
        """All of it."""
        return self.spans[0][0], self.spans[-1][1]

    @property
    def rows(self) -> list[str]:
        """The rows as they are shown."""
        return [shown(self.line.text[first:last]) for first, last in self.spans]


def shown(text: str) -> str:
    """A text on one row, with single blanks."""
    return " ".join(text.split())


def cues(track: Track, options: ExportOptions) -> Iterator[Cue]:
    """The cues of all lines, in order; those of a line follow each other without a gap."""
    for line in track.lines:
        pieces = [
            piece
            for first, last in units(line.text, options)
            for piece in _pieces(line, first, last, options)
            if any(shown(line.text[start:end]) for start, end in piece)
        ]
        begins = [line.when(piece[0][0]) for piece in pieces[1:]]
        times = [line.start, *begins, line.end]
        for piece, (start, end) in zip(pieces, pairwise(times), strict=bool(pieces)):
            spans = tuple(span for span in piece if shown(line.text[slice(*span)]))
            yield Cue(start=start, end=end, spans=spans, line=line)


def units(text: str, options: ExportOptions) -> list[Span]:
    """The ranges of a text that belong together; joined they are the text."""
    if options.cue == "line":
        return [(0, len(text))]
    found = sentences(text, options)
    if options.cue == "sentence":
        return found
    return [span for first, last in found for span in _phrases(text, first, last)]


def sentences(text: str, options: ExportOptions) -> list[Span]:
    """The sentences of a text; joined they are the text."""
    ends = accumulate(map(len, options.split_sentences(text)))
    return _with_words(text, 0, ends)


def _phrases(text: str, first: int, last: int) -> list[Span]:
    return _with_words(text, first, (found.end() for found in _PHRASES.finditer(text, first, last)))


def _with_words(text: str, first: int, ends: Iterable[int]) -> list[Span]:
    """The ranges up to these ends; marks alone belong to what is before them, or follows first."""
    spans: list[Span] = []
    begin = first
    for end in ends:
        if any(map(str.isalnum, text[begin:end])):
            spans.append((begin, end))
            begin = end
        elif spans and end > begin:
            spans[-1] = (spans[-1][0], end)
            begin = end
    return spans if spans or not text else [(first, len(text))]


def _pieces(
    line: TimedLine, first: int, last: int, options: ExportOptions
) -> Iterator[Sequence[Span]]:
    """Rows that are shown at once: neither too many nor for too long."""
    rows = _rows(line, first, last, options.width)
    for begin in range(0, len(rows), options.rows):
        group = rows[begin : begin + options.rows]
        after = group[-1][1]
        until = line.when(after) if after < len(line.text) else line.end
        if until - line.when(group[0][0]) > options.longest:
            yield from ([row] for row in group)
        else:
            yield group


def _rows(line: TimedLine, first: int, last: int, width: float) -> list[Span]:
    """Ranges of the text that fit into a row: few, even, and broken where it reads well."""
    reach = [0.0, *accumulate(map(_width, line.text[first:last]))]
    places = [(first, 0.0), *_places(line, first, last, width)]
    # The cheapest way to each place: its cost, and where the row that ends there begins.
    ways: dict[int, tuple[float, int]] = {first: (0.0, first)}
    for index, (place, penalty) in enumerate(places):
        for before, _ in (places[other] for other in range(index - 1, -1, -1)):
            used = reach[place - first] - reach[before - first]
            if used > width and place - before > 1:
                break
            cost = ways[before][0] + penalty + _ROW + (1 - used / width) ** 2
            if place not in ways or cost < ways[place][0]:
                ways[place] = (cost, before)
    rows: list[Span] = []
    while last > first:
        rows.append((ways[last][1], last))
        last = ways[last][1]
    return rows[::-1]


def _places(line: TimedLine, first: int, last: int, width: float) -> Iterator[tuple[int, float]]:
    """Where a row may end, with what that costs; no two are farther apart than a row is wide."""
    # A word and its ruby stay on one row.
    tied = {place for one in line.ruby for place in range(one.span[0] + 1, one.span[1])}
    costs = {
        place: cost
        for place in range(first + 1, last)
        if (cost := _cost(line.text, place)) is not None and place not in tied
    }
    good = [place for place, cost in costs.items() if cost < _ANYWHERE]
    begin = first
    for end in [*good, last]:
        if _width(line.text[begin:end]) > width:
            yield from ((place, costs.get(place, _TORN)) for place in range(begin + 1, end))
        yield end, costs.get(end, 0.0)
        begin = end


def _cost(text: str, place: int) -> float | None:
    """What it costs to break before this character; `None`: nobody does."""
    before, after = text[place - 1], text[place]
    if after in _NEVER_FIRST or before in _NEVER_LAST or _inside_word(text, place):
        return None
    if before in _AFTER_SENTENCE:
        return 0.0
    if before in _AFTER_PAUSE:
        return _PAUSE
    # Where kana end, a phrase ends mostly.
    return _PHRASE_END if _HIRAGANA.match(before) and not _HIRAGANA.match(after) else _ANYWHERE


def _width(text: str) -> float:
    return sum(1.0 if east_asian_width(character) in "WFA" else 0.5 for character in text)


def _inside_word(text: str, index: int) -> bool:
    return all(c.isascii() and c.isalnum() for c in text[index - 1 : index + 1])
