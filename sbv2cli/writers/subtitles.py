"""Subtitles: SubRip, WebVTT, ASS and LRC, timed by the words of the line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, zip_longest

from sbv2cli.records import Ruby
from sbv2cli.writers.cues import Cue, cues, shown
from sbv2cli.writers.timeline import ExportOptions, Track

# A gap that leaves the last row of lyrics on the screen too long.
_LONG_GAP = 1.0  # seconds

# Braces and backslashes have no escape in ASS that every player knows.
_FULL_WIDTH = str.maketrans("{}\\", "｛｝＼")

_ASS_HEAD = """\
[Script Info]
ScriptType: v4.00+
WrapStyle: 2
PlayResX: 1920
PlayResY: 1080
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Sans,64,&H00FFFFFF,&H0000A5FF,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,3,1,2,80,\
80,60,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def srt(track: Track, options: ExportOptions) -> bytes:
    """SubRip: numbered from 1, CR LF, UTF-8."""
    blocks = [
        "\r\n".join(
            [str(number), f"{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}", *cue.rows, ""]
        )
        for number, cue in enumerate(cues(track, options), start=1)
    ]
    return "".join(f"{block}\r\n" for block in blocks).encode()


def vtt(track: Track, options: ExportOptions) -> bytes:
    """WebVTT: who speaks is a voice span, and ruby is ruby."""
    blocks = ["WEBVTT\n"]
    for cue in cues(track, options):
        name = cue.line.character
        voice = f"<v {_escaped(shown(name))}>" if name else ""
        rows = (_with_ruby(cue, row) for row in range(len(cue.spans))) if options.ruby else cue.rows
        text = "\n".join(rows if options.ruby else map(_escaped, rows))
        blocks.append(f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{voice}{text}\n")
    return "\n".join(blocks).encode()


def ass(track: Track, options: ExportOptions) -> bytes:
    """Advanced SubStation Alpha, with a byte-order mark as editors on Windows expect it."""
    return _ass(track, options, karaoke=False)


def ass_karaoke(track: Track, options: ExportOptions) -> bytes:
    """The same, filling up word by word while it is spoken."""
    return _ass(track, options, karaoke=True)


def lrc(track: Track, options: ExportOptions) -> bytes:
    """LRC: a row at its time; an empty one takes the last from the screen before a longer gap."""
    found = list(cues(track, options))
    rows = []
    for cue, following in zip_longest(found, found[1:]):
        first, last = cue.span
        rows.append(f"[{_minutes(cue.start)}]{shown(cue.line.text[first:last])}")
        if following is None or following.start - cue.end > _LONG_GAP:
            rows.append(f"[{_minutes(cue.end)}]")
    return "".join(f"{row}\n" for row in rows).encode()


def _with_ruby(cue: Cue, row: int) -> str:
    """A row with its ruby in WebVTT's own elements."""
    first, last = cue.spans[row]
    parts: list[str] = []
    for one in _inside(cue.line.ruby, first, last):
        parts.append(_spaced(cue.line.text[first : one.span[0]]))
        base = _spaced(cue.line.text[slice(*one.span)])
        # The sign of an accent is for who speaks it.
        reading = _spaced(one.reading.replace("'", ""))
        parts.append(f"<ruby>{base}<rt>{reading}</rt></ruby>" if reading.strip() else base)
        first = one.span[1]
    parts.append(_spaced(cue.line.text[first:last]))
    return "".join(parts).strip()


def _inside(ruby: tuple[Ruby, ...], first: int, last: int) -> Iterator[Ruby]:
    for one in ruby:
        if first <= one.span[0] and one.span[1] <= last:
            yield one
            first = one.span[1]


def _spaced(text: str) -> str:
    inner = shown(text)
    before = " " if text[:1].isspace() else ""
    after = " " if inner and text[-1:].isspace() else ""
    return _escaped(f"{before}{inner}{after}")


def _ass(track: Track, options: ExportOptions, *, karaoke: bool) -> bytes:
    rows = [_ASS_HEAD]
    for cue in cues(track, options):
        name = shown(cue.line.character or "").replace(",", "，")
        times = f"{_ass_clock(cue.start)},{_ass_clock(cue.end)}"
        text = _filling(cue) if karaoke else r"\N".join(map(_ass_text, cue.rows))
        rows.append(f"Dialogue: 0,{times},Default,{name},0,0,0,,{text}\n")
    return "".join(rows).encode("utf-8-sig")


def _filling(cue: Cue) -> str:
    r"""The text with `{\k…}` before each word: hundredths of a second, together the cue's."""
    rows = []
    begin, end = round(cue.start * 100), round(cue.end * 100)
    for first, last in cue.spans:
        starts = {first, *(word[0] for word in cue.line.words if first < word[0] < last)}
        edges = [*sorted(starts), last]
        parts = []
        for start, stop in pairwise(edges):
            final = stop == cue.span[1]
            until = end if final else min(max(round(cue.line.when(stop) * 100), begin), end)
            parts.append(rf"{{\k{until - begin}}}" + _ass_text(cue.line.text[start:stop]))
            begin = until
        rows.append("".join(parts))
    return r"\N".join(rows)


def _ass_text(text: str) -> str:
    plain = "".join(" " if character.isspace() else character for character in text)
    return plain.translate(_FULL_WIDTH)


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, fraction = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{fraction:03d}"


def _ass_clock(seconds: float) -> str:
    minutes, hundredths = divmod(round(seconds * 100), 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{hundredths // 100:02d}.{hundredths % 100:02d}"


def _minutes(seconds: float) -> str:
    minutes, hundredths = divmod(round(seconds * 100), 6000)
    return f"{minutes:02d}:{hundredths // 100:02d}.{hundredths % 100:02d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
