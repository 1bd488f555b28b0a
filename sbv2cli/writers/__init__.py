"""Waveform -> files and manifest rows, and what is made from them.

A row of `WRITERS` names a function `(lines, total seconds) -> bytes` that makes a derived file from
lines on a time line (`timeline.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A format of derived files."""

    writer: str  # "package.module:function"
    ext: str
    help: str
    phones: bool = False  # cannot be made where the voice tells no durations


WRITERS: Mapping[str, Row] = {
    "srt": Row(writer="sbv2cli.writers.subtitles:srt", ext="srt", help="SubRip subtitles"),
    "vtt": Row(writer="sbv2cli.writers.subtitles:vtt", ext="vtt", help="WebVTT with speakers"),
    "lab": Row(
        writer="sbv2cli.writers.labels:lab", ext="lab", help="HTK labels of phones", phones=True
    ),
    "textgrid": Row(
        writer="sbv2cli.writers.labels:textgrid",
        ext="TextGrid",
        help="Praat TextGrid of phones, moras, words and lines",
        phones=True,
    ),
    "audacity": Row(
        writer="sbv2cli.writers.labels:audacity", ext="txt", help="Audacity labels of lines"
    ),
}
