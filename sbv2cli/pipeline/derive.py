"""A manifest -> files made from the times of its lines: subtitles and labels. Loads no voice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from sbv2cli import tables
from sbv2cli.errors import UsageError
from sbv2cli.files import write_whole
from sbv2cli.records import AudioFacts, LineId, ManifestRow
from sbv2cli.writers import WRITERS, manifest, timeline
from sbv2cli.writers.timeline import Placed, TimedLine

By = Literal["line", "whole"]

_MADE = frozenset({"ok", "reused", "aliased"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What was made, and of which lines nothing could be."""

    files: tuple[Path, ...]
    untimed: tuple[LineId, ...]


def derive(
    path: Path, formats: Sequence[str], by: By, *, output: Path | None = None, force: bool = False
) -> Derived:
    """Write files of these formats, one a line beside its audio, or one for all lines joined.

    `output` is another folder than the manifest's. A file that is there already with other bytes is
    refused unless forced; nothing is written before all is known.
    """
    path = path / manifest.NAME if path.is_dir() else path
    rows = _rows(path)
    lines = [
        _Line(row=row, timed=timeline.timed(row, _sidecar(path.parent, row)))
        for row in rows
        if row.status in _MADE and row.file is not None
    ]
    folder = output or path.parent
    if by == "whole":
        _refuse_gaps(rows, path)
    wanted = _by_line(lines, formats) if by == "line" else _whole(lines, formats, path.stem)
    files = {folder / name: data for name, data in wanted.items()}
    _refuse_existing(files, force=force)
    for file, data in files.items():
        write_whole(file, data)
    untimed = tuple(line.row.id for line in lines if not line.timed.phones)
    return Derived(files=tuple(files), untimed=untimed if _needs_phones(formats) else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    row: ManifestRow
    timed: TimedLine


def _rows(path: Path) -> list[ManifestRow]:
    if not path.exists():
        raise UsageError(
            "export.manifest",
            "there is no manifest",
            at=str(path),
            hint=f"give the {manifest.NAME} of an output folder",
        )
    found = manifest.read_manifest(path)
    rows = (row for row in found.rows.values() if row.id not in found.orphans)
    return sorted(rows, key=lambda row: row.number)


def _refuse_gaps(rows: Sequence[ManifestRow], path: Path) -> None:
    lacking = [row.id for row in rows if row.status not in _MADE and row.status != "skipped"]
    if lacking:
        raise UsageError(
            "export.lines-missing",
            f"{len(lacking)} of {len(rows)} lines have no audio, the first is {lacking[0]}",
            at=str(path),
            hint="run sbv2 render again, or export --by line",
        )


def _sidecar(folder: Path, row: ManifestRow) -> Mapping[str, Any]:
    if row.timings is None:
        return {}
    try:
        record = json.loads((folder / row.timings).read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _by_line(lines: Sequence[_Line], formats: Sequence[str]) -> dict[str, bytes]:
    return {
        _beside(line.row.file or "", WRITERS[name].ext): _write(name, [line.timed], line.timed.end)
        for line in lines
        for name in formats
        if line.timed.phones or not WRITERS[name].phones
    }


def _whole(lines: Sequence[_Line], formats: Sequence[str], stem: str) -> dict[str, bytes]:
    placed = [_placed(line.row) for line in lines]
    rate = max((place.rate for place in placed), default=1)
    starts, total = timeline.starts(placed, rate)
    moved = [
        timeline.moved(line.timed, start / rate) for line, start in zip(lines, starts, strict=True)
    ]
    return {
        f"{stem}.{WRITERS[name].ext}": _write(name, moved, round(total / rate, 6))
        for name in formats
    }


def _write(name: str, lines: Sequence[TimedLine], total: float) -> bytes:
    writer = tables.resolve({name: WRITERS[name].writer}, name, kind="format")
    data: bytes = writer(lines, total)
    return data


def _placed(row: ManifestRow) -> Placed:
    audio = row.audio or AudioFacts()
    rate = audio.rate or 1
    return Placed(
        samples=audio.samples or round((row.seconds or 0) * rate),
        rate=rate,
        before=row.pause_before or 0.0,
        after=row.pause_after or 0.0,
    )


def _beside(file: str, ext: str) -> str:
    return str(PurePosixPath(file).with_suffix(f".{ext}"))


def _needs_phones(formats: Sequence[str]) -> bool:
    return any(WRITERS[name].phones for name in formats)


def _refuse_existing(files: Mapping[Path, bytes], *, force: bool) -> None:
    if force:
        return
    for file, data in files.items():
        if file.exists() and file.read_bytes() != data:
            raise UsageError(
                "export.exists",
                "there is another file already",
                at=str(file),
                hint="choose another folder with --output, or replace it: --force",
            )
