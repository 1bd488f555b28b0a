"""Mouth shapes as Rhubarb Lip Sync writes them: TSV, JSON, XML, and DAT for Moho and OpenToonz.

Its times are hundredths of a second, and the length of the sound is rounded down.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from xml.sax.saxutils import escape

from sbv2cli.writers.mouths import visemes
from sbv2cli.writers.timeline import ExportOptions, Span, Track, merged

REST = "X"

_SHAPES: Mapping[str, str] = {
    "sil": REST,
    "PP": "A",
    "FF": "G",
    "RR": "H",
    "aa": "D",
    "E": "C",
    "oh": "E",
    "ou": "F",
    **dict.fromkeys(("TH", "DD", "kk", "CH", "SS", "nn", "ih"), "B"),
}
_PRESTON_BLAIR = {
    "A": "MBP", "B": "etc", "C": "E", "D": "AI", "E": "O", "F": "U", "G": "FV", "H": "L",
    REST: "rest",
}  # fmt: skip
# A drawn mouth that is seen for less than this flickers, but lips that never meet look wrong.
_SHORTEST = 0.06  # seconds
_ALWAYS_SEEN = frozenset("AG")
_WIDEST_FIRST = "DECFBHX"

Cue = tuple[str, int, int]
"""A shape with its start and end in hundredths of a second."""


def tsv(track: Track, options: ExportOptions) -> bytes:
    """Rhubarb's TSV: a row at each change, and the end."""
    del options
    cues = _cues(track)
    rows = [*((shape, start) for shape, start, _ in cues), (REST, cues[-1][2])]
    return "".join(f"{_seconds(at)}\t{shape}\n" for shape, at in rows).encode()


def cues_json(track: Track, options: ExportOptions) -> bytes:
    """Rhubarb's JSON; the sound is named without its folder."""
    del options
    cues = _cues(track)
    rows = ",\n".join(
        f'    {{ "start": {_seconds(start)}, "end": {_seconds(end)}, "value": "{shape}" }}'
        for shape, start, end in cues
    )
    name = json.dumps(track.sound, ensure_ascii=False)
    return (
        f'{{\n  "metadata": {{\n    "soundFile": {name},\n'
        f'    "duration": {_seconds(cues[-1][2])}\n  }},\n'
        f'  "mouthCues": [\n{rows}\n  ]\n}}\n'
    ).encode()


def xml(track: Track, options: ExportOptions) -> bytes:
    """Rhubarb's XML."""
    del options
    cues = _cues(track)
    rows = [
        f'    <mouthCue start="{_seconds(start)}" end="{_seconds(end)}">{shape}</mouthCue>'
        for shape, start, end in cues
    ]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rhubarbResult>\n  <metadata>\n'
        f"    <soundFile>{escape(track.sound)}</soundFile>\n"
        f"    <duration>{_seconds(cues[-1][2])}</duration>\n  </metadata>\n  <mouthCues>\n"
        + "\n".join(rows)
        + "\n  </mouthCues>\n</rhubarbResult>\n"
    ).encode()


def dat(track: Track, options: ExportOptions) -> bytes:
    """A switch file of Moho and OpenToonz, with Rhubarb's letters."""
    return _switch(track, options.fps, {})


def dat_preston_blair(track: Track, options: ExportOptions) -> bytes:
    """A switch file with the names of Preston Blair's mouths, which Moho's own drawings have."""
    return _switch(track, options.fps, _PRESTON_BLAIR)


def _switch(track: Track, fps: float, names: Mapping[str, str]) -> bytes:
    rows: list[tuple[int, str]] = []
    cues = _cues(track)
    for shape, start, _ in cues:
        frame = 1 + int(start * fps / 100)
        if not rows or frame > rows[-1][0]:
            rows.append((frame, shape))
    end = max(1 + int(cues[-1][2] * fps / 100), rows[-1][0] + 1)
    rows.append((end, REST))
    return (
        "MohoSwitch1\n" + "".join(f"{frame} {names.get(shape, shape)}\n" for frame, shape in rows)
    ).encode()


def _cues(track: Track) -> list[Cue]:
    """Shapes that tile the sound; never empty, no two neighbours alike."""
    # A sum of seconds may lie a hair below the hundredth that is meant.
    length = int(track.seconds * 100 + 1e-4)
    spans = ((_SHAPES[viseme], start, end) for viseme, start, end in visemes(track))
    held = list(merged(_long_enough(merged(spans))))
    edges = [min(round(start * 100), length) for _, start, _ in held] + [length]
    rounded = (
        (shape, start / 100, end / 100)
        for (shape, _, _), (start, end) in zip(held, pairwise(edges), strict=True)
        if start < end
    )
    cues = [(shape, round(start * 100), round(end * 100)) for shape, start, end in merged(rounded)]
    return cues or [(REST, 0, length)]


def _long_enough(spans: Iterable[Span]) -> list[Span]:
    """Without shapes that would flicker: of those in quick succession the widest is seen."""
    found: list[Span] = []
    run: list[Span] = []

    def end_run() -> None:
        if not run:
            return
        if run[-1][2] - run[0][1] < _SHORTEST and found and found[-1][0] not in _ALWAYS_SEEN:
            run.insert(0, found.pop())
        widest = min((shape for shape, _, _ in run), key=_WIDEST_FIRST.index)
        found.append((widest, run[0][1], run[-1][2]))
        run.clear()

    for span in spans:
        if span[0] in _ALWAYS_SEEN:
            end_run()
            found.append(span)
            continue
        run.append(span)
        if span[2] - run[0][1] >= _SHORTEST:
            end_run()
    end_run()
    return found


def _seconds(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}"
