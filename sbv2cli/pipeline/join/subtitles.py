"""Subtitles beside a joined file: its lines with their times, where they stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli.languages.sentences import split_sentences
from sbv2cli.pipeline import derive
from sbv2cli.writers import WRITERS, timeline
from sbv2cli.writers.timeline import ExportOptions, Track

if TYPE_CHECKING:
    from sbv2cli.pipeline.join.parts import Part
    from sbv2cli.pipeline.join.settings import JoinSettings

_DIGITS = 6  # of seconds


def of_part(part: Part, settings: JoinSettings) -> Iterator[tuple[str, Path, bytes]]:
    """(name, path, bytes) of what was asked for beside a file."""
    if not settings.subtitles:
        return
    folder = settings.manifest.parent
    lines = [
        timeline.moved(
            timeline.timed(line.row, derive.sidecar(folder, line.row)), start / part.rate
        )
        for line, start in zip(part.lines, part.starts, strict=True)
        if line.row is not None and line.path is not None
    ]
    track = Track(
        lines=lines, seconds=round(part.samples / part.rate, _DIGITS), sound=part.path.name
    )
    options = ExportOptions(split_sentences=partial(split_sentences, inside_quotes=True))
    for name in settings.subtitles:
        path = path_of(part.path, name)
        yield path.name, path, derive.writer(name)(track, options)


def path_of(path: Path, name: str) -> Path:
    """Where the subtitles of a file stand."""
    return path.with_suffix(f".{WRITERS[name].ext}")
