"""Cues and results -> manifest rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sbv2cli.languages.own_symbols import written
from sbv2cli.pipeline import plan
from sbv2cli.pipeline.job import Cue
from sbv2cli.pipeline.pieces import Read
from sbv2cli.pipeline.plan import Keys
from sbv2cli.records import Finding, LineFailure, LineId, ManifestRow
from sbv2cli.writers.timings import sidecar_path

if TYPE_CHECKING:
    from sbv2cli.pipeline.post import Finished

# What the sound is, whoever speaks it: it goes along when bytes are taken from another file.
_OF_THE_SOUND = (
    "spoken samples rate format bytes peak_db rms_db lead tail sha256 warnings"
).split()

NOISE_INSIDE = {
    "code": "voice.noise-inside",
    "message": "the graph draws its own noise: seeds hold for this file and this onnxruntime,"
    " and give other takes than the voice's weights do",
    "severity": "note",
}


def made(
    cue: Cue,
    keys: Keys,
    read: Read,
    finished: Finished,
    attempts: int,
    *,
    alias_of: LineId | None = None,
) -> ManifestRow:
    """A line that was spoken in this run; with `alias_of`, as another one was."""
    warnings = [_warning(found) for found in _findings(read)]
    warnings += [warned.as_json() for warned in finished.warnings]
    if cue.voice.bundle.noise_inside:
        warnings.append(NOISE_INSIDE)
    fields: dict[str, Any] = {"spoken": spoken_text(read), **plan.facts(cue), **finished.facts}
    fields |= _keys(cue, keys)
    if alias_of is not None:
        fields["alias_of"] = alias_of
    if attempts > 1:
        fields["attempts"] = attempts
    if warnings:
        fields["warnings"] = warnings
    row = _row(cue, fields)
    return replace(
        row,
        status="ok" if alias_of is None else "aliased",
        file=cue.file,
        seconds=finished.seconds,
    )


def on_disk(row: ManifestRow, digest: str, *, timings: bool) -> ManifestRow:
    """The row of a line whose file is on the disk."""
    beside = {"timings": sidecar_path(str(row.file))} if timings else {}
    return replace(row, fields={**row.fields, **beside, "sha256": digest})


def copied(source: ManifestRow, cue: Cue, keys: Keys, *, in_script: bool) -> ManifestRow:
    """A line whose bytes another file has."""
    fields = {"spoken": "", **plan.facts(cue)}
    fields |= {name: source.fields[name] for name in _OF_THE_SOUND if name in source.fields}
    fields |= _keys(cue, keys)
    if in_script and source.id != cue.id:
        fields["alias_of"] = source.id
    elif source.id != cue.id:
        fields["reused_from"] = source.id
    if "timings" in source.fields:
        fields["timings"] = sidecar_path(cue.file)
    return replace(
        _row(cue, fields),
        status="aliased" if "alias_of" in fields else "reused",
        file=cue.file,
        seconds=source.seconds,
    )


def renewed(row: ManifestRow, cue: Cue, keys: Keys) -> ManifestRow:
    """The row of a fresh line with what the script says of it today: number, text, chapter."""
    kept = {"alias_of", "attempts", "reused_from", "timings", *_OF_THE_SOUND}
    fields: dict[str, Any] = {"spoken": "", **plan.facts(cue)}
    fields |= {name: value for name, value in row.fields.items() if name in kept}
    fields |= _keys(cue, keys)
    return replace(_row(cue, fields), status=row.status, file=row.file, seconds=row.seconds)


def skipped(cue: Cue, why: str) -> ManifestRow:
    """A line that is not spoken, and why."""
    return replace(_row(cue, {**plan.facts(cue), "reason": why}), status="skipped")


def failed(cue: Cue, failure: LineFailure, attempts: int) -> ManifestRow:
    """A line that could not be spoken."""
    fields = {**plan.facts(cue), "attempts": attempts}
    return replace(_row(cue, fields), status="failed", error=failure)


def strict(row: ManifestRow) -> ManifestRow:
    """The row, failed if something about it is a warning."""
    serious = [one for one in row.fields.get("warnings", ()) if one.get("severity") != "note"]
    if not serious:
        return row
    error = LineFailure(
        id=row.id,
        code=serious[0]["code"],
        message=serious[0]["message"],
        at=str(row.source),
        hint="--strict makes a failure of it",
    )
    return replace(row, status="failed", error=error, file=None, seconds=None)


def voices(cues: Iterable[Cue]) -> dict[str, Any]:
    """The voices of a job, for the header of the manifest."""
    found: dict[str, Any] = {}
    for cue in cues:
        if cue.voice.name not in found:
            config = cue.voice.bundle.config
            found[cue.voice.name] = {
                "sha256": cue.voice.fingerprint,
                "version": config.version,
                "rate": config.rate,
                "licence": config.licence,
            }
    return found


def spoken_text(read: Read) -> str:
    """How a line was said, in kana where the language has them, else in phones."""
    return "".join(
        "".join(word.kana or word.spoken for word in reading.words)
        if reading.language == "ja" and reading.words
        else written(reading) or " ".join(reading.phones[1:-1])
        for reading in read.readings
    )


def _row(cue: Cue, fields: dict[str, Any]) -> ManifestRow:
    return ManifestRow(
        id=cue.id,
        number=cue.line.number,
        status="ok",
        text=cue.line.text,
        source=cue.line.source,
        fields=fields,
    )


def _keys(cue: Cue, keys: Keys) -> dict[str, Any]:
    return {
        "synth_key": keys.synth,
        "post_key": keys.post,
        "text_key": cue.text_key,
        "reading_key": keys.reading,
        "bert": plan.needs_bert(cue),
    }


def _findings(read: Read) -> list[Finding]:
    found = list(read.cue.line.findings)
    for piece, reading in zip(read.pieces, read.readings, strict=True):
        for finding in reading.findings:
            span = finding.span
            moved = None if span is None else (span[0] + piece.start, span[1] + piece.start)
            found.append(replace(finding, span=moved))
    return found


def _warning(finding: Finding) -> dict[str, Any]:
    record: dict[str, Any] = {"code": finding.code, "message": finding.message}
    if finding.severity != "warning":
        record["severity"] = finding.severity
    if finding.span is not None:
        record["at"] = list(finding.span)
    return record
