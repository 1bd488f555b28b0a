"""Errors -> failures of one line."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from sbv2cli.errors import EngineError, MachineError, Sbv2Error
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.records import LineFailure, LineId


def strict_problem(read: ReadLine, job: Job) -> Sbv2Error | None:
    """The first warning about a text, where `--strict` makes a failure of it."""
    if not job.strict:
        return None
    warned = [
        finding
        for finding in chain(
            read.prepared.line.findings, *(reading.findings for reading in read.readings)
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
    if isinstance(error, MemoryError):
        return MachineError(
            "machine.memory",
            "there is not enough memory for this line",
            hint="end other programs, or use fewer --threads, then run the same command again",
        )
    return Sbv2Error(
        "line.bug",
        f"sbv2 met a bug: {type(error).__name__}: {error}",
        hint="report this line; the others are not touched by it",
    )


def failure_of(line: LineId, error: Sbv2Error) -> LineFailure:
    """The error as the failure of a line."""
    return LineFailure(
        id=line, code=error.code, message=error.message, at=error.at, hint=error.hint
    )


def placed(failure: LineFailure, prepared: PreparedLine) -> LineFailure:
    """The failure as that of a line in a script: where the line stands is said first."""
    at = str(prepared.line.source)
    return replace(failure, id=prepared.id, at=at if failure.at is None else f"{at}: {failure.at}")


def as_error(failure: LineFailure) -> EngineError:
    """The failure of a line as an error, where nothing is made without that line."""
    return EngineError(failure.code, failure.message, at=failure.at, hint=failure.hint)
