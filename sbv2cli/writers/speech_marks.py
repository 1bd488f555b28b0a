"""Speech marks as Amazon Polly gives them: a JSON object a row, in the order of time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sbv2cli.records import Span
from sbv2cli.writers.cues import sentences, shown
from sbv2cli.writers.mouths import SILENT, visemes
from sbv2cli.writers.timeline import ExportOptions, TimedLine, Track

# Polly's own names of what a mouth looks like.
_POLLY: Mapping[str, str] = {
    "sil": SILENT, "PP": "p", "FF": "f", "TH": "T", "DD": "t", "kk": "k", "CH": "S", "SS": "s",
    "nn": "t", "RR": "r", "aa": "a", "E": "e", "ih": "i", "oh": "o", "ou": "u",
}  # fmt: skip
# In Japanese the r is a tap of the tongue: the mouth of a t.
_POLLY_JAPANESE = {**_POLLY, "RR": "t"}
_ORDER = ("sentence", "ssml", "word", "viseme")


def polly(track: Track, options: ExportOptions) -> bytes:
    """Sentences, words, marks of SSML and visemes; places count bytes of the texts, a row each."""
    marks: list[dict[str, Any]] = []
    first = 0
    for line in track.lines:
        marks += _of_text(line, first, options)
        first += len(line.text.encode()) + 1
    languages = {line.language for line in track.lines}
    names = _POLLY_JAPANESE if languages <= {"ja", None} else _POLLY
    for name, start, _ in visemes(track):
        if name != SILENT or start > 0:
            marks.append({"time": _time(start), "type": "viseme", "value": names[name]})
    marks.sort(key=lambda mark: (mark["time"], _ORDER.index(mark["type"])))
    return "".join(
        json.dumps(mark, ensure_ascii=False, separators=(",", ":")) + "\n" for mark in marks
    ).encode()


def _of_text(line: TimedLine, offset: int, options: ExportOptions) -> Iterator[dict[str, Any]]:
    places = [offset]
    for character in line.text:
        places.append(places[-1] + len(character.encode()))

    def mark(kind: str, seconds: float, span: Span, value: str) -> dict[str, Any]:
        start, end = places[span[0]], places[span[1]]
        return {
            "time": _time(seconds), "type": kind, "start": start, "end": end, "value": value
        }  # fmt: skip

    for first, last in sentences(line.text, options):
        text = line.text[first:last].rstrip()
        yield mark("sentence", line.when(first), (first, first + len(text)), shown(text))
    for first, last, start, _ in line.words:
        if any(map(str.isalnum, line.text[first:last])):
            yield mark("word", start, (first, last), line.text[first:last])
    for name, place in line.marks:
        yield mark("ssml", line.when(place), (place, place), name)


def _time(seconds: float) -> int:
    return round(seconds * 1000)
