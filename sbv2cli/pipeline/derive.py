"""A manifest -> files made from its lines: subtitles, labels, lip-sync, tables. Loads no voice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeVar

from sbv2cli import tables
from sbv2cli.errors import UsageError
from sbv2cli.files import write_whole
from sbv2cli.records import AudioFacts, LineId, ManifestRow
from sbv2cli.writers import WRITERS, manifest, naming, timeline
from sbv2cli.writers.timeline import ExportOptions, Placed, TimedLine, Track

T = TypeVar("T")
By = Literal["line", "scene", "chapter", "character", "whole"]

MADE = frozenset({"ok", "reused", "aliased"})
"""States of a line that has a file."""

_NOBODY = "narration"  # the file of lines without a character


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What was made, and of which lines nothing could be."""

    files: tuple[Path, ...]
    untimed: tuple[LineId, ...]


def derive(
    path: Path,
    formats: Sequence[str],
    by: By | None = None,
    options: ExportOptions | None = None,
    *,
    output: Path | None = None,
    force: bool = False,
) -> Derived:
    """Write files of these formats, one a line beside its audio, or one for lines that are joined.

    Without `by` each format has its habit: a table is of the whole, everything else by line.
    `output` is another folder than the manifest's. A file that is there already with other bytes is
    refused unless forced; nothing is written before all is known.
    """
    path = manifest_path(path)
    rows = manifest_rows(path)
    lines = [
        _Line(row=row, timed=timeline.timed(row, _sidecar(path.parent, row)))
        for row in rows
        if row.status in MADE and row.file is not None
    ]
    wanted = _wanted(rows, lines, formats, by, options or ExportOptions(), path)
    folder = output or path.parent
    files = {folder / name: data for name, data in wanted.items()}
    write_files(files, force=force)
    untimed = tuple(line.row.id for line in lines if not line.timed.phones)
    return Derived(files=tuple(files), untimed=untimed if _needs_phones(formats) else ())


def manifest_path(path: Path) -> Path:
    """The manifest that is meant: itself, or the one of an output folder."""
    return path / manifest.NAME if path.is_dir() else path


def write_files(files: Mapping[Path, bytes], *, force: bool) -> None:
    """Write all, or none where one of them is there already with other bytes."""
    _refuse_existing(files, force=force)
    for file, data in files.items():
        write_whole(file, data)


def manifest_rows(path: Path) -> list[ManifestRow]:
    """The rows of the lines that a script still names, in its order."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    row: ManifestRow
    timed: TimedLine


def _refuse_gaps(rows: Sequence[ManifestRow], path: Path) -> None:
    lacking = [row.id for row in rows if row.status not in MADE and row.status != "skipped"]
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


def _wanted(
    rows: Sequence[ManifestRow],
    lines: Sequence[_Line],
    formats: Sequence[str],
    by: By | None,
    options: ExportOptions,
    path: Path,
) -> dict[str, bytes]:
    """Names with their bytes."""
    wanted: dict[str, bytes] = {}
    for name in formats:
        row = WRITERS[name]
        scope: By = by or ("whole" if row.table else "line")
        if row.table:
            _refuse_tables_by_line(name, scope)
            tables_by_name = _groups([(one, one) for one in rows], scope, path.stem)
            for stem, group in tables_by_name.items():
                wanted[f"{stem}.{row.ext}"] = _writer(name)(group)
        elif scope == "line":
            wanted |= _by_line(lines, name, options)
        else:
            _refuse_gaps(rows, path)
            groups = _groups([(line.row, line) for line in lines], scope, path.stem)
            for stem, group_of_lines in groups.items():
                data = _writer(name)(_track(group_of_lines, stem), options)
                wanted[f"{stem}.{row.ext}"] = data
    return wanted


def _by_line(lines: Sequence[_Line], name: str, options: ExportOptions) -> dict[str, bytes]:
    write = _writer(name)
    return {
        _beside(line.row.file or "", WRITERS[name].ext): write(
            Track(
                lines=[line.timed],
                seconds=line.timed.end,
                sound=PurePosixPath(line.row.file or "").name,
            ),
            options,
        )
        for line in lines
        if line.timed.phones or not WRITERS[name].phones
    }


def _groups(rows: Sequence[tuple[ManifestRow, T]], by: By, stem: str) -> dict[str, list[T]]:
    """What belongs to each chapter, scene or character, under the stem of its file."""
    numbers: dict[tuple[object, ...], str] = {}
    groups: dict[str, list[T]] = {}
    names: set[str] = set()
    for row, one in rows:
        key, label = _scope(row, by)
        if key not in numbers:
            name = "-".join([stem, *label])
            while naming.fold(name) in names:
                name += "_"
            names.add(naming.fold(name))
            numbers[key] = name
        groups.setdefault(numbers[key], []).append(one)
    return groups


def _scope(row: ManifestRow, by: By) -> tuple[tuple[object, ...], list[str]]:
    """What a row shares with the others of its file, and what that file is called."""
    chapter = [f"{row.chapter or 0:02d}"]
    if by == "chapter":
        return (row.chapter,), chapter
    if by == "scene":
        scene = [naming.safe_value(row.scene)] if row.scene else ["0"]
        return (row.chapter, row.scene), [*(chapter if row.chapter is not None else []), *scene]
    if by == "character":
        return (row.character,), [naming.safe_value(row.character or _NOBODY)]
    return (), []


def _track(lines: Sequence[_Line], stem: str) -> Track:
    """The lines joined with their pauses."""
    placed = [_placed(line.row) for line in lines]
    rate = max((place.rate for place in placed), default=1)
    starts, total = timeline.starts(placed, rate)
    moved = [
        timeline.moved(line.timed, start / rate) for line, start in zip(lines, starts, strict=True)
    ]
    return Track(lines=moved, seconds=round(total / rate, 6), sound=stem)


def _writer(name: str) -> Any:
    return tables.resolve({name: WRITERS[name].writer}, name, kind="format")


def _refuse_tables_by_line(name: str, by: By) -> None:
    if by == "line":
        raise UsageError(
            "export.scope",
            f"{name} is a table of lines, so there is none for each",
            hint="leave out --by, or use --by chapter",
        )


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
