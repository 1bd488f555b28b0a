"""`sbv2 check --against`: the files of a folder, compared with the lines of scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.cli import jobs
from sbv2cli.cli.console import SEVERITIES, Console, PlacedFinding, counted, placed
from sbv2cli.cli.progress import clock
from sbv2cli.errors import EXIT_LINES_FAILED, EXIT_OK, UsageError
from sbv2cli.settings.config import BUILT_IN
from sbv2cli.settings.resolve import resolve_delivery

if TYPE_CHECKING:
    from sbv2cli.pipeline.audit.files import Asked
    from sbv2cli.pipeline.audit.run import Pair, Report
    from sbv2cli.pipeline.audit.wanted import WantedFile
    from sbv2cli.pipeline.kept_names import KeptNames
    from sbv2cli.records import Delivery, ScriptLine, Severity
    from sbv2cli.settings.config import Configuration
    from sbv2cli.writers.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Request:
    """What the options of the audit say."""

    folder: Path | None
    fix: Path | None
    manifest: Path | None
    fail_on: Severity
    show: str | None

    def checked(self) -> Path:
        """The folder, if the options fit each other."""
        if self.folder is None:
            raise UsageError("usage.against", "--fix needs --against DIR")
        if self.show not in (None, "findings"):
            raise UsageError(
                "usage.against",
                f"--against shows findings, not --show {self.show}",
                hint="leave one of them out",
            )
        return self.folder


def against(
    console: Console,
    configuration: Configuration,
    lines: Sequence[ScriptLine],
    request: Request,
) -> int:
    """Compare, show what was found, and write the plan of renames."""
    from sbv2cli.pipeline.audit import renames
    from sbv2cli.pipeline.audit.files import Trust
    from sbv2cli.pipeline.audit.folder import refuse_no_folder
    from sbv2cli.pipeline.audit.run import audit
    from sbv2cli.pipeline.kept_names import keep_names
    from sbv2cli.writers.manifest import NAME, read_manifest

    folder, fix = request.checked(), request.fix
    refuse_no_folder(folder)
    place = request.manifest or folder / NAME
    manifest = read_manifest(place)
    changed = place.stat().st_mtime_ns if place.exists() else 0
    asked = _asked(configuration)
    configuration = jobs.as_rendered(configuration, manifest.header)
    kept = keep_names(list(lines), manifest, jobs.name_rules(configuration))
    lines = kept.lines
    wanted = _wanted(configuration, kept, manifest)
    trust = Trust(verify=configuration["verify"], manifest_changed=changed)

    def watch(files: Sequence[Pair]) -> Iterator[Pair]:
        with console.progress(len(files), what="files") as progress:
            for file in files:
                yield file
                progress.advance()

    report = audit(wanted, manifest, folder, asked, trust, watch)
    if fix is not None:
        renames.write(fix, report.renames)
    findings = [
        *_of_scripts(lines),
        *(
            PlacedFinding(finding=each.finding, at=each.at, line=each.line, file=each.file)
            for each in report.found
        ),
    ]
    counts = Counter(each.finding.severity for each in findings)
    worst = SEVERITIES[SEVERITIES.index(request.fail_on) :]
    status = EXIT_LINES_FAILED if any(counts[severity] for severity in worst) else EXIT_OK
    _show(console, report, findings, status, wanted=len(wanted))
    if fix is not None:
        console.done(f"{fix}: {counted(len(report.renames), 'rename')}; read before you apply")
    return status


def _of_scripts(lines: Iterable[ScriptLine]) -> Iterator[PlacedFinding]:
    """What is so wrong with a line that its file cannot be told: an id that comes twice."""
    for line in lines:
        for finding in line.findings:
            if finding.severity == "error":
                yield placed(line, finding)


def _wanted(configuration: Configuration, kept: KeptNames, manifest: Manifest) -> list[WantedFile]:
    from sbv2cli.pipeline.audit.wanted import wanted_files

    cast = configuration.cast
    character = configuration["default_character"]
    lines = [
        replace(line, character=character) if line.character is None and character else line
        for line in kept.lines
    ]

    def settled(line: ScriptLine) -> Delivery:
        return resolve_delivery(
            cast.own_delivery(line), cast.delivery(line), configuration.delivery
        )

    return list(
        wanted_files(
            lines,
            manifest,
            replace(jobs.name_rules(configuration), kept=kept.files),
            settled,
            language=configuration["lang"],
            default_character=character,
        )
    )


def _asked(configuration: Configuration) -> Asked:
    """What somebody says of the files, in whatever place."""
    from sbv2cli.pipeline.audit.files import Asked

    said = {
        name: configuration[name]
        for name in ("rate", "format", "subtype")
        if configuration.origin(name) != BUILT_IN
    }
    return Asked(**said)


def _show(
    console: Console, report: Report, findings: Sequence[PlacedFinding], status: int, *, wanted: int
) -> None:
    from sbv2cli.pipeline.audit.renames import COLUMNS

    counts = Counter(each.finding.severity for each in findings)
    if not console.mode.json:
        for each in findings:
            console.finding(each, to_stdout=True)
    result: dict[str, Any] = {
        "findings": [each.as_json() for each in findings],
        "renames": [{name: getattr(one, name) for name in COLUMNS} for one in report.renames],
        "summary": {
            "lines": wanted,
            "files": report.files,
            "audio_s": round(report.seconds, 1),
            **{f"{severity}s": counts[severity] for severity in SEVERITIES},
        },
    }
    console.result(result, status=status)
    codes = Counter(each.finding.code for each in findings)
    if len(codes) > 1:
        rows = [(code, str(times)) for code, times in codes.most_common()]
        console.summary(("code", "times"), rows)
    told = [counted(counts[one], one) for one in reversed(SEVERITIES) if counts[one]]
    console.done(
        f"{counted(wanted, 'file')} wanted, {report.files:,} there ({clock(report.seconds)}):"
        f" {', '.join(told) or 'nothing to fix'}"
    )
