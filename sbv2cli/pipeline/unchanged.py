"""A run that has nothing to do is told so without reading its scripts.

The index of a manifest notes what its run was made from: the scripts and all that was asked, as one
digest, and the voices. Where this is the same, and each file is there in its size, every line is
fresh. Whatever is different, or not certain, is found out by reading.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Sequence

from sbv2cli.errors import Sbv2Error
from sbv2cli.folder_lock import FolderLock
from sbv2cli.pipeline.diff import MADE
from sbv2cli.pipeline.job import Job, OpenVoice, PreparedLine
from sbv2cli.pipeline.prepare import OpenedVoices
from sbv2cli.pipeline.summary import Summary
from sbv2cli.writers import indexed_manifest
from sbv2cli.writers.changes import refuse_foreign
from sbv2cli.writers.indexed_manifest import IndexedManifest
from sbv2cli.writers.row_index import RowIndex

INPUTS, VOICES = "inputs", "voices"

Voices = Sequence[Sequence[str | None]]


def notes(job: Job, prepared_lines: Iterable[PreparedLine]) -> dict[str, str]:
    """What the index keeps of a run that left every line fresh."""
    return {INPUTS: job.inputs or "", VOICES: json.dumps(_voices(prepared_lines))}


def is_settled(rows: RowIndex) -> bool:
    """Whether all rows are lines with files."""
    return next(rows.facts(f"orphan OR file ISNULL OR NOT {MADE}"), None) is None


def found(job: Job) -> Summary | None:
    """How a run ends that finds everything as it was left; `None` where it may not."""
    beside = indexed_manifest.index_path(job.manifest)
    if job.inputs is None or job.force or job.verify != "size" or not beside.is_file():
        return None
    start = time.monotonic()
    with FolderLock(job.output):
        refuse_foreign(job.manifest.parent, job.changes)
        previous = indexed_manifest.open_saved(job.manifest)
        if previous is None or not _is_same(job, previous) or not _are_there(job, previous.rows):
            return None
    lines = len(previous.rows)
    summary = Summary(reused=lines, wall_s=time.monotonic() - start)
    summary.states["fresh"] = lines
    return summary


def _is_same(job: Job, previous: IndexedManifest) -> bool:
    if previous.rows.noted(INPUTS) != job.inputs or not previous.complete:
        return False
    opened = OpenedVoices(job)
    try:
        return all(_is_voice(opened, *one) for one in json.loads(previous.rows.noted(VOICES) or ""))
    except (Sbv2Error, OSError, ValueError, TypeError):
        return False


def _voices(prepared_lines: Iterable[PreparedLine]) -> Voices:
    """By what scripts call each voice: the language, and what speaks."""
    kinds = {
        (each.delivery.voice, each.language, each.model.voice, each.model.bert): each.voice
        for each in prepared_lines
    }
    return sorted(((*kind, _stamp(voice)) for kind, voice in kinds.items()), key=str)


def _stamp(voice: OpenVoice) -> str:
    """What tells the files of a voice from the same ones after an edit."""
    path = voice.bundle.path
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    stats = [(file.name, file.stat()) for file in files]
    return json.dumps([[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats])


def _is_voice(
    opened: OpenedVoices,
    asked: str | None,
    language: str,
    voice: str,
    bert: str | None,
    stamp: str,
) -> bool:
    there, _ = opened.find(asked)
    found = (there.fingerprint, opened.language_model(there, language), _stamp(there))
    return found == (voice, bert, stamp)


def _are_there(job: Job, rows: RowIndex) -> bool:
    """Whether each row is that of a line whose files are there."""
    if not is_settled(rows):
        return False
    timed = job.timings != "none"
    for facts in rows.facts():
        assert facts.file is not None
        try:
            size = os.stat(os.path.join(job.output, facts.file)).st_size  # noqa: PTH116, PTH118
        except OSError:
            return False
        if size != facts.bytes or (timed and not _is_file(job, facts.timings)):
            return False
    return True


def _is_file(job: Job, name: str | None) -> bool:
    return name is not None and (job.output / name).is_file()
