"""One file: finish the sound, encode it, put it and its sidecar on the disk. Knows no run."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli import files
from sbv2cli.errors import MachineError
from sbv2cli.pipeline import failures
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.records import LineFailure, LineId, Waveform
from sbv2cli.writers import timings

if TYPE_CHECKING:
    from sbv2cli.pipeline.finish import Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Bytes that another file has already."""

    data: bytes
    sidecar: bytes | None


Content = Copy | tuple[ReadLine, tuple[Waveform, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTask:
    """A file to be written: from sounds, or a copy of another file."""

    prepared: PreparedLine
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
        if _blocks_one_file(error, job):
            failure = failures.failure_of(task.prepared.id, _blocked(error))
            written = Written(id=task.prepared.id, failure=failure)
        else:
            written = Written(id=task.prepared.id, error=error)
    except Exception as met:  # noqa: BLE001 - a bug met by one line is that line's failure
        failure = failures.failure_of(task.prepared.id, failures.as_line_error(met))
        written = Written(id=task.prepared.id, failure=failure)
    return replace(written, seconds=time.monotonic() - start)


def _write(task: WriteTask, job: Job) -> Written:
    prepared = task.prepared
    if isinstance(task.content, Copy):
        digest = _put(prepared, task.content.data, task.content.sidecar, job)
        return Written(id=prepared.id, digest=digest)
    read, sounds = task.content
    finished, sidecar = encoded(read, sounds, job)
    told = replace(finished, data=b"")
    if refused(finished, job):
        return Written(id=prepared.id, finished=told)
    digest = _put(prepared, finished.data, sidecar, job)
    return Written(id=prepared.id, digest=digest, finished=told)


def encoded(
    read: ReadLine, sounds: tuple[Waveform, ...], job: Job
) -> tuple[Finished, bytes | None]:
    """The bytes of a file and of its sidecar, if one is asked for."""
    finished = _finished(read, sounds, job)
    if job.timings == "none":
        return finished, None
    moras = job.timings == "moras"
    return finished, timings.sidecar(read.prepared.id, finished.timings, moras=moras)


def refused(finished: Finished, job: Job) -> bool:
    """Whether `--strict` makes a failure of what was heard."""
    return job.strict and any(warned.severity != "note" for warned in finished.warnings)


def _finished(read: ReadLine, sounds: tuple[Waveform, ...], job: Job) -> Finished:
    from sbv2cli.pipeline import finish  # noqa: PLC0415  (numpy)

    samples, times = finish.whole(sounds, read.segments, read.readings, job.pauses["sentence"])
    prepared = read.prepared
    return finish.finish(
        samples, times, prepared.file_settings, job.encoding, speed=prepared.settings.speed
    )


# What the file system says where something stands in the way of this file, and of no other.
_OF_ONE_FILE = frozenset(
    {
        *(errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP),
        *(errno.EACCES, errno.EPERM, errno.ENOTEMPTY, errno.EINVAL),
    }
)


def _blocks_one_file(error: MachineError, job: Job) -> bool:
    cause = error.__cause__
    one = isinstance(cause, OSError) and cause.errno in _OF_ONE_FILE
    return one and os.access(job.output, os.W_OK)


def _blocked(error: MachineError) -> MachineError:
    return MachineError(
        "disk.blocked",
        f"the file cannot be put there: {error.message.partition(': ')[2]}",
        at=error.at,
        hint="move away what is in its place, then run the same command again",
    )


def _put(prepared: PreparedLine, data: bytes, sidecar: bytes | None, job: Job) -> str:
    put = partial(files.write_whole, fsync=job.fsync, within=job.output)
    path = job.output / timings.sidecar_path(prepared.file)
    with _vanished_if_gone(job.output):
        if sidecar is not None:  # the sidecar first: a file that is there has its timings
            put(path, sidecar)
        try:
            return put(job.output / prepared.file, data)
        except MachineError:
            if sidecar is not None:  # it is of no file
                with suppress(OSError):
                    path.unlink()
            raise


@contextmanager
def _vanished_if_gone(folder: Path) -> Iterator[None]:
    """An output folder that has gone is not made again: the run would end well in another one."""
    try:
        yield
    except MachineError as error:
        if folder.is_dir():
            raise
        raise MachineError(
            "disk.vanished",
            "the output folder is no longer there",
            at=str(folder),
            hint="bring it back or choose another one, then run the same command again",
        ) from error
