"""What stays in the manifest when a run ends, and which files no line stands for any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sbv2cli.pipeline.diff import is_elsewhere
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.records import LineId, ManifestRow
from sbv2cli.writers import naming, timings
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


def prune(orphans: Sequence[ManifestRow], output: Path) -> int:
    """Delete files that were left behind, with their sidecars."""
    for row in orphans:
        assert row.file is not None
        (output / row.file).unlink(missing_ok=True)
        (output / timings.sidecar_path(row.file)).unlink(missing_ok=True)
    return len(orphans)
