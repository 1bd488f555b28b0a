"""What of a line is shown or highlighted at once, and how it is broken into rows.

The one home of cutting by sentences, phrases, width and time: subtitles, speech marks and whatever
highlights a text along its sound use it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

from sbv2cli.records import Span
from sbv2cli.writers.timeline import Cueing, ExportOptions, TimedLine, Track

_CLOSING = "」』）)】〕》〉］\\]}’”\"'"
_ENDS = "。！？!?．♪♡"
_PAUSES = "、，,;；:：―—…‥　"
_SENTENCE = re.compile(
    rf"(?:[^{_ENDS}.]|\.(?![.\s{_CLOSING}]|$))*(?:[{_ENDS}.]+|$)[{_CLOSING}]*\s*"
)
_PHRASE = re.compile(rf"[^{_PAUSES}]*(?:[{_PAUSES}]+|$)[{_CLOSING}]*\s*")

_AFTER_SENTENCE = frozenset("。！？!?．")
_AFTER_PAUSE = frozenset("、，,…―」』）)】　 ")
# What no row begins with, and what none ends with.
_NEVER_FIRST = frozenset(
    "、。，．・！？!?,.…‥―ー〜～」』）)】〕》〉］]}’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾ"
)
_NEVER_LAST = frozenset("「『（(【〔《〈［[{‘“")


# Of two rows neither is shorter than this, and how much more even a pause inside a sentence must be
# to be better than the end of one; in full-width characters.
_SHORTEST_ROW = 3
_SENTENCE_IS_WORTH = 6


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
            for first, last in units(line.text, options.cue)
            for piece in _pieces(line, first, last, options)
            if any(shown(line.text[start:end]) for start, end in piece)
        ]
        begins = [line.when(piece[0][0]) for piece in pieces[1:]]
        times = [line.start, *begins, line.end]
        for piece, (start, end) in zip(pieces, pairwise(times), strict=bool(pieces)):
            spans = tuple(span for span in piece if shown(line.text[slice(*span)]))
            yield Cue(start=start, end=end, spans=spans, line=line)


def units(text: str, cue: Cueing) -> list[Span]:
    """The ranges of a text that belong together; joined they are the text."""
    if cue == "line":
        return [(0, len(text))]
    sentences = _matches(_SENTENCE, text, 0, len(text))
    if cue == "sentence":
        return sentences
    return [span for first, last in sentences for span in _matches(_PHRASE, text, first, last)]


def _matches(pattern: re.Pattern[str], text: str, first: int, last: int) -> list[Span]:
    spans: list[Span] = []
    begin = position = first
    while position < last:
        found = pattern.match(text, position, last)
        position = max(found.end() if found else 0, position + 1)
        # Marks alone belong to what is before them, or at the beginning to what follows.
        if any(map(str.isalnum, text[begin:position])):
            spans.append((begin, position))
            begin = position
        elif spans:
            spans[-1] = (spans[-1][0], position)
            begin = position
    return spans if begin == last else [*spans, (begin, last)]


def _pieces(
    line: TimedLine, first: int, last: int, options: ExportOptions
) -> Iterator[Sequence[Span]]:
    """Rows that are shown at once: neither too many nor for too long."""
    rows = list(_rows(line, first, last, options.width))
    for begin in range(0, len(rows), options.rows):
        group = rows[begin : begin + options.rows]
        after = group[-1][1]
        until = line.when(after) if after < len(line.text) else line.end
        if until - line.when(group[0][0]) > options.longest:
            yield from ([row] for row in group)
        else:
            yield group


def _rows(line: TimedLine, first: int, last: int, width: float) -> Iterator[Span]:
    """Ranges of the text, each of at most `width` full-width characters."""
    text = line.text
    tied = {
        place for one in line.ruby for place in range(one.span[0] + 1, one.span[1])
    }  # a word and its ruby stay on one row

    def allowed(index: int) -> bool:
        return (
            index not in tied
            and text[index] not in _NEVER_FIRST
            and text[index - 1] not in _NEVER_LAST
        )

    while first < last:
        end = _reach(text, first, last, width)
        if end < last:
            end = _middle(text, first, last, width, allowed) or _break(text, first, end, allowed)
        yield first, end
        first = end


def _reach(text: str, first: int, last: int, width: float) -> int:
    used = 0.0
    for index in range(first, last):
        used += _width(text[index])
        if used > width:
            return max(index, first + 1)
    return last


def _width(text: str) -> float:
    return sum(1.0 if east_asian_width(character) in "WFA" else 0.5 for character in text)


def _middle(
    text: str, first: int, last: int, width: float, allowed: Callable[[int], bool]
) -> int | None:
    """The pause that parts what fills two rows most evenly; best where a sentence ends."""
    best, place = width, None
    left, total = 0.0, _width(text[first:last]) if last - first <= 4 * width else 2 * width + 1
    for index in range(first + 1, last if total <= 2 * width else first):
        left += _width(text[index - 1])
        mark = text[index - 1]
        if mark not in _AFTER_SENTENCE | _AFTER_PAUSE or not allowed(index):
            continue
        if min(left, total - left) < _SHORTEST_ROW or max(left, total - left) > width:
            continue
        uneven = abs(total - 2 * left) - (_SENTENCE_IS_WORTH if mark in _AFTER_SENTENCE else 0)
        if uneven < best:
            best, place = uneven, index
    return place


def _break(text: str, first: int, last: int, allowed: Callable[[int], bool]) -> int:
    """The best place to break, `last` at most: behind a sentence, else a pause, else anywhere."""
    for marks in (_AFTER_SENTENCE, _AFTER_PAUSE):
        for index in range(last, first + (last - first) // 2, -1):
            if text[index - 1] in marks and allowed(index):
                return index
    for index in range(last, first, -1):
        if allowed(index) and not _inside_word(text, index):
            return index
    return last


def _inside_word(text: str, index: int) -> bool:
    return all(c.isascii() and c.isalnum() for c in text[index - 1 : index + 1])
