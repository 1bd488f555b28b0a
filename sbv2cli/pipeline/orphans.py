"""What stays in the manifest when a run ends, and which files no line stands for any more."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from sbv2cli import files, folder_lock
from sbv2cli.pipeline.diff import is_elsewhere
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.store import HELD
from sbv2cli.records import LineId, ManifestRow
from sbv2cli.writers import manifest, naming, timings
from sbv2cli.writers.changes import CSV, MARKDOWN
from sbv2cli.writers.manifest import Manifest


def kept(
    rows: Mapping[LineId, ManifestRow],
    prepared_lines: Sequence[PreparedLine],
    previous: Manifest,
    scripts: Mapping[str, Path],
    job: Job,
    left_out: Collection[LineId] = (),
) -> tuple[list[ManifestRow], list[ManifestRow]]:
    """The rows of lines, and those of files that were left behind.

    Lines of other scripts that still exist stay lines: two scripts may share a folder. So do all
    takes of lines that the run `left_out`: which of them are to stay, a run of these lines decides.
    """
    named = {prepared.id for prepared in prepared_lines}
    lines = [
        row
        for row in rows.values()
        if row.id in named
        or (
            row.id not in previous.orphans
            and ((row.take_of or row.id) in left_out or is_elsewhere(row, scripts))
        )
    ]
    ids = {row.id for row in lines}
    left = [row for row in rows.values() if row.id not in ids]
    # A line that moved leaves its old file behind.
    left += [
        replace(row, id=LineId(f"file:{row.file}"))
        for row in previous.rows.values()
        if row.id in ids and row.file is not None and rows[row.id].file != row.file
    ]
    used = {naming.fold(row.file) for row in lines if row.file is not None}
    orphans: dict[str, ManifestRow] = {}
    for row in left:
        if row.file is None or naming.fold(row.file) in used:
            continue
        if (job.output / row.file).is_file():
            orphans[row.file] = row
    return lines, list(orphans.values())


def replaced_scripts(
    lines: Iterable[ManifestRow], previous: Manifest, scripts: Collection[str]
) -> dict[str, list[ManifestRow]]:
    """Scripts whose lines this run has taken over, with the lines of each that it left there.

    A sheet that is given under another name is such a one: while the old file is still there,
    nobody can tell a line that was deleted from one that another script has.
    """
    left: dict[str, list[ManifestRow]] = {}
    taken: set[str] = set()
    for row in lines:
        path = row.source.path
        if path not in scripts:
            left.setdefault(path, []).append(row)
        elif row.id in previous.rows:
            taken.add(previous.rows[row.id].source.path)
    return {path: rows for path, rows in left.items() if path in taken}


def prune(
    orphans: Sequence[ManifestRow], lines: Sequence[ManifestRow], job: Job
) -> list[ManifestRow]:
    """Delete files that were left behind, with their sidecars; return the rows of those that stay.

    A manifest is a file that anybody can write, and a file may have been replaced: only what has
    the bytes that its row tells of is deleted.
    """
    live = {naming.fold(row.file) for row in lines if row.file is not None}
    live |= {naming.fold(timings.sidecar_path(row.file)) for row in lines if row.file is not None}
    stay = []
    for row in orphans:
        assert row.file is not None
        if not os.path.lexists(job.output / row.file):
            continue  # somebody has deleted it
        if not _is_ours(row, live, job):
            stay.append(row)
            continue
        (job.output / row.file).unlink(missing_ok=True)
        sidecar = timings.sidecar_path(row.file)
        if row.timings == sidecar and _may_go(sidecar, live, job):
            (job.output / sidecar).unlink(missing_ok=True)
    return stay


def _is_ours(row: ManifestRow, live: Collection[str], job: Job) -> bool:
    """Whether the file has the size and the hash that the row tells of."""
    assert row.file is not None
    path = job.output / row.file
    if not _may_go(row.file, live, job) or row.audio is None or row.sha256 is None:
        return False
    return path.stat().st_size == row.audio.bytes and files.sha256_of(path) == row.sha256


def _may_go(name: str, live: Collection[str], job: Job) -> bool:
    """Whether a plain file may be deleted: no live line's, not reserved, behind no link."""
    path = job.output / name
    first = name.split("/", maxsplit=1)[0]
    reserved = first in {HELD, folder_lock.NAME, manifest.NAME, MARKDOWN, CSV} or (
        path.absolute() == job.manifest.absolute()
    )
    folders = [job.output.joinpath(*parent.parts) for parent in PurePosixPath(name).parents]
    linked = any(folder.is_symlink() for folder in folders if folder != job.output)
    return (
        naming.fold(name) not in live
        and not reserved
        and not linked
        and not path.is_symlink()
        and path.is_file()
    )
