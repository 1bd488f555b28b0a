"""Which files the lines of scripts should have: by the manifest, else by the rules for names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sbv2cli.pipeline import estimate
from sbv2cli.pipeline.diff import GOOD
from sbv2cli.pipeline.file_names import FileNames, NameRules, SpokenAs
from sbv2cli.records import Delivery, Finding, LineId, ManifestRow, ScriptLine
from sbv2cli.writers.manifest import Manifest

Settled = Callable[[ScriptLine], Delivery]  # how a line is spoken, after cast and settings


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """The file that a line should have."""

    line: ScriptLine
    file: str  # below the folder, with `/` between folders
    seconds: float  # about
    row: ManifestRow | None = None  # what a run made
    findings: tuple[Finding, ...] = field(default=())

    @property
    def has_words(self) -> bool:
        """Whether there is something to hear: marks alone (……) are a pause."""
        return any(character.isalnum() for character in self.line.reading or self.line.text)


def wanted_files(
    lines: Sequence[ScriptLine],
    manifest: Manifest,
    rules: NameRules,
    settled: Settled,
    *,
    language: str,
    default_character: str | None,
) -> Iterator[WantedFile]:
    """A file for each line that is spoken; several where takes are there and none is chosen."""
    names = FileNames(rules, lines, default_character)
    takes = _takes(manifest)
    for line in lines:
        row = manifest.rows.get(line.id)
        if not _is_spoken(line, row):
            continue
        said = settled(line)
        seconds = estimate.of_text(line.text, said.speed or 1.0)
        if row is not None and row.file is not None and row.status in GOOD:
            yield WantedFile(
                line=line,
                file=row.file,
                seconds=seconds,
                row=row,
                findings=tuple(_of_text(line, row)),
            )
        elif line.id in takes and line.take_of is None:
            for number, take in enumerate(takes[line.id]):
                yield WantedFile(
                    line=line,
                    file=str(take.file),
                    seconds=seconds,
                    row=take,
                    findings=() if number else (_undecided(takes[line.id]),),
                )
        else:
            file = names.of(line, _spoken_as(said, line, language))
            failed = () if row is None or row.error is None else (_failed(row),)
            yield WantedFile(line=line, file=file, seconds=seconds, findings=failed)


def _takes(manifest: Manifest) -> Mapping[LineId, list[ManifestRow]]:
    takes: dict[LineId, list[ManifestRow]] = defaultdict(list)
    for row in manifest.rows.values():
        if row.take_of is not None and row.file is not None and row.id not in manifest.orphans:
            takes[LineId(row.take_of)].append(row)
    return takes


def _is_spoken(line: ScriptLine, row: ManifestRow | None) -> bool:
    if line.skip or (row is not None and row.status == "skipped" and row.text == line.text):
        return False
    return bool(line.text.strip() or (line.reading or "").strip())


def _spoken_as(said: Delivery, line: ScriptLine, language: str) -> SpokenAs:
    return SpokenAs(
        voice=said.voice or "",
        speaker=said.speaker,
        style=said.style,
        take=said.take or 1,
        language=line.language or language,
    )


def _of_text(line: ScriptLine, row: ManifestRow) -> Iterator[Finding]:
    if row.text.split() != line.text.split():
        yield Finding(
            code="audit.text",
            severity="warning",
            message=f'the file says another text: "{_short(row.text)}"',
            hint="render the scripts again, or record the line again",
        )
    take = line.delivery.take
    if take is not None and row.take is not None and take != row.take:
        yield Finding(
            code="audit.take",
            severity="warning",
            message=f"the file is take {row.take}, the script says {take}",
            hint="render the scripts again",
        )


def _undecided(takes: Sequence[ManifestRow]) -> Finding:
    numbers = ", ".join(str(take.take) for take in takes)
    return Finding(
        code="audit.take",
        severity="warning",
        message=f"no take is chosen; there are {numbers}",
        hint="sbv2 render --choose FILE gives one of them the plain name",
    )


def _failed(row: ManifestRow) -> Finding:
    assert row.error is not None
    return Finding(
        code="audit.failed",
        severity="error",
        message=f"the line failed: {row.error.message}",
        hint=row.error.hint,
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
