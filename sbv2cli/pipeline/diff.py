"""What a run has to do: which lines are new, stale and why, or fresh. Pure decisions.

A line is fresh when the last record of it is good, both keys are equal, and the file is there in
its size.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeGuard, get_args

from sbv2cli import files
from sbv2cli.errors import ScriptError
from sbv2cli.pipeline import manifest_rows
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.keys import FIRST_BACKEND, Keys
from sbv2cli.pipeline.prepare import refuse
from sbv2cli.records import AudioFacts, MadeWith, ManifestRow
from sbv2cli.writers import naming, timings
from sbv2cli.writers.audio.formats import Encoding
from sbv2cli.writers.indexed_manifest import IndexedManifest
from sbv2cli.writers.row_index import RowFacts, RowIndex

State = Literal["new", "stale", "reuse", "fresh", "skipped", "failed"]

STATES: tuple[State, ...] = get_args(State)
"""In the order in which plan and summary tell of them."""

GOOD = frozenset({"ok", "reused", "aliased"})

MADE = f"status IN {tuple(sorted(GOOD))}"
"""The same of facts, as `RowIndex` is asked."""

# Reasons that are not settings.
MISSING, DAMAGED, FAILED, FORCED, MOVED = (
    "file missing",
    "file changed",
    "failed before",
    "forced",
    "file name",
)
TIMINGS = "timings"
CORRECTION = "correction"
OTHER = "voice engine"  # the keys differ, and nothing that the manifest shows

# Fields of a delivery that `shown` has under another name.
_SHOWN_AS = {
    "style_weight": "style",
    "assist_weight": "assist_text",
}
# Shown without their values: too long to read, or meaningless to people.
_WITHOUT_VALUES = frozenset({"text", "reading", "voice weights", "assist_text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about one line."""

    state: State
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is on the disk where the manifest says the file of a line is."""

    there: bool
    whole: bool
    timings: bool


NO_FILE = FileFacts(there=False, whole=False, timings=False)


def compare(
    prepared: PreparedLine, wanted: Keys, row: ManifestRow | None, file: FileFacts, *, timings: bool
) -> Decision:
    """Compare what is wanted with what the last run left."""
    if not is_made(row):
        failed = row is not None and row.status == "failed"
        return Decision(state="new", why=(FAILED,) if failed else ())
    if row.synth_key != wanted.synth or row.post_key != wanted.post:
        return Decision(state="stale", why=differences(prepared, wanted, row))
    for wrong, reason in (
        (row.file != prepared.file, MOVED),
        (not file.there, MISSING),
        (not file.whole, DAMAGED),
        (timings and not file.timings, TIMINGS),
    ):
        if wrong:
            return Decision(state="stale", why=(reason,))
    return Decision(state="fresh")


def is_made(row: ManifestRow | None) -> TypeGuard[ManifestRow]:
    """Whether an earlier run made the file of a line."""
    return row is not None and row.status in GOOD and row.file is not None


def has_file(row: ManifestRow, job: Job) -> bool:
    """Whether the file of an earlier run is there to be copied."""
    file = _file_facts(row, job)
    return file.whole and file.timings


def differences(prepared: PreparedLine, wanted: Keys, row: ManifestRow) -> tuple[str, ...]:
    """Why a line is stale, a setting at a time."""
    old, new = shown_of_row(row), shown(prepared)
    found = []
    named = {*prepared.line.corrected, *(row.corrected or ())}
    settings = {_SHOWN_AS.get(name, name) for name in named} & new.keys()
    if ("reading" in named and row.reading != prepared.line.reading) or any(
        old.get(name) != new[name] for name in settings
    ):
        found.append(CORRECTION)
    if row.text != prepared.line.text and row.reading_key != wanted.reading:
        found.append("text")
    elif row.reading_key != wanted.reading and CORRECTION not in found:
        found.append("reading")
    for name, value in new.items():
        if old.get(name) != value:
            if name in _WITHOUT_VALUES:
                found.append(name)
            else:
                found.append(f"{name} {_plain(old.get(name))}→{_plain(value)}")
    return tuple(found) or (OTHER,)


def shown(prepared: PreparedLine) -> dict[str, Any]:
    """The settings of a line by the names in which reasons are told."""
    finish = prepared.file_settings
    label = Encoding(format=finish.format, subtype=finish.subtype).label
    audio = AudioFacts(format=label, rate=finish.rate)
    return shown_of_row(replace(manifest_rows.described(prepared), audio=audio))


def shown_of_row(row: ManifestRow) -> dict[str, Any]:
    """The same, of an earlier run."""
    made, audio = row.made or MadeWith(), row.audio or AudioFacts()
    plain = ("voice", "speaker", "speed", "pitch", "intonation", "volume", "sdp_ratio", "noise")
    return {
        **{name: getattr(row, name) for name in (*plain, *_PLAIN)},
        "style": "+".join(f"{name}:{weight:g}" for name, weight in sorted(row.style.items())),
        "assist_text": (row.assist_text, row.assist_weight),
        "bert_scale": row.bert_scale or 1,
        "voice weights": made.voice_sha256,
        "backend": made.backend or FIRST_BACKEND,
        **{name: getattr(made, name) for name in _MADE},
        "format": audio.format,
        "rate": audio.rate,
    }


_PLAIN = ("noise_w", "steps", "temperature", "seed", "take")
_MADE = ("precision", "trim", "lead", "tail", "gain", "gain_db")


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlined:
    """A line and what is known of it before it is read; `keys` is None where that is needed."""

    prepared: PreparedLine
    keys: Keys | None = None
    decision: Decision | None = None

    @property
    def settled(self) -> tuple[PreparedLine, Keys, Decision]:
        """All of it, where nothing is open."""
        assert self.keys is not None
        assert self.decision is not None
        return self.prepared, self.keys, self.decision


def outline(
    prepared_lines: Iterable[PreparedLine], job: Job, previous: IndexedManifest
) -> Iterator[Outlined]:
    """What can be decided from the manifest and the disk alone.

    A text that some row has in the same manner need not be read again: how it is read is known.
    Where it is not, `decision` stays open.
    """
    for prepared in prepared_lines:
        if prepared.skip is not None:
            decision = Decision(state="skipped", why=(prepared.skip,))
            yield Outlined(prepared=prepared, decision=decision)
            continue
        facts = previous.rows.facts_of(prepared.id)
        reading = _known_reading(prepared, facts, previous.rows)
        keys = prepared.keys(reading) if reading is not None else None
        decided = _outlined(prepared, keys, facts, job, previous) if keys is not None else None
        yield Outlined(prepared=prepared, keys=keys, decision=decided)


def _outlined(
    prepared: PreparedLine, keys: Keys, facts: RowFacts | None, job: Job, previous: IndexedManifest
) -> Decision:
    """The same as `decide`; a row of which its facts say that the line is fresh is not read."""
    if facts is not None and _is_fresh(prepared, keys, facts, job):
        return Decision(state="fresh")
    return decide(prepared, keys, previous.rows.get(prepared.id), job)


def _is_fresh(prepared: PreparedLine, keys: Keys, facts: RowFacts, job: Job) -> bool:
    # One post key is one synthesis key. The hash of a file is not among the facts.
    same = (facts.file, facts.post_key) == (prepared.file, keys.post) and facts.status in GOOD
    if not same or job.force or job.verify == "sha256" or facts.bytes is None:
        return False
    file = _facts_of_file(prepared.file, facts.bytes, facts.timings, job)
    return file.whole and file.timings


def decide(prepared: PreparedLine, keys: Keys, row: ManifestRow | None, job: Job) -> Decision:
    """Whether a line whose keys are known is new, stale or fresh."""
    if job.force:
        return Decision(state="stale" if is_made(row) else "new", why=(FORCED,))
    file = _file_facts(row, job) if row is not None else NO_FILE
    return compare(prepared, keys, row, file, timings=job.timings != "none")


def refuse_taken(
    prepared_lines: Sequence[PreparedLine], previous: IndexedManifest, scripts: Mapping[str, Path]
) -> None:
    """Refuse names of files that belong to lines of another script that still exists."""
    others = elsewhere(previous.rows, scripts)
    if not others:
        return
    ids = {prepared.id for prepared in prepared_lines}
    theirs = {
        naming.fold(facts.file): facts
        for facts in previous.rows.facts("file IS NOT NULL")
        if facts.file is not None and facts.script in others and facts.id not in ids
    }
    wanted: dict[str, PreparedLine] = {}
    for prepared in prepared_lines if theirs else ():
        name = naming.fold(prepared.file)
        if prepared.skip is None and name in theirs:
            wanted[name] = prepared
    refuse([_taken(wanted[name], facts) for name, facts in theirs.items() if name in wanted])


def _taken(prepared: PreparedLine, facts: RowFacts) -> ScriptError:
    return ScriptError(
        "name.taken",
        f'"{prepared.file}" belongs to line "{facts.id}" of {facts.script}',
        at=str(prepared.line.source),
        hint="choose another folder with --output, or put {stem} into --name",
    )


def is_elsewhere(row: ManifestRow, scripts: Mapping[str, Path]) -> bool:
    """Whether a row is of another script that still exists, and so is none of our business."""
    path = row.source.path
    return path not in scripts and Path(path).is_file()


def elsewhere(rows: RowIndex, scripts: Mapping[str, Path]) -> frozenset[str]:
    """The scripts of rows that are elsewhere."""
    return frozenset(
        path for path in rows.counts("script") if path not in scripts and Path(path).is_file()
    )


def _known_reading(prepared: PreparedLine, row: RowFacts | None, rows: RowIndex) -> str | None:
    """The key of the reading that a text had in an earlier run, of this line or of another."""
    key, bert = prepared.frontend_key, prepared.needs_bert
    if row is not None and row.status in GOOD and (row.frontend_key, row.bert) == (key, bert):
        return row.reading_key
    found = rows.first(
        "frontend_key", key, f"bert = {int(bert)} AND reading_key NOTNULL AND {MADE}"
    )
    return None if found is None else found.reading_key


def _file_facts(row: ManifestRow, job: Job) -> FileFacts:
    if row.file is None:
        return NO_FILE
    size = None if row.audio is None else row.audio.bytes
    file = _facts_of_file(row.file, size, row.timings, job)
    if file.whole and job.verify == "sha256":
        return replace(file, whole=files.sha256_of(job.output / row.file) == row.sha256)
    return file


def _facts_of_file(name: str, size: int | None, timed: str | None, job: Job) -> FileFacts:
    """What is on the disk, held against what the manifest says of size and timings."""
    try:
        # A million times, so without `Path`.
        there = os.stat(os.path.join(job.output, name)).st_size  # noqa: PTH116, PTH118
    except OSError:
        return NO_FILE
    # Timings that the row does not tell of are somebody else's.
    sidecar = None if job.timings == "none" else timings.sidecar_path(name)
    whole = sidecar is None or (timed == sidecar and (job.output / sidecar).is_file())
    return FileFacts(there=True, whole=there == size, timings=whole)
