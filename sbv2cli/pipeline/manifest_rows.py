"""Prepared lines and results -> manifest rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sbv2cli.languages.own_symbols import written
from sbv2cli.languages.reading_json import doubts_as_json, kana_of
from sbv2cli.pipeline.job import PreparedLine
from sbv2cli.pipeline.keys import Keys
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.readers.ruby import may_hold_ruby, ruby_as_json
from sbv2cli.records import Finding, LineFailure, LineId, MadeWith, ManifestRow, Warned
from sbv2cli.writers.timings import sidecar_path

if TYPE_CHECKING:
    from sbv2cli.pipeline.finish import Finished

NOISE_INSIDE = Warned(
    code="voice.noise-inside",
    message="the graph draws its own noise: seeds hold for this file and this onnxruntime,"
    " and give other takes than the voice's weights do",
    severity="note",
)


def described(prepared: PreparedLine, keys: Keys | None = None, **results: Any) -> ManifestRow:
    """The row of a line; `results` are its fields that the line itself does not know.

    Made in one go: `replace` takes longer than all else that is done for a line that is fresh.
    """
    line, settings, finish, bundle = (
        prepared.line,
        prepared.settings,
        prepared.file_settings,
        prepared.voice.bundle,
    )
    names = {row: name for name, row in bundle.config.styles.items()}
    # The row is a script: with the key, its text is read as it stands, without notations of ruby.
    with_ruby = line.ruby or may_hold_ruby(line.text)
    fields: dict[str, Any] = dict(
        id=prepared.id,
        number=line.number,
        status="ok",
        text=line.text,
        source=line.source,
        language=prepared.language,
        voice=prepared.voice.name,
        speaker=prepared.speaker,
        style={names.get(row, str(row)): weight for row, weight in settings.style.items()},
        speed=settings.speed,
        pitch=finish.pitch,
        intonation=finish.intonation,
        volume=prepared.delivery.volume,
        sdp_ratio=settings.sdp_ratio,
        noise=settings.noise,
        noise_w=settings.noise_w,
        steps=settings.steps,
        temperature=settings.temperature,
        seed=settings.seed,
        take=settings.take,
        assist_text=settings.assist_text,
        assist_weight=settings.assist_weight if settings.assist_text is not None else None,
        bert_scale=settings.bert_scale if settings.bert_scale != 1 else None,
        pause_after=prepared.pause_after,
        asked_file=line.file,
        heading=line.heading or None,
        corrected=list(line.corrected) or None,
        ruby=ruby_as_json(line.ruby) if with_ruby else None,
        carried=ruby_as_json(line.ruby, carried=True) or None,
        made=_made_with(prepared),
        **{name: getattr(line, name) for name in _FROM_LINE},
    )
    if keys is not None:
        fields |= _keys(prepared, keys)
    return ManifestRow(**fields | results)


# Fields that a row has as the line of the script has them.
_FROM_LINE = (
    *(
        "character",
        "reading",
        "chapter",
        "chapter_title",
        "level",
        "scene",
        "paragraph",
        "pause_before",
    ),
    *("meta", "take_of", "note"),
)


def _made_with(prepared: PreparedLine) -> MadeWith:
    finish = prepared.file_settings
    return MadeWith(
        voice_sha256=prepared.voice.fingerprint,
        precision=prepared.model.precision,
        backend=prepared.model.backend,
        noise="drawn by the graph" if prepared.voice.bundle.noise_inside else None,
        trim=finish.trim,
        lead=finish.lead,
        tail=finish.tail,
        gain=finish.gain,
        gain_db=finish.gain_db,
    )


def made(
    read: ReadLine, keys: Keys, finished: Finished, attempts: int, *, alias_of: LineId | None = None
) -> ManifestRow:
    """A line that was spoken in this run; with `alias_of`, as another one was."""
    prepared = read.prepared
    warnings = [*_findings(read), *finished.warnings]
    if prepared.voice.bundle.noise_inside:
        warnings.append(NOISE_INSIDE)
    return described(
        prepared,
        keys,
        status="ok" if alias_of is None else "aliased",
        file=prepared.file,
        seconds=finished.seconds,
        spoken=spoken_text(read),
        kana=kana_text(read),
        doubts=_doubts(read),
        audio=finished.facts,
        alias_of=alias_of,
        attempts=attempts if attempts > 1 else None,
        warnings=tuple(warnings),
    )


def on_disk(row: ManifestRow, digest: str, *, timings: bool) -> ManifestRow:
    """The row of a line whose file is on the disk."""
    beside = sidecar_path(str(row.file)) if timings else None
    return replace(row, sha256=digest, timings=beside)


def copied(
    source: ManifestRow, prepared: PreparedLine, keys: Keys, *, in_script: bool
) -> ManifestRow:
    """A line whose bytes another file has."""
    other = source.id != prepared.id
    return described(
        prepared,
        keys,
        **_sound(source),
        status="aliased" if other and in_script else "reused",
        file=prepared.file,
        alias_of=source.id if other and in_script else None,
        reused_from=source.id if other and not in_script else None,
        timings=sidecar_path(prepared.file) if source.timings is not None else None,
    )


def renewed(row: ManifestRow, prepared: PreparedLine, keys: Keys) -> ManifestRow:
    """The row of a fresh line with what the script says of it today: number, text, chapter."""
    return described(
        prepared,
        keys,
        **_sound(row),
        status=row.status,
        file=row.file,
        alias_of=row.alias_of,
        reused_from=row.reused_from,
        attempts=row.attempts,
        timings=row.timings,
        change=row.change,
        unknown=row.unknown,
    )


def _sound(source: ManifestRow) -> dict[str, Any]:
    """What the sound is, whoever speaks it: it goes along with the bytes."""
    return {
        "seconds": source.seconds,
        "spoken": source.spoken or "",
        "kana": source.kana,
        "doubts": source.doubts,
        "audio": source.audio,
        "sha256": source.sha256,
        "warnings": source.warnings,
    }


def skipped(prepared: PreparedLine, why: str) -> ManifestRow:
    """A line that is not spoken, and why."""
    found = tuple(_warned(finding, 0) for finding in prepared.line.findings)
    return described(prepared, status="skipped", reason=why, warnings=found)


def failed(prepared: PreparedLine, failure: LineFailure, attempts: int) -> ManifestRow:
    """A line that could not be spoken."""
    return described(prepared, status="failed", error=failure, attempts=attempts)


def serious(row: ManifestRow) -> Iterator[str]:
    """The codes of its warnings that are no notes."""
    return (one.code for one in row.warnings if one.severity != "note")


def strict(row: ManifestRow) -> ManifestRow:
    """The row, failed for its first warning."""
    first = next(one for one in row.warnings if one.severity != "note")
    error = LineFailure(
        id=row.id,
        code=first.code,
        message=first.message,
        at=str(row.source),
        hint="--strict treats warnings as errors",
    )
    return replace(row, status="failed", error=error, file=None, seconds=None)


def voices(prepared_lines: Iterable[PreparedLine]) -> dict[str, Any]:
    """The voices of a job, for the header of the manifest."""
    found: dict[str, Any] = {}
    for prepared in prepared_lines:
        if prepared.voice.name not in found:
            config = prepared.voice.bundle.config
            found[prepared.voice.name] = {
                "sha256": prepared.voice.fingerprint,
                "version": config.version,
                "rate": config.rate,
                "licence": config.licence,
            }
    return found


def spoken_text(read: ReadLine) -> str:
    """How a line was said, in kana where the language has them, else in phones."""
    return "".join(
        "".join(word.kana or word.spoken for word in reading.words)
        if reading.language == "ja" and reading.words
        else written(reading) or " ".join(reading.phones[1:-1])
        for reading in read.readings
    )


def kana_text(read: ReadLine) -> str | None:
    """How a line was said, as a reading that can be edited; None where there is no such form."""
    segments = [kana_of(reading) for reading in read.readings]
    if None in segments:
        return None
    text = ""
    for kana in segments:
        # A segment ends with its sentence, or with a row: then a full stop stands for the pause.
        text += f"{'' if not text or text.endswith(_PAUSES) else '。'}{kana}"
    return text or None


_PAUSES = tuple("、。？！”-…")


def _doubts(read: ReadLine) -> list[Any] | None:
    return [
        row for reading, start in read.placed for row in doubts_as_json(reading.doubts, start=start)
    ] or None


def _keys(prepared: PreparedLine, keys: Keys) -> dict[str, Any]:
    return {
        "synth_key": keys.synth,
        "post_key": keys.post,
        "text_key": prepared.text_key,
        "frontend_key": prepared.frontend_key,
        "reading_key": keys.reading,
        "bert": prepared.needs_bert,
    }


def _findings(read: ReadLine) -> Iterator[Warned]:
    for finding in read.prepared.line.findings:
        yield _warned(finding, 0)
    for segment, reading in zip(read.segments, read.readings, strict=True):
        for finding in reading.findings:
            yield _warned(finding, segment.start)


def _warned(finding: Finding, start: int) -> Warned:
    span = finding.span
    return Warned(
        code=finding.code,
        message=finding.message,
        severity=finding.severity,
        at=None if span is None else (span[0] + start, span[1] + start),
    )
