"""Scripts against a folder: everything that is missing, left over or wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sbv2cli.files import sha256_of
from sbv2cli.pipeline.audit import files, renames
from sbv2cli.pipeline.audit.files import Asked, Examined, Trust
from sbv2cli.pipeline.audit.folder import Matched, match, sounds
from sbv2cli.pipeline.audit.renames import Rename
from sbv2cli.pipeline.audit.wanted import WantedFile
from sbv2cli.pipeline.diff import is_elsewhere
from sbv2cli.records import Finding, LineId, ManifestRow, Source
from sbv2cli.writers.manifest import Manifest

Pair = tuple[WantedFile, str]  # with its path below the folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding, where it is, and of which line and file."""

    finding: Finding
    at: Source
    line: LineId | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit has found."""

    found: Sequence[Found]
    renames: Sequence[Rename]
    files: int  # of sound in the folder
    seconds: float  # of sound in the files of lines


def audit(
    wanted: Sequence[WantedFile],
    manifest: Manifest,
    folder: Path,
    asked: Asked,
    trust: Trust,
    watch: Callable[[Sequence[Pair]], Iterable[Pair]],
) -> Report:
    """Compare; `watch` gives the files that are looked at, one after another."""
    rows = [row for row in manifest.rows.values() if row.file is not None]
    there = sounds(folder, [*(one.file for one in wanted), *(str(row.file) for row in rows)])
    matched = _without_other_scripts(match(wanted, there), wanted, rows)
    examined = [
        files.examine(one, folder, there[path], trust) for one, path in watch(matched.found)
    ]
    steps = renames.plan(matched, rows)
    found = [
        *(_of_line(one, each) for one in matched.missing for each in _missing(one, folder)),
        *(_of_line(one, each) for one, _ in matched.found for each in one.findings),
        *(_of_file(one, each, folder) for one in examined for each in one.findings),
        *(_of_file(one, each, folder) for one, each in files.formats(examined, asked)),
        *(_of_file(one, each, folder) for one, each in _duplicates(examined, folder)),
        *_left(matched.left, rows, folder),
        *(_of_rename(each) for each in steps),
    ]
    return Report(
        found=found,
        renames=steps,
        files=len(there),
        seconds=sum(one.header.seconds for one in examined if one.header is not None),
    )


def _without_other_scripts(
    matched: Matched, wanted: Sequence[WantedFile], rows: Sequence[ManifestRow]
) -> Matched:
    """Two scripts may share a folder: what belongs to lines of another one is none of this."""
    scripts = {one.line.source.path: Path(one.line.source.path) for one in wanted}
    others = {row.file for row in rows if is_elsewhere(row, scripts)}
    return replace(matched, left=[path for path in matched.left if path not in others])


def _missing(one: WantedFile, folder: Path) -> Iterator[Finding]:
    yield from one.findings
    if any(finding.code == "audit.failed" for finding in one.findings):
        return
    yield Finding(
        code="audit.missing",
        severity="error",
        message=f'there is no "{one.file}" in {folder}',
        hint="render the scripts, or record the line",
    )


def _duplicates(examined: Sequence[Examined], folder: Path) -> Iterator[tuple[Examined, Finding]]:
    """Files with the same bytes whose lines say different things."""
    by_size: dict[int, list[Examined]] = defaultdict(list)
    for one in examined:
        by_size[one.size].append(one)
    for alike in by_size.values():
        first: dict[str, Examined] = {}
        for one in alike if len(alike) > 1 else ():
            other = first.setdefault(one.digest or sha256_of(folder / one.path), one)
            if other is not one and not _may_be_equal(other.wanted, one.wanted):
                yield (
                    one,
                    Finding(
                        code="audit.duplicate",
                        severity="warning",
                        message=f'the file is that of line "{other.wanted.line.id}" too, which'
                        " says something else",
                        hint="one of the two is the wrong recording",
                    ),
                )


def _may_be_equal(one: WantedFile, other: WantedFile) -> bool:
    if one.row is not None and other.row is not None:
        return one.row.post_key == other.row.post_key
    return one.line.text == other.line.text


def _left(left: Sequence[str], rows: Sequence[ManifestRow], folder: Path) -> Iterator[Found]:
    known = {str(row.file): row for row in rows}
    for path in left:
        row = known.get(path)
        if row is not None:
            finding = Finding(
                code="audit.orphaned",
                severity="warning",
                message=f'no line has this file any more; it was that of "{row.id}"',
                hint="sbv2 render --prune delete deletes such files",
            )
        else:
            finding = Finding(
                code="audit.foreign",
                severity="note",
                message="neither the scripts nor the manifest know this file",
            )
        yield Found(finding=finding, at=Source(path=str(folder / path), row=1), file=path)


def _of_line(one: WantedFile, finding: Finding) -> Found:
    return Found(finding=finding, at=one.line.source, line=one.line.id, file=one.file)


def _of_file(one: Examined, finding: Finding, folder: Path) -> Found:
    at = Source(path=str(folder / one.path), row=1)
    return Found(finding=finding, at=at, line=one.wanted.line.id, file=one.path)


def _of_rename(rename: Rename) -> Found:
    finding = Finding(
        code="audit.rename",
        severity="note",
        message=f'"{rename.old}" may be its file: {rename.why}',
        hint="--fix FILE writes a plan of renames",
    )
    return _of_line(rename.wanted, finding)
