"""Files of somebody else that stand where a run would write."""

from __future__ import annotations

import os
from collections.abc import Sequence

from sbv2cli.errors import Sbv2Error, ScriptError
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.prepare import refuse
from sbv2cli.writers import naming, timings
from sbv2cli.writers.indexed_manifest import IndexedManifest


def names_of(prepared: PreparedLine, job: Job) -> tuple[str, ...]:
    """The files of a line, below the output folder."""
    sidecar = (timings.sidecar_path(prepared.file),) if job.timings != "none" else ()
    return (prepared.file, *sidecar)


def refuse_foreign(
    prepared_lines: Sequence[PreparedLine], job: Job, previous: IndexedManifest
) -> None:
    """Refuse to write over files that no row of the manifest tells of, all of them in one list."""
    if job.force or job.adopt:
        return
    errors: list[Sbv2Error] = [
        ScriptError(
            "name.foreign",
            "there is a file already where a line would be written, and the manifest knows"
            " nothing of it",
            at=f"{job.output / name} (line {prepared.id}, {prepared.line.source})",
            hint=_hint(previous),
        )
        for prepared in prepared_lines
        if prepared.skip is None
        for name in names_of(prepared, job)
        if os.path.lexists(os.path.join(job.output, name))  # noqa: PTH118 - a million times
        and not previous.rows.is_claimed(naming.fold(name))
    ]
    refuse(errors)


def _hint(previous: IndexedManifest) -> str:
    ways = "move it away, choose another folder, or write over it: --adopt"
    if not previous.damaged:
        return ways
    return (
        f"{ways}; damaged rows of the manifest: {previous.damaged:,}, and it may be one of theirs"
    )
