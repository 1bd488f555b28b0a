"""Cues and results -> manifest rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sbv2cli.languages.own_symbols import written
from sbv2cli.pipeline.job import Cue
from sbv2cli.pipeline.keys import Keys
from sbv2cli.pipeline.pieces import Read
from sbv2cli.readers.ruby import may_hold_ruby, ruby_as_json
from sbv2cli.records import Finding, LineFailure, LineId, MadeWith, ManifestRow, Warned
from sbv2cli.writers.timings import sidecar_path

if TYPE_CHECKING:
    from sbv2cli.pipeline.post import Finished

NOISE_INSIDE = Warned(
    code="voice.noise-inside",
    message="the graph draws its own noise: seeds hold for this file and this onnxruntime,"
    " and give other takes than the voice's weights do",
    severity="note",
)


def described(cue: Cue, keys: Keys | None = None) -> ManifestRow:
    """What of a cue goes into its row, besides results."""
    line, settings, finish, bundle = cue.line, cue.settings, cue.finish, cue.voice.bundle
    names = {row: name for name, row in bundle.config.styles.items()}
    # The row is a script: with the key, its text is read as it stands, without notations of ruby.
    with_ruby = line.ruby or may_hold_ruby(line.text)
    row = ManifestRow(
        id=cue.id,
        number=line.number,
        status="ok",
        text=line.text,
        source=line.source,
        language=cue.language,
        voice=cue.voice.name,
        speaker=cue.speaker,
        style={names.get(row, str(row)): weight for row, weight in settings.style.items()},
        speed=settings.speed,
        pitch=finish.pitch,
        intonation=finish.intonation,
        volume=cue.delivery.volume,
        sdp_ratio=settings.sdp_ratio,
        noise=settings.noise,
        noise_w=settings.noise_w,
        seed=settings.seed,
        take=settings.take,
        assist_text=settings.assist_text,
        assist_weight=settings.assist_weight if settings.assist_text is not None else None,
        bert_scale=settings.bert_scale if settings.bert_scale != 1 else None,
        pause_after=cue.pause_after,
        asked_file=line.file,
        ruby=ruby_as_json(line.ruby) if with_ruby else None,
        made=_made_with(cue),
        **{name: getattr(line, name) for name in _FROM_LINE},
    )
    return row if keys is None else replace(row, **_keys(cue, keys))


# Fields that a row has as the line of the script has them.
_FROM_LINE = (
    *("character", "reading", "chapter", "chapter_title", "scene", "paragraph", "pause_before"),
    "meta",
)


def _made_with(cue: Cue) -> MadeWith:
    finish = cue.finish
    return MadeWith(
        voice_sha256=cue.voice.fingerprint,
        precision=cue.model.precision,
        backend=cue.model.backend,
        noise="drawn by the graph" if cue.voice.bundle.noise_inside else None,
        trim=finish.trim,
        lead=finish.lead,
        tail=finish.tail,
        gain=finish.gain,
        gain_db=finish.gain_db,
    )


def made(
    read: Read, keys: Keys, finished: Finished, attempts: int, *, alias_of: LineId | None = None
) -> ManifestRow:
    """A line that was spoken in this run; with `alias_of`, as another one was."""
    cue = read.cue
    warnings = [*_findings(read), *finished.warnings]
    if cue.voice.bundle.noise_inside:
        warnings.append(NOISE_INSIDE)
    return replace(
        described(cue, keys),
        status="ok" if alias_of is None else "aliased",
        file=cue.file,
        seconds=finished.seconds,
        spoken=spoken_text(read),
        audio=finished.facts,
        alias_of=alias_of,
        attempts=attempts if attempts > 1 else None,
        warnings=tuple(warnings),
    )


def on_disk(row: ManifestRow, digest: str, *, timings: bool) -> ManifestRow:
    """The row of a line whose file is on the disk."""
    beside = sidecar_path(str(row.file)) if timings else None
    return replace(row, sha256=digest, timings=beside)


def copied(source: ManifestRow, cue: Cue, keys: Keys, *, in_script: bool) -> ManifestRow:
    """A line whose bytes another file has."""
    other = source.id != cue.id
    return replace(
        _with_sound(described(cue, keys), source),
        status="aliased" if other and in_script else "reused",
        file=cue.file,
        alias_of=source.id if other and in_script else None,
        reused_from=source.id if other and not in_script else None,
        timings=sidecar_path(cue.file) if source.timings is not None else None,
    )


def renewed(row: ManifestRow, cue: Cue, keys: Keys) -> ManifestRow:
    """The row of a fresh line with what the script says of it today: number, text, chapter."""
    return replace(
        _with_sound(described(cue, keys), row),
        status=row.status,
        file=row.file,
        alias_of=row.alias_of,
        reused_from=row.reused_from,
        attempts=row.attempts,
        timings=row.timings,
        unknown=row.unknown,
    )


def _with_sound(row: ManifestRow, source: ManifestRow) -> ManifestRow:
    """What the sound is, whoever speaks it: it goes along with the bytes."""
    return replace(
        row,
        seconds=source.seconds,
        spoken=source.spoken or "",
        audio=source.audio,
        sha256=source.sha256,
        warnings=source.warnings,
    )


def skipped(cue: Cue, why: str) -> ManifestRow:
    """A line that is not spoken, and why."""
    return replace(described(cue), status="skipped", reason=why)


def failed(cue: Cue, failure: LineFailure, attempts: int) -> ManifestRow:
    """A line that could not be spoken."""
    return replace(described(cue), status="failed", error=failure, attempts=attempts)


def strict(row: ManifestRow) -> ManifestRow:
    """The row, failed for its first warning."""
    serious = next(one for one in row.warnings if one.severity != "note")
    error = LineFailure(
        id=row.id,
        code=serious.code,
        message=serious.message,
        at=str(row.source),
        hint="--strict treats warnings as errors",
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


def _keys(cue: Cue, keys: Keys) -> dict[str, Any]:
    return {
        "synth_key": keys.synth,
        "post_key": keys.post,
        "text_key": cue.text_key,
        "reading_key": keys.reading,
        "bert": cue.needs_bert,
    }


def _findings(read: Read) -> Iterator[Warned]:
    for finding in read.cue.line.findings:
        yield _warned(finding, 0)
    for piece, reading in zip(read.pieces, read.readings, strict=True):
        for finding in reading.findings:
            yield _warned(finding, piece.start)


def _warned(finding: Finding, start: int) -> Warned:
    span = finding.span
    return Warned(
        code=finding.code,
        message=finding.message,
        severity=finding.severity,
        at=None if span is None else (span[0] + start, span[1] + start),
    )
