"""Labels of phones, moras, words and lines: HTK, Praat, Audacity."""

from __future__ import annotations

from collections.abc import Sequence

from sbv2cli.writers.mouths import PAUSES
from sbv2cli.writers.timeline import ExportOptions, Span, Track, merged, tiled

# HTK counts in 100 ns.
_TICKS = 10_000_000
_PAUSE = "pau"
# What VOICEVOX calls it, whose labels video makers' tools read.
_NAMES = {"q": "cl"}
_DIGITS = 6  # microseconds


def lab(track: Track, options: ExportOptions) -> bytes:
    """HTK labels, one row a phone; pauses and silence are `pau`, devoiced vowels in lower case."""
    del options
    phones = [span for line in track.lines for span in line.phones]
    return _rows([(_htk(label), start, end) for label, start, end in phones], track.seconds)


def lab_moras(track: Track, options: ExportOptions) -> bytes:
    """HTK labels, one row a mora in kana; pauses and silence are `pau`."""
    del options
    return _rows([span for line in track.lines for span in line.moras], track.seconds)


def _rows(spans: Sequence[Span], seconds: float) -> bytes:
    # No empty row, no comment, and no CR: readers drop a whole file for one row that does not fit.
    return "".join(
        f"{round(start * _TICKS)} {round(end * _TICKS)} {''.join(label.split())}\n"
        for label, start, end in merged(tiled(spans, seconds, _PAUSE), _PAUSE)
    ).encode()


def textgrid(track: Track, options: ExportOptions) -> bytes:
    """A Praat TextGrid in the long form, UTF-8: four tiers without gaps, silence without text."""
    del options
    lines, total = track.lines, track.seconds
    tiers = {
        "phones": [
            ("" if label in PAUSES else label, start, end)
            for line in lines
            for label, start, end in line.phones
        ],
        "moras": [span for line in lines for span in line.moras],
        "words": [
            (line.text[first:last], start, end)
            for line in lines
            for first, last, start, end in line.words
        ],
        "text": [(line.text, line.start, line.end) for line in lines],
    }
    rows = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {_number(total)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for index, (name, spans) in enumerate(tiers.items(), start=1):
        rows += _tier(index, name, list(merged(tiled(spans, total, ""), "")), total)
    return ("\n".join(rows) + "\n").encode()


def audacity(track: Track, options: ExportOptions) -> bytes:
    """Audacity's labels: start, end and text of each line, between tabs."""
    del options
    return "".join(
        f"{line.start:.6f}\t{line.end:.6f}\t{' '.join(line.text.split())}\n" for line in track.lines
    ).encode()


def _tier(index: int, name: str, spans: Sequence[Span], total: float) -> list[str]:
    rows = [
        f"    item [{index}]:",
        '        class = "IntervalTier"',
        f'        name = "{name}"',
        "        xmin = 0",
        f"        xmax = {_number(total)}",
        f"        intervals: size = {len(spans)}",
    ]
    for number, (label, start, end) in enumerate(spans, start=1):
        text = " ".join(label.split()).replace('"', '""')
        rows.append(
            f"        intervals [{number}]:\n            xmin = {_number(start)}\n"
            f'            xmax = {_number(end)}\n            text = "{text}"'
        )
    return rows


def _htk(phone: str) -> str:
    if phone in PAUSES:
        return _PAUSE
    return _NAMES.get(phone, phone if phone == "N" else phone.lower())


def _number(seconds: float) -> str:
    """Shortest form to the microsecond, never with an exponent."""
    return f"{seconds:.{_DIGITS}f}".rstrip("0").rstrip(".")
