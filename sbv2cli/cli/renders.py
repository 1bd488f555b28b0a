"""What people see of a run that renders lines: progress, failures, numbers."""

from __future__ import annotations

import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.cli.console import counted
from sbv2cli.cli.progress import clock
from sbv2cli.cli.scripts import file_facts
from sbv2cli.version import VERSION

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.cli.progress import Progress
    from sbv2cli.pipeline.job import Job
    from sbv2cli.pipeline.summary import Summary
    from sbv2cli.records import ManifestRow

SHOWN_FAILURES = 3  # of each code
INTERRUPTED = (130, 143)


class RenderWatch:
    """The observer of a run: plan and progress on stderr; `made` is told of each line."""

    def __init__(self, console: Console, made: Callable[[ManifestRow], None]) -> None:
        self.console = console
        self.made = made
        self.progress: Progress | None = None

    def planned(self, told: Sequence[str], total: int) -> None:
        """Say the plan, and begin to count; a plan that was open is told again when it is whole."""
        for row in told:
            self.console.note(row)
        if self.progress is not None:
            self.progress.expect(total)
            return
        self.progress = self.console.progress(total).__enter__()
        if total:
            self.progress.wait("loading voice")

    def finished(self, row: ManifestRow) -> None:
        """Count a line, and tell of it."""
        failed = row.status == "failed"
        if self.progress is not None:
            made = row.seconds if row.status == "ok" else None  # copies take no time
            self.progress.advance(audio_s=made or 0.0, failed=failed)
            self.progress.line(id=row.id, status=row.status, file=row.file)
        if row.error is not None:
            self.console.info(f"{row.source}: {row.error.code}: {row.error.message}")
        if not failed:
            self.made(row)

    def close(self) -> None:
        """Stop counting."""
        if self.progress is not None:
            self.progress.__exit__(None, None, None)


def failure_json(row: ManifestRow) -> dict[str, Any]:
    """A failed line, for programs."""
    assert row.error is not None
    return {
        "id": row.id,
        "code": row.error.code,
        "message": row.error.message,
        "at": row.error.at,
        "hint": row.error.hint,
    }


def tell_end(console: Console, summary: Summary, job: Job) -> None:
    """What failed, what to look at, and the numbers."""
    by_code: dict[str, list[ManifestRow]] = defaultdict(list)
    for row in summary.failures:
        by_code[row.error.code if row.error else ""].append(row)
    for code, rows in sorted(by_code.items(), key=lambda item: -len(item[1])):
        console.error(_failures_text(code, rows))
    for code, count in summary.warnings.most_common():
        console.warning(f"{code} in {count} lines; see the manifest")
    _tell_orphans(console, summary, job)
    for path, ids in summary.replaced.items():
        shown = ", ".join(ids[:3]) + (" …" if len(ids) > 3 else "")
        console.warning(
            f"kept of {path}: {len(ids)}, with their files: {shown}; other lines of it are"
            " lines of this script now. If this one has taken its place, move it away and run again"
        )
    console.summary(("", ""), _numbers(summary))
    if summary.exit in INTERRUPTED:
        console.warning(
            f"interrupted, {summary.cancelled} lines left; run the same command again to continue"
        )
    elif summary.error is not None:
        console.error(summary.error)
    elif summary.failed:
        console.error(
            f"{summary.failed} of {summary.failed + summary.ok + summary.reused} lines failed;"
            " run the same command again to retry them"
        )
    elif job.manifest.exists():  # a script without lines leaves none
        console.done(f"{job.manifest}")


def _tell_orphans(console: Console, summary: Summary, job: Job) -> None:
    if summary.pruned:
        console.note(f"{_orphaned(summary.pruned)} deleted")
    if summary.orphans:
        shown = ", ".join(summary.orphans[:3]) + (" …" if len(summary.orphans) > 3 else "")
        why = (
            "changed since they were written, so they stay"
            if job.prune
            else "deleted with --prune delete"
        )
        console.note(f"{_orphaned(len(summary.orphans))}: {shown}; {why}")


def _orphaned(number: int) -> str:
    return counted(number, "orphaned file")


def _failures_text(code: str, rows: Sequence[ManifestRow]) -> str:
    text = [f"error[{code}] in {len(rows)} line{'s' if len(rows) != 1 else ''}"]
    for row in rows[:SHOWN_FAILURES]:
        assert row.error is not None
        text.append(f"  {row.source}: {row.id}: {row.error.message}")
    if len(rows) > SHOWN_FAILURES:
        text.append(f"  … and {len(rows) - SHOWN_FAILURES} more")
    hint = rows[0].error.hint if rows[0].error else None
    if hint:
        text.append(f"  hint: {hint}")
    return "\n".join(text)


def _numbers(summary: Summary) -> list[tuple[str, str]]:
    from sbv2cli.pipeline.diff import STATES

    counts: dict[str, int] = {state: summary.states[state] for state in STATES}
    made = [f"{count:,} {state}" for state in ("new", "stale") if (count := counts.pop(state))]
    rows = [("made", f"{summary.ok:,}" + (f": {', '.join(made)}" if made else ""))]
    counts["not reached"] = summary.cancelled
    rows += [(word, f"{count:,}") for word, count in counts.items() if count]
    if summary.audio_s:
        times = summary.audio_s / max(summary.wall_s, 1e-9)
        rows.append(("audio", f"{clock(summary.audio_s)} ({times:.1f} x real time)"))
    rows.append(("time", clock(summary.wall_s)))
    return rows


def header_of(names: dict[str, Path]) -> dict[str, Any]:
    """What the manifest says of the run."""
    now = dt.datetime.now(tz=dt.UTC)
    return {
        "tool": f"sbv2 {VERSION}",
        "started": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "argv": sys.argv[1:],
        "script": file_facts(names),
    }
