"""A manifest -> files made from its lines: subtitles, labels, lip-sync, tables. Loads no voice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from sbv2cli import tables
from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.files import remove_dead_parts, write_whole
from sbv2cli.pipeline.join import receipt
from sbv2cli.pipeline.join.receipt import LinesOfFile
from sbv2cli.records import AudioFacts, LineId, ManifestRow
from sbv2cli.writers import WRITERS, manifest, naming, timeline
from sbv2cli.writers.timeline import ExportOptions, Placed, Track

By = Literal["line", "scene", "chapter", "character", "whole"]
"""Which lines share a file."""

MADE = frozenset({"ok", "reused", "aliased"})
"""States of a line that has a file."""

_SAME = 1e-3  # seconds that rounding may make of one length
_NOBODY = "narration"  # the file of lines without a character


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be made of a manifest, and where."""

    formats: Sequence[str]
    by: By | None = None  # None: the format's habit, a table of the whole, the others by line
    character: str | None = None  # lines of this one alone, each at its time
    joined: Path | None = None  # the report of `sbv2 join`: a file for each of its files
    options: ExportOptions
    output: Path | None = None  # a folder; None: the manifest's, or the report's
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What was made, and of which lines nothing could be."""

    files: tuple[Path, ...]
    untimed: tuple[LineId, ...]


def derive(path: Path, wanted: Wanted, advance: Callable[[], None] = lambda: None) -> Derived:
    """Write the files that are wanted, one a line beside its audio, or one for joined lines.

    A file that is there already with other bytes is refused unless forced; nothing is written
    before all is known. `advance` is called for each line whose times have been read.
    """
    path = manifest_path(path)
    rows = manifest_rows(path)
    if wanted.character is not None:
        _refuse_unknown(wanted.character, rows)
    timed = [name for name in wanted.formats if not WRITERS[name].table]
    made: dict[str, bytes] = {}
    untimed: list[LineId] = []
    for name in wanted.formats:
        if WRITERS[name].table:
            made |= _tables(_those_of(wanted.character, rows), name, wanted.by, path.stem)
    for group in _timed_groups(rows, path, wanted) if timed else ():
        track = _track(group, path.parent, advance)
        untimed += [LineId(line.id) for line in track.lines if not line.phones]
        for name in timed:
            if group.alone and WRITERS[name].phones and not track.lines[0].phones:
                continue
            made[f"{group.stem}.{WRITERS[name].ext}"] = writer(name)(track, wanted.options)
    folder = wanted.output or (wanted.joined or path).parent
    files = {folder / name: data for name, data in made.items()}
    write_files(files, force=wanted.force)
    needed = _needs_phones(wanted.formats)
    return Derived(files=tuple(files), untimed=tuple(untimed) if needed else ())


def manifest_path(path: Path) -> Path:
    """The manifest that is meant: itself, or the one of an output folder."""
    return path / manifest.NAME if path.is_dir() else path


def write_files(files: Mapping[Path, bytes], *, force: bool) -> None:
    """Write all, or none where one of them is there already with other bytes."""
    _refuse_existing(files, force=force)
    remove_dead_parts(*files)
    for file, data in files.items():
        write_whole(file, data, fsync=False)  # it can be made again


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
class _Group:
    """Lines that share a file."""

    stem: str  # of the file
    rows: list[ManifestRow] = field(default_factory=list)
    alone: bool = False  # one line as it is, without its pauses
    only: str | None = None  # whose lines are kept, each at its time
    joined: LinesOfFile | None = None  # how another has joined them already


def _refuse_gaps(rows: Sequence[ManifestRow], path: Path) -> None:
    lacking = [row.id for row in rows if row.status not in MADE and row.status != "skipped"]
    if lacking:
        raise UsageError(
            "export.lines-missing",
            f"{len(lacking)} of {len(rows)} lines have no audio, the first is {lacking[0]}",
            at=str(path),
            hint="run sbv2 render again, or export --by line",
        )
    several = [row.take_of for row in rows if row.take_of is not None]
    if several:
        raise UsageError(
            "export.takes",
            f"a line has several takes: {several[0]}",
            at=str(path),
            hint="choose one of each with sbv2 render --choose, or export --by line",
        )


def sidecar(folder: Path, row: ManifestRow) -> Mapping[str, Any]:
    """The timings beside a line; empty where there are none."""
    if row.timings is None:
        return {}
    try:
        record = json.loads((folder / row.timings).read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _timed_groups(rows: Sequence[ManifestRow], path: Path, wanted: Wanted) -> Iterator[_Group]:
    made = [row for row in rows if row.status in MADE and row.file is not None]
    if wanted.joined is not None:
        groups = _joined_groups(made, wanted.joined)
    else:
        if wanted.by not in {None, "line"}:
            _refuse_gaps(rows, path)
        groups = _groups(made, wanted.by or "line", path.stem)
    if wanted.character is None:
        yield from groups
        return
    label = naming.safe_value(wanted.character)
    for group in groups:
        if _those_of(wanted.character, group.rows):
            stem = group.stem if group.alone else f"{group.stem}-{label}"
            yield replace(group, stem=stem, only=wanted.character)


def _those_of(character: str | None, rows: Sequence[ManifestRow]) -> Sequence[ManifestRow]:
    return rows if character is None else [row for row in rows if row.character == character]


def _refuse_unknown(character: str, rows: Sequence[ManifestRow]) -> None:
    known = {row.character for row in rows} - {None}
    if character not in known:
        names = sorted(name for name in known if name)
        raise UsageError(
            "export.character",
            f'no line has the character "{character}"',
            hint=did_you_mean(character, names) if names else "the lines name no characters",
        )


def _joined_groups(rows: Sequence[ManifestRow], report: Path) -> list[_Group]:
    """The lines of each file of a join, in its order."""
    by_id = {row.id: row for row in rows}
    groups = []
    for file in receipt.joined_files(report):
        lines = [by_id[LineId(line)] for line in file.lines if line in by_id]
        lengths = [seconds for _, seconds in file.lines.values()]
        fit = len(lines) == len(lengths) and all(
            abs((row.seconds or 0.0) - seconds) < _SAME
            for row, seconds in zip(lines, lengths, strict=True)
        )
        if not fit:
            raise UsageError(
                "export.joined-other",
                f"{file.name} does not hold the lines that the manifest has now",
                at=str(report),
                hint="give the report of a join of this manifest, or run sbv2 join again",
            )
        groups.append(_Group(stem=PurePosixPath(file.name).stem, rows=lines, joined=file))
    return groups


def _tables(rows: Sequence[ManifestRow], name: str, by: By | None, stem: str) -> dict[str, bytes]:
    if by == "line":
        raise UsageError(
            "export.scope",
            f"{name} is a table of lines, so there is none for each",
            hint="leave out --by, or use --by chapter",
        )
    return {
        f"{group.stem}.{WRITERS[name].ext}": writer(name)(group.rows)
        for group in _groups(rows, by or "whole", stem)
    }


def _groups(rows: Sequence[ManifestRow], by: By, stem: str) -> list[_Group]:
    """The lines of each chapter, scene or character, or each on its own."""
    if by == "line":
        return [
            _Group(stem=str(PurePosixPath(row.file or "").with_suffix("")), rows=[row], alone=True)
            for row in rows
        ]
    # Without lines there is an empty file of the whole, and no other.
    groups: dict[tuple[object, ...], _Group] = {(): _Group(stem=stem)} if by == "whole" else {}
    names: set[str] = set()
    for row in rows:
        key, label = _scope(row, by)
        if key not in groups:
            name = "-".join([stem, *label])
            while naming.fold(name) in names:
                name += "_"
            names.add(naming.fold(name))
            groups[key] = _Group(stem=name)
        groups[key].rows.append(row)
    return list(groups.values())


def _scope(row: ManifestRow, by: By) -> tuple[tuple[object, ...], list[str]]:
    """What a row shares with the others of its file, and what that file is called."""
    chapter = [f"{row.chapter or 0:02d}"]
    if by == "chapter":
        return (row.chapter,), chapter
    if by == "scene":
        scene = [naming.safe_value(row.scene)] if row.scene else []
        return (row.chapter, row.scene), [*(chapter if row.chapter is not None else []), *scene]
    if by == "character":
        return (row.character,), [naming.safe_value(row.character or _NOBODY)]
    return (), []


def _track(group: _Group, folder: Path, advance: Callable[[], None]) -> Track:
    """The line as it is, or the lines joined with their pauses."""
    if group.alone:
        row = group.rows[0]
        line = timeline.timed(row, sidecar(folder, row))
        advance()
        return Track(lines=[line], seconds=line.end, sound=PurePosixPath(row.file or "").name)
    starts, seconds, sound = _places(group)
    lines = []
    for row, start in zip(group.rows, starts, strict=True):
        if group.only not in {None, row.character}:
            continue
        lines.append(timeline.moved(timeline.timed(row, sidecar(folder, row)), start))
        advance()
    return Track(lines=lines, seconds=seconds, sound=sound)


def _places(group: _Group) -> tuple[list[float], float, str]:
    """Where each line begins, how long the sound is, both in seconds, and what it is called."""
    if group.joined is not None:
        begins = [start for start, _ in group.joined.lines.values()]
        return begins, group.joined.seconds, group.joined.name
    placed = [_placed(row) for row in group.rows]
    rate = max((place.rate for place in placed), default=1)
    starts, total = timeline.starts(placed, rate)
    return [start / rate for start in starts], round(total / rate, 6), group.stem


def writer(name: str) -> Any:
    """What writes a format: `(track, options) -> bytes`; of a table `(rows) -> bytes`."""
    return tables.resolve({name: WRITERS[name].writer}, name, kind="format")


def _placed(row: ManifestRow) -> Placed:
    audio = row.audio or AudioFacts()
    rate = audio.rate or 1
    return Placed(
        samples=audio.samples or round((row.seconds or 0) * rate),
        rate=rate,
        before=row.pause_before or 0.0,
        after=row.pause_after or 0.0,
    )


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
