"""What a run knows and writes down: rows, what is settled, the limit of failures, the journal.

The main thread alone calls it, so nothing here is locked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import starmap
from pathlib import Path
from typing import Any, Protocol

from sbv2cli.errors import EXIT_LINES_FAILED, EXIT_OK
from sbv2cli.pipeline import changes, foreign_files, manifest_rows, orphans, unchanged
from sbv2cli.pipeline.diff import Decision, Outlined, elsewhere, is_made
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.limits import Limit
from sbv2cli.pipeline.orphans import KeptRows
from sbv2cli.pipeline.planning import Plan
from sbv2cli.pipeline.summary import Summary
from sbv2cli.records import Change, LineId, ManifestRow
from sbv2cli.translations.catalogues import word_translator
from sbv2cli.writers import indexed_manifest as manifest
from sbv2cli.writers import naming
from sbv2cli.writers.changes import Changes, write_report
from sbv2cli.writers.indexed_manifest import IndexedManifest
from sbv2cli.writers.manifest import Journal, as_bytes, to_json, without_change
from sbv2cli.writers.row_index import RowFacts, RowIndex


class Observer(Protocol):
    """Who watches a run. Called from the thread that runs it."""

    def planned(self, told: Sequence[str], total: int) -> None:
        """The plan is made: rows that tell it, and how many lines get a file or fail to."""
        ...

    def finished(self, row: ManifestRow) -> None:
        """A line has come to its end, good or bad."""
        ...


class Ledger:
    """The books of one run. The journal is begun with the first thing that there is to note."""

    def __init__(
        self,
        prepared_lines: Sequence[PreparedLine],
        chosen: int,
        job: Job,
        previous: IndexedManifest,
        observer: Observer,
        left_out: frozenset[LineId] = frozenset(),
    ) -> None:
        self.left_out = left_out  # lines that the run is not about
        self.prepared_lines = prepared_lines
        self.chosen = chosen
        self.job = job
        self.previous = previous
        self.observer = observer
        self.now = RowIndex(job.manifest)  # the rows of this run
        self.now.as_written = True
        self.settled: set[LineId] = set()
        self.summary = Summary()
        self.limit = Limit.of(job, chosen)
        self.decisions: dict[LineId, Decision] = {}
        self.changed: set[LineId] = set()
        self._journal: Journal | None = None

    def row(self, name: LineId) -> ManifestRow | None:
        """The last row of a line, of this run or of the one before."""
        return self.now.get(name) or self.previous.rows.get(name)

    def planned(self, plan: Plan) -> None:
        """What is to be done is known, and why."""
        self.decisions = plan.decisions()
        if plan.tally.to_write:
            self._open()  # a manifest that cannot be written is found before anything is spoken
        self.tell_plan(plan)

    def tell_plan(self, plan: Plan) -> None:
        """Tell what is known of the plan."""
        self.observer.planned(plan.tally.told(), plan.tally.to_write)

    def decided(self, item: Outlined) -> None:
        """What is to be done with a line, where the plan has not said it."""
        if item.decision is not None:
            self.decisions.setdefault(item.prepared.id, item.decision)

    def keep(self, row: ManifestRow, renewed: ManifestRow) -> None:
        """A line is there already; `renewed` is its row with what the script says of it today."""
        self.settled.add(row.id)
        renewed = self._with_change(renewed, changes.of_fresh(renewed, row))
        self.summary.reused += 1
        self.summary.states["fresh"] += 1
        if renewed != row:
            self._append(renewed)

    def skip(self, row: ManifestRow) -> None:
        """A line is not to be spoken."""
        if self.job.strict and any(manifest_rows.serious(row)):
            self.note(manifest_rows.strict(row))
            return
        self.summary.skipped += 1
        self.summary.states["skipped"] += 1
        self.summary.warnings.update(manifest_rows.serious(row))
        self.settled.add(row.id)
        before = self.previous.rows.get(row.id)
        row = self._with_change(row, changes.of_skipped(row, before))
        if row != before:
            self._append(row)

    def begin_overwrite(self, row: ManifestRow) -> None:
        """The row of a file's old content ends before the content does, unless it has moved on.

        Should the run be killed in between, nobody takes the new bytes for the old ones.
        """
        now = self.row(row.id)
        if now is not None and now.file == row.file:
            self._append(replace(now, status="cancelled", file=None))

    def claim(self, prepared: PreparedLine) -> None:
        """Note the files of a line before they are written, where no record tells of them.

        Should the run be killed in between, the next one knows that they are its own.
        """
        names = foreign_files.names_of(prepared, self.job)
        if not all(map(self._is_claimed, map(naming.fold, names))):
            self.now.claim(map(naming.fold, names))
            row = manifest_rows.described(prepared, status="cancelled", file=names[0])
            self._append(replace(row, timings=names[1] if names[1:] else None))

    def note(self, row: ManifestRow) -> None:
        """A line has come to its end in this run, good or bad."""
        decision = self.decisions.pop(row.id, None)
        row = self._with_change(row, changes.of_line(row, self.previous.rows, decision))
        self._append(row)
        self.settled.add(row.id)
        summary = self.summary
        if row.status == "failed":
            self.limit.count()
            summary.failed += 1
            summary.states["failed"] += 1
            summary.failures.append(row)
        elif row.status == "ok":
            summary.ok += 1
            summary.states["stale" if is_made(self.previous.rows.get(row.id)) else "new"] += 1
            summary.audio_s += row.seconds or 0.0
        else:
            summary.reused += 1
            summary.states["reuse"] += 1
        summary.warnings.update(manifest_rows.serious(row))
        self.observer.finished(row)

    def close(self, scripts: Mapping[str, Path], *, whole: bool) -> None:
        """Leave a manifest, whatever happened; sorted where everything could be written down."""
        summary = self.summary
        summary.cancelled = self.chosen - len(self.settled)
        if summary.exit == EXIT_OK and (summary.failed or self.limit.reached):
            summary.exit = EXIT_LINES_FAILED
        rows = orphans.KeptRows(
            previous=self.previous.rows,
            now=self.now,
            named={prepared.id for prepared in self.prepared_lines},
            elsewhere=elsewhere(self.previous.rows, scripts),
            left_out=self.left_out,
        )
        left = rows.left(self.job)
        stay = orphans.prune(left, rows, self.job, self._open) if self.job.prune else left
        kept = {row.id for row in stay}
        pruned, left = [row for row in left if row.id not in kept], stay
        summary.pruned = len(pruned)
        summary.replaced = rows.replaced_scripts(scripts)
        summary.orphans = [row.file for row in left if row.file is not None]
        same = {row.id for row in left} == self.previous.orphans and not summary.pruned
        nothing = (same and self.previous.published) or not (
            left or any(rows.lines()) or self.previous.summary
        )
        if self._journal is None and nothing:
            self._keep_index(self.previous)
            return
        journal = self._open()
        journal.summary(summary.as_json())
        journal.close()
        if whole:
            self._publish(journal.header, rows, left, pruned)

    def _publish(
        self,
        header: Mapping[str, Any],
        rows: KeptRows,
        orphans: Sequence[ManifestRow],
        pruned: Sequence[ManifestRow],
    ) -> None:
        job, summary = self.job, self.summary.as_json()

        def report(written: RowIndex) -> None:
            told = Changes(
                header=header, summary=summary, rows=written, orphans=orphans, deleted=pruned
            )
            words = word_translator(job.messages)
            write_report(job.manifest.parent, told, job.changes, words=words, fsync=job.fsync)

        published = manifest.publish(
            job.manifest,
            header,
            self._records(rows),
            orphans,
            summary,
            report=report,
            fsync=job.fsync,
        )
        self._keep_index(published)

    def _keep_index(self, content: IndexedManifest) -> None:
        """Lay the index beside the manifest; a run that left nothing open says of what it was."""
        notes = {}
        whole = self.summary.exit == EXIT_OK and self.chosen == len(self.prepared_lines)
        if self.job.inputs is not None and whole and unchanged.is_settled(content.rows):
            notes = unchanged.notes(self.job, self.prepared_lines)
        manifest.keep_index(self.job.manifest, content, notes, fsync=self.job.fsync)

    def _records(self, rows: KeptRows) -> Iterator[tuple[RowFacts, bytes]]:
        yield from starmap(self._record, rows.lines(in_order=True))
        rows.previous.release()
        rows.now.release()

    def _record(self, facts: RowFacts, index: RowIndex) -> tuple[RowFacts, bytes]:
        """A row as it is published."""
        what = index.what(facts)
        # Where the last run did not come to its end, what it began, this one has ended.
        if self.previous.complete and facts.id not in self.changed:
            what = None
        if index.as_written and what == facts.what and not facts.orphan:
            return facts, index.raw(facts.at, facts.size)
        row = index[facts.id]
        row = without_change(row) if what is None else row
        return facts._replace(what=what), as_bytes(to_json(row))

    def _is_claimed(self, name: str) -> bool:
        return self.previous.rows.is_claimed(name) or self.now.is_claimed(name)

    def _with_change(self, row: ManifestRow, change: Change | None) -> ManifestRow:
        """The row with a change; a change of an earlier run is not one of this."""
        before = self.previous.rows.get(row.id)
        if change is not None and (before is None or change != before.change):
            self.changed.add(row.id)
        return row if row.change == change else replace(row, change=change)

    def _append(self, row: ManifestRow) -> None:
        journal = self._open()
        self.now.add(row, *journal.append(row))
        self.summary.changed = True

    def _open(self) -> Journal:
        if self._journal is None:
            header = {**self.job.header, "voices": manifest_rows.voices(self.prepared_lines)}
            self._journal = Journal(self.job.manifest, header, fsync=self.job.fsync)
        return self._journal
