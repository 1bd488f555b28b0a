"""Subtitles: SubRip and WebVTT, two rows a cue at most, timed by the words of the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

from sbv2cli.writers.timeline import TimedLine

# Full-width characters in a row of a subtitle, and rows of a cue.
WIDTH = 20
ROWS = 2

_SENTENCE = frozenset("。！？!?．")
_PAUSE = frozenset("、，,…―」』）)】　 ")
# What no row begins with.
_NEVER_FIRST = frozenset("、。，．！？!?,.…―ー」』）)】ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What is shown at once."""

    start: float
    end: float
    rows: tuple[str, ...]
    line: TimedLine


def srt(lines: Sequence[TimedLine], total: float) -> bytes:
    """SubRip: numbered from 1, CR LF, UTF-8."""
    del total
    blocks = [
        "\r\n".join(
            [str(number), f"{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}", *cue.rows, ""]
        )
        for number, cue in enumerate(_cues(lines), start=1)
    ]
    return "".join(f"{block}\r\n" for block in blocks).encode()


def vtt(lines: Sequence[TimedLine], total: float) -> bytes:
    """WebVTT: who speaks is a voice span."""
    del total
    blocks = ["WEBVTT\n"]
    for cue in _cues(lines):
        name = cue.line.character
        voice = f"<v {_escaped(' '.join(name.split()))}>" if name else ""
        text = "\n".join(_escaped(row) for row in cue.rows)
        blocks.append(f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{voice}{text}\n")
    return "\n".join(blocks).encode()


def _cues(lines: Sequence[TimedLine]) -> Iterator[Cue]:
    for line in lines:
        rows = list(_cut(line.text, WIDTH))
        groups = [rows[first : first + ROWS] for first in range(0, len(rows), ROWS)]
        times = [line.start, *(line.when(group[0][0]) for group in groups[1:]), line.end]
        for group, (start, end) in zip(groups, pairwise(times), strict=bool(groups)):
            texts = (" ".join(line.text[first:last].split()) for first, last in group)
            if shown := tuple(text for text in texts if text):
                yield Cue(start=start, end=end, rows=shown, line=line)


def _cut(text: str, width: float) -> Iterator[tuple[int, int]]:
    """Ranges of the text, each of at most `width` full-width characters."""
    first = 0
    while first < len(text):
        last = _reach(text, first, width)
        if last < len(text):
            last = _break(text, first, last)
        yield first, last
        first = last


def _reach(text: str, first: int, width: float) -> int:
    used = 0.0
    for index in range(first, len(text)):
        used += 1.0 if east_asian_width(text[index]) in "WFA" else 0.5
        if used > width:
            return max(index, first + 1)
    return len(text)


def _break(text: str, first: int, last: int) -> int:
    """The best place to break, `last` at most: behind a sentence, else a pause, else anywhere."""
    for marks in (_SENTENCE, _PAUSE):
        for index in range(last, first + (last - first) // 2, -1):
            if text[index - 1] in marks and text[index] not in _NEVER_FIRST:
                return index
    for index in range(last, first, -1):
        if text[index] not in _NEVER_FIRST and not _inside_word(text, index):
            return index
    return last


def _inside_word(text: str, index: int) -> bool:
    return all(c.isascii() and c.isalnum() for c in text[index - 1 : index + 1])


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, fraction = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{fraction:03d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
