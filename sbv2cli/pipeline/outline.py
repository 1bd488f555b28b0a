"""Compares a script with what an earlier run left, as far as that needs no model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import Sbv2Error, ScriptError
from sbv2cli.pipeline import pieces, plan
from sbv2cli.pipeline.job import Cue, Job
from sbv2cli.pipeline.plan import Decision, FileFacts, Keys
from sbv2cli.pipeline.prepare import refuse
from sbv2cli.records import LineId, ManifestRow
from sbv2cli.writers import audio_file, naming, timings
from sbv2cli.writers.manifest import Manifest

# Japanese at speed 1, over pauses too; only for estimates.
CHARACTER_SECONDS = 0.14

_READING_KEYS = dict[tuple[object, object], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlined:
    """A line and what is known of it before it is read; `keys` is None where that is needed."""

    cue: Cue
    row: ManifestRow | None
    keys: Keys | None = None
    decision: Decision | None = None


def outline(cues: Iterable[Cue], job: Job, previous: Manifest) -> Iterator[Outlined]:
    """What can be decided from the manifest and the disk alone.

    A text that some row has in the same manner need not be read again: how it is read is known.
    """
    known = _known_readings(previous.rows.values())
    for cue in cues:
        row = previous.rows.get(cue.id)
        if cue.skip is not None:
            decision = Decision(state="skipped", why=(cue.skip,))
            yield Outlined(cue=cue, row=row, decision=decision)
            continue
        reading = known.get((cue.text_key, plan.needs_bert(cue)))
        keys = plan.keys_of(cue, reading) if reading is not None else None
        decided = decide(cue, keys, row, job) if keys is not None else None
        yield Outlined(cue=cue, row=row, keys=keys, decision=decided)


def decide(cue: Cue, keys: Keys, row: ManifestRow | None, job: Job) -> Decision:
    """Whether a line whose keys are known is new, stale or fresh."""
    if job.force:
        return Decision(state="new" if row is None else "stale", why=(plan.FORCED,))
    file = _file_facts(row, job) if row is not None else plan.NO_FILE
    return plan.decide(cue, keys, row, file, timings=job.timings != "none")


def preview(outlined: Sequence[Outlined], job: Job, previous: Manifest) -> list[Outlined]:
    """The whole plan, for `--dry-run`: texts are read where the manifest does not know them."""
    unread = [item.cue for item in outlined if item.decision is None]
    read: dict[LineId, Keys] = {}
    if previous.rows:
        for found in pieces.read(unread, job.reading):
            if found.error is None:
                pause = job.pauses["sentence"]
                read[found.cue.id] = plan.keys_of(found.cue, found.key(pause))
    held = {
        str(row.fields.get("post_key")): row.id
        for row in previous.rows.values()
        if row.status in plan.GOOD
    }
    result = []
    for item in outlined:
        keys = item.keys or read.get(item.cue.id)
        decision = item.decision
        if decision is None:
            decision = (
                Decision(state="new") if keys is None else decide(item.cue, keys, item.row, job)
            )
        if keys is not None and decision.state in {"new", "stale"} and job.reuse and not job.force:
            source = held.get(keys.post)
            if source is not None:
                decision = Decision(state="reuse", why=decision.why or (f"same as {source}",))
            held.setdefault(keys.post, item.cue.id)
        result.append(Outlined(cue=item.cue, row=item.row, keys=keys, decision=decision))
    return result


def estimated_seconds(outlined: Iterable[Outlined]) -> float:
    """About how much audio has to be made."""
    return sum(
        len(item.cue.line.text) * CHARACTER_SECONDS / item.cue.settings.speed
        for item in outlined
        if item.decision is None or item.decision.state in {"new", "stale"}
    )


def refuse_taken(cues: Sequence[Cue], previous: Manifest, scripts: Mapping[str, Path]) -> None:
    """Refuse names of files that belong to lines of another script that still exists."""
    wanted = {naming.fold(cue.file): cue for cue in cues if cue.skip is None}
    ids = {cue.id for cue in cues}
    errors: list[Sbv2Error] = []
    for row in previous.rows.values():
        if row.file is None or row.id in ids or not is_elsewhere(row, scripts):
            continue
        cue = wanted.get(naming.fold(row.file))
        if cue is not None:
            errors.append(
                ScriptError(
                    "name.taken",
                    f'"{cue.file}" belongs to line "{row.id}" of {row.source.path}',
                    at=str(cue.line.source),
                    hint="choose another folder with --output, or put {stem} into --name",
                )
            )
    refuse(errors)


def is_elsewhere(row: ManifestRow, scripts: Mapping[str, Path]) -> bool:
    """Whether a row is of another script that still exists, and so is none of our business."""
    path = row.source.path
    return path not in scripts and Path(path).is_file()


def _known_readings(rows: Iterable[ManifestRow]) -> _READING_KEYS:
    known: _READING_KEYS = {}
    for row in rows:
        reading = row.fields.get("reading_key")
        if isinstance(reading, str) and row.status in plan.GOOD:
            known[row.fields.get("text_key"), row.fields.get("bert")] = reading
    return known


def _file_facts(row: ManifestRow, job: Job) -> FileFacts:
    if row.file is None:
        return plan.NO_FILE
    path = job.output / row.file
    try:
        size = path.stat().st_size
    except OSError:
        return plan.NO_FILE
    whole = size == row.fields.get("bytes")
    if whole and job.verify == "sha256":
        whole = audio_file.sha256_of(path) == row.fields.get("sha256")
    sidecar = job.output / timings.sidecar_path(row.file)
    return FileFacts(there=True, whole=whole, timings=job.timings == "none" or sidecar.is_file())
