"""A finished output folder -> what the page knows of its lines. Loads no voice and no torch."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sbv2cli.errors import UsageError
from sbv2cli.languages.doubt import of_line
from sbv2cli.pipeline.derive import MADE, manifest_path, sidecar
from sbv2cli.proof.doubts import doubts_of, is_unread
from sbv2cli.proof.line import Drawing, ProofFinding, ProofLine, ProofTake
from sbv2cli.proof.manifest_ruby import ruby_of
from sbv2cli.proof.outliers import outliers
from sbv2cli.proof.sounds import Sound, sounds
from sbv2cli.proof.spoken_moras import SpokenMoras, notation, spoken_moras
from sbv2cli.records import Change, Doubt, ManifestRow
from sbv2cli.writers.manifest import read_manifest

LEAST_DOUBT = 0.1  # of a line that is called doubtful, however few are
_CORRECTIONS = "--corrections"
_KEY = 12  # hexadecimal digits of a file's SHA-256
# What makes a line suspicious, so that the worst is heard first.
_FAILED = 100.0
_DOUBT = 10.0  # as much as two warnings, or an outlier that is far out
_BY_SEVERITY: Mapping[str, float] = {"error": 20.0, "warning": 4.0, "note": 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """An output folder with what its manifest says."""

    path: Path
    header: Mapping[str, Any]
    rows: tuple[ManifestRow, ...]  # in the order of the script, takes of a line together

    @property
    def sounding(self) -> list[ManifestRow]:
        """The rows that have a sound."""
        return [row for row in self.rows if row.file is not None and row.status in MADE]

    @property
    def steps(self) -> int:
        """How many sounds are measured and texts read."""
        first = {_name(row): row for row in reversed(self.rows)}
        return len(self.sounding) + sum(map(is_unread, first.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the page shows."""

    job: str  # names the folder in what a browser keeps, and tells nothing of its path
    title: str
    command: str  # that made the folder
    folder: Path
    lines: tuple[ProofLine, ...]
    drawings: Mapping[str, Drawing]  # by the id of the take

    @property
    def doubtful(self) -> float:
        """From which doubt on a line is among the most doubtful fifth."""
        doubts = sorted((line.doubt for line in self.lines), reverse=True)
        return max(doubts[len(doubts) // 5], LEAST_DOUBT)

    @property
    def files(self) -> tuple[str, ...]:
        """The sounds, as paths below the folder."""
        return tuple(take.file for line in self.lines for take in line.takes if take.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of the manifest with what was found beside it."""

    row: ManifestRow
    sidecar: Mapping[str, Any]
    moras: SpokenMoras
    sound: Sound | None  # `None`: there is no file


def finished_folder(path: Path) -> Folder:
    """The output folder of this path: the folder itself, or its manifest."""
    path = manifest_path(path)
    if not path.exists():
        raise UsageError(
            "proof.manifest",
            "there is no manifest",
            at=str(path),
            hint="give the output folder of sbv2 render",
        )
    found = read_manifest(path)
    rows = sorted(
        (row for row in found.rows.values() if row.id not in found.orphans),
        key=lambda row: (row.number, row.take or 0, row.id),
    )
    if not rows:
        raise UsageError(
            "proof.empty", "the manifest has no lines", at=str(path), hint="run sbv2 render first"
        )
    return Folder(path=path.parent, header=found.header, rows=tuple(rows))


def gather(
    folder: Folder,
    advance: Callable[[], None] = lambda: None,
    *,
    heard: Mapping[str, tuple[ProofFinding, ...]] = MappingProxyType({}),
) -> Proof:
    """All lines in the order of the script; `advance` is called for each of `Folder.steps`.

    `heard` is what a recogniser found in the sound of a line or take, by its id.
    """
    read = list(_with_sounds(folder, advance))
    return Proof(
        job=_job(folder),
        title=folder.path.resolve().name,
        command=_command([str(word) for word in folder.header.get("argv", ())]),
        folder=folder.path,
        lines=tuple(_with_heard(line, heard) for line in _lines(read, advance)),
        drawings={one.row.id: one.sound.drawing for one in read if one.sound is not None},
    )


def _command(arguments: list[str]) -> str:
    """The command of the run; its corrections are those that the page exports anew."""
    kept = [
        word
        for before, word in zip(["", *arguments], arguments, strict=False)
        if _CORRECTIONS not in {word, before} and not word.startswith(f"{_CORRECTIONS}=")
    ]
    return shlex.join(["sbv2", *kept])


def _job(folder: Folder) -> str:
    scripts = folder.header.get("script", ())
    named = [str(script.get("path")) for script in scripts if isinstance(script, dict)]
    place = json.dumps([str(folder.path.resolve()), named])
    return hashlib.sha256(place.encode()).hexdigest()[:16]


def _with_sounds(folder: Folder, advance: Callable[[], None]) -> Iterator[_Row]:
    found = sounds([folder.path / str(row.file) for row in folder.sounding])
    heard = {row.id for row in folder.sounding}
    for row in folder.rows:
        sound = next(found) if row.id in heard else None
        if sound is not None:
            advance()
        times = sidecar(folder.path, row)
        yield _Row(row=row, sidecar=times, moras=spoken_moras(times), sound=sound)


def _lines(read: Sequence[_Row], advance: Callable[[], None]) -> Iterator[ProofLine]:
    unusual = outliers(
        [_measures(one) for one in read],
        [one.row.character or (one.row.voice, one.row.speaker) for one in read],
    )
    takes: dict[str, list[ProofTake]] = {}
    first: dict[str, _Row] = {}
    changes: dict[str, Change] = {}
    for one, found in zip(read, unusual, strict=True):
        line = _name(one.row)
        first.setdefault(line, one)
        if one.row.change is not None:
            changes.setdefault(line, one.row.change)
        takes.setdefault(line, []).append(replace(_take(one), outliers=found))
    doubts = doubts_of([one.row for one in first.values()], advance)
    for (line, one), words in zip(first.items(), doubts, strict=True):
        whole = _line(line, one, tuple(takes[line]), words)
        yield replace(whole, change=changes.get(line))


def _with_heard(line: ProofLine, heard: Mapping[str, tuple[ProofFinding, ...]]) -> ProofLine:
    several = len(line.takes) > 1
    found = tuple(
        replace(one, message=f"take {take.take}: {one.message}") if several else one
        for take in line.takes
        for one in heard.get(take.id, ())
    )
    suspicion = round(line.suspicion + _suspicion(found, ()), 2)
    return replace(line, findings=line.findings + found, suspicion=suspicion)


def _name(row: ManifestRow) -> str:
    """Of the line; takes of a line share it."""
    return row.take_of or row.id


def _measures(one: _Row) -> dict[str, float]:
    if one.sound is None:
        return {}
    found = one.moras.measures()
    if one.row.audio is not None and one.row.audio.rms_db is not None:
        found["level"] = one.row.audio.rms_db
    if one.sound.pitch_range is not None:
        found["pitch"] = one.sound.pitch_range
    return found


def _take(one: _Row) -> ProofTake:
    row = one.row
    readable = one.sound is not None and one.sound.failure is None
    return ProofTake(
        id=row.id,
        take=row.take or 1,
        file=row.file if readable else None,
        key=(row.sha256 or "")[:_KEY],
        seconds=round(row.seconds or 0.0, 3),
        times=tuple(round(1000 * second) for mora in one.moras.times for second in mora),
    )


def _line(
    name: str, one: _Row, takes: tuple[ProofTake, ...], doubts: tuple[Doubt, ...]
) -> ProofLine:
    row = one.row
    doubt = of_line(doubts)
    findings = tuple(_findings(one))
    kana = row.kana
    if kana is None and row.language in {None, "ja"}:
        kana = notation(one.sidecar)  # the manifest of an older run
    return ProofLine(
        id=name,
        number=row.number,
        text=row.text,
        text_key=row.text_key,
        ruby=tuple((*one.span, one.reading) for one in ruby_of(row, carried=False)),
        language=row.language,
        character=row.character,
        scene=row.scene,
        chapter=row.chapter,
        chapter_title=row.chapter_title,
        heading=bool(row.heading),
        kana=kana,
        spoken=row.spoken if kana is None else None,
        words=one.moras.words if kana is not None else (),
        findings=findings,
        doubts=doubts,
        doubt=round(doubt, 3),
        corrections=_corrections(row),
        takes=takes,
        suspicion=round(_suspicion(findings, takes) + _DOUBT * doubt, 2),
    )


def _findings(one: _Row) -> Iterator[ProofFinding]:
    row = one.row
    if row.error is not None:
        yield ProofFinding(code=row.error.code, message=row.error.message, severity="failed")
    if row.reason is not None:
        yield ProofFinding(code="skipped", message=row.reason, severity="note")
    if one.sound is not None and one.sound.failure is not None:
        code, message = one.sound.failure
        yield ProofFinding(code=code, message=message, severity="failed")
    for warned in row.warnings:
        yield ProofFinding(
            code=warned.code, message=warned.message, severity=warned.severity, at=warned.at
        )


def _corrections(row: ManifestRow) -> dict[str, Any]:
    """What a file of corrections said of the line, as such a file has it."""
    said: dict[str, Any] = {} if row.note is None else {"note": row.note}
    for name in row.corrected or ():
        if name == "skip":
            said[name] = row.status == "skipped"
        elif name == "style":
            said[name] = "+".join(f"{style}:{weight:g}" for style, weight in row.style.items())
        elif isinstance(value := getattr(row, str(name), None), str | int | float):
            said[str(name)] = value
    return said


def _suspicion(findings: Iterable[ProofFinding], takes: Iterable[ProofTake]) -> float:
    score = sum(_BY_SEVERITY.get(found.severity, _FAILED) for found in findings)
    scores = [abs(one.score) for take in takes for one in take.outliers]
    return score + max(scores, default=0.0)
