"""The rows of a manifest -> the sounds to be joined, each with the silence around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli.errors import UsageError
from sbv2cli.pipeline import estimate
from sbv2cli.pipeline.derive import manifest_rows
from sbv2cli.records import AudioFacts, ManifestRow
from sbv2cli.writers.timeline import Placed

if TYPE_CHECKING:
    from sbv2cli.pipeline.join.settings import JoinSettings, Missing

MADE = frozenset({"ok", "reused", "aliased"})
OPENING, CLOSING = "opening", "closing"
_SILENCE_RATE = 44100
# Files whose samples are those that were written.
_EXACT = frozenset({".wav", ".flac"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLine:
    """One sound of the whole, or a silence in place of one."""

    id: str
    path: Path | None  # None: a silence in its place
    samples: int  # at its own rate
    rate: int
    before: float = 0.0  # seconds of silence
    after: float = 0.0
    lead: float = 0.0  # of silence at the beginning of the sound
    tail: float = 0.0
    sha256: str | None = None
    voice: str = ""  # what gets one gain
    chapter: int | str | None = None
    chapter_title: str | None = None
    scene: str | None = None
    paragraph: int | None = None
    character: str | None = None
    language: str | None = None
    row: ManifestRow | None = None  # None: not a line of the manifest

    @property
    def placed(self) -> Placed:
        """Its length and its silence, for the time line."""
        return Placed(samples=self.samples, rate=self.rate, before=self.before, after=self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is to be joined."""

    lines: tuple[JoinLine, ...]
    missing: tuple[str, ...]  # ids of lines without a sound
    changed: tuple[str, ...]  # ids of lines whose file is not the one that was rendered


def find_lines(settings: JoinSettings) -> Found:
    """The lines of a manifest, and the sounds that frame them; refuses what cannot be joined."""
    path = settings.manifest
    wanted = [row for row in manifest_rows(path) if row.status != "skipped"]
    _refuse_takes(wanted, path)
    missing = [row for row in wanted if not _has_sound(row, path.parent)]
    if missing and settings.missing == "refuse":
        raise _missing(missing, len(wanted), path)
    lines = list(_lines(wanted, path.parent, settings.missing))
    if not lines:
        raise UsageError(
            "join.nothing", "there is no line to join", at=str(path), hint="run sbv2 render first"
        )
    changed = [line.id for line in lines if _is_changed(line)]
    framed = [
        *_credits(settings.opening, OPENING, lines[0]),
        *lines,
        *_credits(settings.closing, CLOSING, lines[0]),
    ]
    return Found(
        lines=tuple(framed), missing=tuple(row.id for row in missing), changed=tuple(changed)
    )


def _refuse_takes(rows: Sequence[ManifestRow], path: Path) -> None:
    several = list(dict.fromkeys(row.take_of for row in rows if row.take_of is not None))
    if several:
        raise UsageError(
            "join.takes",
            f"{len(several)} lines have several takes, the first is {several[0]}",
            at=str(path),
            hint="choose one of each: sbv2 render with --choose",
        )


def _has_sound(row: ManifestRow, folder: Path) -> bool:
    return row.status in MADE and row.file is not None and (folder / row.file).is_file()


def _missing(missing: Sequence[ManifestRow], of: int, path: Path) -> UsageError:
    return UsageError(
        "join.lines-missing",
        f"{len(missing)} of {of} lines have no audio, the first is {missing[0].id}",
        at=str(path),
        hint="run sbv2 render again; or --missing skip, or --missing silence",
    )


def _lines(rows: Sequence[ManifestRow], folder: Path, missing: Missing) -> Iterator[JoinLine]:
    from sbv2cli.writers.audio import source  # noqa: PLC0415  (numpy)

    for row in rows:
        if _has_sound(row, folder):
            path = folder / str(row.file)
            facts = source.facts(path)
            yield _line(row, path, facts.samples, facts.rate)
        elif missing == "silence":
            seconds = row.seconds or estimate.of_text(row.text, row.speed or 1.0)
            yield _line(row, None, round(seconds * _SILENCE_RATE), _SILENCE_RATE)


def _line(row: ManifestRow, path: Path | None, samples: int, rate: int) -> JoinLine:
    audio = row.audio or AudioFacts()
    return JoinLine(
        id=row.id,
        path=path,
        samples=samples,
        rate=rate,
        before=row.pause_before or 0.0,
        after=row.pause_after or 0.0,
        lead=audio.lead or 0.0,
        tail=audio.tail or 0.0,
        sha256=row.sha256,
        voice=f"{row.voice}/{row.speaker}",
        chapter=row.chapter,
        chapter_title=row.chapter_title,
        scene=row.scene,
        paragraph=row.paragraph,
        character=row.character,
        language=row.language,
        row=row,
    )


def _is_changed(line: JoinLine) -> bool:
    """Whether somebody put another sound in the place of the one that was rendered."""
    audio = line.row.audio if line.row else None
    if audio is None or line.path is None or audio.bytes is None:
        return False
    if line.path.stat().st_size != audio.bytes:
        return True
    return line.path.suffix in _EXACT and audio.samples not in {None, line.samples}


def _credits(path: Path | None, name: str, near: JoinLine) -> Iterator[JoinLine]:
    from sbv2cli.writers.audio import source  # noqa: PLC0415  (numpy)

    if path is None:
        return
    facts = source.facts(path)
    yield JoinLine(
        id=name,
        path=path,
        samples=facts.samples,
        rate=facts.rate,
        after=2.0 if name == OPENING else 0.0,
        voice=str(path),
        chapter=name,
        character=name,
        scene=name,
        language=near.language,
    )
