"""One file: finish the sound, encode it, put it and its sidecar on the disk. Knows no run."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbv2cli import files
from sbv2cli.errors import MachineError
from sbv2cli.pipeline import failures
from sbv2cli.pipeline.job import Cue, Job
from sbv2cli.pipeline.pieces import Read
from sbv2cli.records import LineFailure, LineId, Waveform
from sbv2cli.writers import timings

if TYPE_CHECKING:
    from sbv2cli.pipeline.post import Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Bytes that another file has already."""

    data: bytes
    sidecar: bytes | None


Content = Copy | tuple[Read, tuple[Waveform, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTask:
    """A file to be written: from sounds, or a copy of another file."""

    cue: Cue
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of a file. Without digest, failure or error it was refused for a warning."""

    id: LineId
    digest: str | None = None  # SHA-256 of the file
    finished: Finished | None = None  # of sounds, without their bytes
    failure: LineFailure | None = None  # of this line
    error: MachineError | None = None  # of the machine: a full disk
    seconds: float = 0.0


def write(task: WriteTask, job: Job) -> Written:
    """Write the file of one line; every error is told and none is raised."""
    start = time.monotonic()
    try:
        written = _write(task, job)
    except MachineError as error:
        written = Written(id=task.cue.id, error=error)
    except Exception as met:  # noqa: BLE001 - a bug met by one line is that line's failure
        failure = failures.failure_of(task.cue.id, failures.as_line_error(met))
        written = Written(id=task.cue.id, failure=failure)
    return replace(written, seconds=time.monotonic() - start)


def _write(task: WriteTask, job: Job) -> Written:
    cue = task.cue
    if isinstance(task.content, Copy):
        digest = _put(cue, task.content.data, task.content.sidecar, job)
        return Written(id=cue.id, digest=digest)
    read, sounds = task.content
    finished = _finished(read, sounds, job)
    told = replace(finished, data=b"")
    if job.strict and any(warned.severity != "note" for warned in finished.warnings):
        return Written(id=cue.id, finished=told)
    sidecar = None
    if job.timings != "none":
        sidecar = timings.sidecar(cue.id, finished.timings, moras=job.timings == "moras")
    digest = _put(cue, finished.data, sidecar, job)
    return Written(id=cue.id, digest=digest, finished=told)


def _finished(read: Read, sounds: tuple[Waveform, ...], job: Job) -> Finished:
    from sbv2cli.pipeline import post  # noqa: PLC0415  (numpy)

    samples, times = post.whole(sounds, read.pieces, read.readings, job.pauses["sentence"])
    cue = read.cue
    return post.finish(samples, times, cue.finish, job.encoding, speed=cue.settings.speed)


def _put(cue: Cue, data: bytes, sidecar: bytes | None, job: Job) -> str:
    # The sidecar first: a file that is there has its timings.
    if sidecar is not None:
        path = job.output / timings.sidecar_path(cue.file)
        files.write_whole(path, sidecar, fsync=job.fsync)
    return files.write_whole(job.output / cue.file, data, fsync=job.fsync)
