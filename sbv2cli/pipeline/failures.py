"""Errors -> failures of one line."""

from __future__ import annotations

from itertools import chain

from sbv2cli.errors import Sbv2Error
from sbv2cli.pipeline.job import Cue, Job
from sbv2cli.pipeline.pieces import Read
from sbv2cli.records import LineFailure


def strict_problem(read: Read, job: Job) -> Sbv2Error | None:
    """The first warning about a text, where `--strict` makes a failure of it."""
    if not job.strict:
        return None
    warned = [
        finding
        for finding in chain(
            read.cue.line.findings, *(reading.findings for reading in read.readings)
        )
        if finding.severity != "note"
    ]
    if not warned:
        return None
    return Sbv2Error(warned[0].code, warned[0].message, hint=warned[0].hint)


def as_line_error(error: Exception) -> Sbv2Error:
    """The error, or a bug told as one."""
    if isinstance(error, Sbv2Error):
        return error
    return Sbv2Error(
        "line.bug",
        f"sbv2 met a bug: {type(error).__name__}: {error}",
        hint="report this line; the others are not touched by it",
    )


def failure_of(cue: Cue, error: Sbv2Error) -> LineFailure:
    """The failure of a line: the error, and where the line stands."""
    at = str(cue.line.source)
    return LineFailure(
        id=cue.id,
        code=error.code,
        message=error.message,
        at=at if error.at is None else f"{at}: {error.at}",
        hint=error.hint,
    )
