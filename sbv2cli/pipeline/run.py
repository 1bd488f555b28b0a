"""One run: read, speak, write, note; and again only what changed.

One owner, one inbox: the main thread alone owns rows, journal, store, limit and summary. Reading,
engine and writers are threads that own nothing; what they have to tell is an event in the inbox.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sbv2cli import files
from sbv2cli.errors import MachineError, Sbv2Error
from sbv2cli.executors import WHOLE_LINES
from sbv2cli.executors.executor import WorkerSpec, open_executor
from sbv2cli.folder_lock import FolderLock
from sbv2cli.pipeline import (
    failures,
    foreign_files,
    manifest_rows,
    match_loudness,
    planning,
    signals,
    workers,
)
from sbv2cli.pipeline.diff import Outlined, refuse_taken
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.keys import Keys
from sbv2cli.pipeline.ledger import Ledger, Observer
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.pipeline.reuse import Reuse
from sbv2cli.pipeline.sharing import First, SharedSound
from sbv2cli.pipeline.spool import spool_of_lines
from sbv2cli.pipeline.stages import Event, Interrupted, StageEnded, Stages
from sbv2cli.pipeline.store import AudioStore
from sbv2cli.pipeline.summary import Summary
from sbv2cli.pipeline.synthesis import SynthesisTask
from sbv2cli.pipeline.under_way import FilesUnderWay
from sbv2cli.pipeline.whole_lines import SoundMade
from sbv2cli.pipeline.worker_lines import WorkerLines
from sbv2cli.pipeline.write import Written
from sbv2cli.records import LineId
from sbv2cli.writers import indexed_manifest, row_index, timings
from sbv2cli.writers.changes import FORMS, refuse_foreign


def render(
    prepared_lines: Sequence[PreparedLine],
    job: Job,
    observer: Observer,
    *,
    scripts: Mapping[str, Path],
    selected: frozenset[LineId] | None = None,
) -> Summary:
    """Make every file that is not there yet, and the manifest.

    Args:
        prepared_lines: all lines of the scripts.
        job: what is asked.
        observer: who watches.
        scripts: name -> path of the scripts, as the lines' sources call them.
        selected: the lines that this run is about; `None` for all.
    """
    with FolderLock(job.output):
        refuse_foreign(job.manifest.parent, job.changes)
        previous = indexed_manifest.open_manifest(job.manifest)
        _remove_parts(prepared_lines, job)
        refuse_taken(prepared_lines, previous, scripts)
        prepared_lines, levels = match_loudness.with_gains(
            prepared_lines, job.gain, job.machine, previous.header
        )
        if levels:
            job = replace(job, header={**job.header, match_loudness.HEADER: levels})
        chosen = prepared_lines
        left_out: frozenset[LineId] = frozenset()
        if selected is not None:
            chosen = spool_of_lines(one for one in prepared_lines if one.id in selected)
            left_out = frozenset(
                one.line.take_of or one.id for one in prepared_lines if one.id not in selected
            )
        foreign_files.refuse_foreign(chosen, job, previous)
        ledger = Ledger(prepared_lines, len(chosen), job, previous, observer, left_out)
        return _Run(chosen, job, ledger, scripts).go()


def _remove_parts(prepared_lines: Iterable[PreparedLine], job: Job) -> None:
    """Delete what killed runs left of what this one may write."""
    written = (
        name
        for prepared in prepared_lines
        for name in (prepared.file, timings.sidecar_path(prepared.file))
    )
    files.remove_parts(job.output, written)
    beside = (job.manifest.name, indexed_manifest.index_path(job.manifest).name, *FORMS["both"])
    files.remove_parts(job.manifest.parent, beside)


class _Run:
    """What the main thread owns; its methods are the answers to events."""

    def __init__(
        self,
        prepared_lines: Sequence[PreparedLine],
        job: Job,
        ledger: Ledger,
        scripts: Mapping[str, Path],
    ) -> None:
        self.prepared_lines = prepared_lines
        self.job = job
        self.ledger = ledger
        self.scripts = scripts
        held = row_index.index_of(()) if job.force else ledger.previous.rows
        self.store = AudioStore(job.output, held, ledger.now)
        self.reuse = Reuse(job, ledger, self.store)
        self.stages = Stages(job)
        self.under_way = FilesUnderWay(self.stages, self.store, ledger)
        self.worker_lines = WorkerLines(job, ledger, self.stages, self.under_way)
        self.plan: planning.Plan  # as soon as it is made
        self.shared: dict[str, SharedSound] = {}  # by what the sounds are
        self.workers: Mapping[str, WorkerSpec] = {}  # by the voice's fingerprint
        self.running = 0  # reading and engine
        self.stopped = False
        self.error: BaseException | None = None
        self.seconds = dict.fromkeys(("read_s", "plan_s", "render_s", "write_s"), 0.0)

    def go(self) -> Summary:
        """Do what is to be done."""
        start = time.monotonic()
        summary = self.ledger.summary
        self.store.clear()
        try:
            with signals.noted(self._interrupted):
                self._attempt(self._begin)
                while self.running or self.under_way:
                    self._attempt(self._next)
                self.stages.close()
            if isinstance(self.error, Sbv2Error):
                summary.exit, summary.error = self.error.exit_status, self.error
            if self.error is not None and (summary.error is None or not summary.changed):
                raise self.error
        finally:
            summary.wall_s = time.monotonic() - start
            summary.stages = self.seconds
            self.store.clear()
            self.ledger.close(self.scripts, whole=not self.stages.abandoned)
        return summary

    def _interrupted(self, status: int) -> None:
        """Called wherever the main thread is just now."""
        self.stages.inbox.put(Interrupted(status=status))

    def _attempt(self, step: Callable[[], None]) -> None:
        """Whatever goes wrong, what is under way comes to its end first."""
        try:
            step()
        except BaseException as error:  # noqa: BLE001 - raised when all threads have ended
            self._stop(error)

    def _stop(self, error: BaseException | None = None) -> None:
        self.error = self.error or error
        if isinstance(error, MachineError) and error.code.startswith("disk."):
            self.stages.abandon(error)
        if not self.stopped:
            self.stopped = True
            self.stages.stop()

    def _next(self) -> None:
        self._answer(self.stages.inbox.get())
        if self.ledger.limit.reached and not self.stopped:
            self._stop()

    def _answer(self, event: Event) -> None:
        match event:
            case ReadLine():
                if not self.stopped:
                    self._on_read(event)
            case SynthesisTask():
                self._on_spoken(event)
            case SoundMade():
                self.worker_lines.take(event, self.seconds)
            case Written():
                self.seconds["write_s"] += event.seconds
                self.under_way.written(event)
                if event.error is not None:
                    self._stop(event.error)
            case StageEnded():
                self._on_end(event)
            case Interrupted():
                self.ledger.summary.exit = event.status
                self._stop()

    def _on_end(self, event: StageEnded) -> None:
        self.seconds["read_s"] += event.seconds
        if event.stage == "reading":
            self.stages.no_more_tasks()
            if not self.plan.whole:
                self.ledger.tell_plan(self.plan)
        if event.stage == "writing":
            self.under_way.forget()  # before its time: nobody would answer
        else:
            self.running -= 1
        if event.error is not None:
            self._stop(event.error)

    # What need not be spoken.

    def _begin(self) -> None:
        self.stages.start_writers()
        by_workers = self.job.machine.executor in WHOLE_LINES
        plan = planning.plan(self.prepared_lines, self.job, self.ledger.previous, self._goes_on)
        if plan is None:
            return
        self.plan = plan
        self.seconds["read_s"] += plan.read_s
        self.ledger.planned(plan)
        pending = spool_of_lines()
        for item in plan:
            if not self._goes_on():
                return
            if item.prepared.skip is not None:
                self.ledger.skip(manifest_rows.skipped(item.prepared, item.prepared.skip))
            elif not plan.settles(item) or not self._settled_without_sound(
                item, plan.readings.get(item.prepared.id)
            ):
                pending.append(item.prepared)
                self.worker_lines.add(item)
        workers.check(self.job, pending)
        if pending:
            self.workers = workers.workers(pending, self.job.machine)
            if by_workers:
                self.running = 1
                self.worker_lines.begin(pending, self.workers)
                return
            self.running = 2
            self.stages.read(workers.by_voice(pending), plan.readings)
            opened = partial(open_executor, self.job.machine.executor)
            self.stages.start_engine(opened, workers.needed(self.workers))

    def _goes_on(self) -> bool:
        """Answer what has come in; whether there is more to do then."""
        while not self.stages.inbox.empty():
            self._next()
        return not self.stopped

    def _settled_without_sound(
        self, item: Outlined, read: ReadLine | None, *, from_stage: bool = False
    ) -> bool:
        """Whether a line is there already, or can be taken from another file.

        `read` is given where the text may be another one than that of the file.
        """
        prepared, keys, decision = item.settled
        if self.reuse.keep(prepared, keys, decision, read):
            if from_stage:
                self.stages.line_done()
            return True
        found = self.reuse.copy(prepared, keys, read)
        if found is None:
            return False
        copy, row = found
        while not (from_stage or self.stages.room_for_line()):
            self._next()
        self.under_way.write(prepared, copy, partial(self.under_way.copied, prepared, row))
        return True

    # What is spoken: by workers that make whole lines, or read and spoken here.

    def _on_read(self, read: ReadLine) -> None:
        prepared = read.prepared
        item = self.plan.decide(read)
        self.ledger.decided(item)
        problem = read.error or failures.strict_problem(read, self.job)
        if problem is not None:
            self.stages.line_done()
            self.under_way.fail(prepared, failures.failure_of(prepared.id, problem), attempts=1)
            return
        if read.silent:
            self.stages.line_done()
            self.ledger.skip(manifest_rows.skipped(prepared, planning.SILENT))
            return
        if not self._settled_without_sound(item, read, from_stage=True):
            self._share(read, item.settled[1])

    def _share(self, read: ReadLine, keys: Keys) -> None:
        """Let a line wait for its sound, together with whoever says the same."""
        name = keys.synth if self.job.reuse else f"line {read.prepared.id}"
        shared = self.shared.get(name)
        if shared is not None:
            shared.waiting.append((read, keys))
            self.stages.line_done()
            self._advance(shared)
            return
        self.shared[name] = SharedSound(name=name, waiting=[(read, keys)])
        self.stages.speak(
            SynthesisTask(
                id=name,
                readings=read.readings,
                bundle=read.prepared.voice.bundle,
                worker=self.workers[read.prepared.voice.fingerprint],
                settings=read.prepared.settings,
            )
        )

    def _on_spoken(self, task: SynthesisTask) -> None:
        task.add_seconds(self.seconds)
        shared = self.shared[task.id]
        shared.attempts = task.attempts
        if task.failure is not None:
            del self.shared[task.id]
            for read, _ in shared.waiting:
                self.under_way.fail(read.prepared, task.failure, attempts=task.attempts)
            return
        shared.sounds = task.sounds
        self._advance(shared)

    def _advance(self, shared: SharedSound) -> None:
        """Write what can be written of a sound; forget it when everybody has it."""
        for read, keys, first in shared.ready():
            made = partial(self._on_made, shared, read, keys, first)
            if first is not None and first.written.digest is None:
                made(replace(first.written, id=read.prepared.id))  # refused, as the first one was
            else:
                found = self.reuse.copy(read.prepared, keys, read) if first is not None else None
                self.under_way.write(
                    read.prepared, found[0] if found else (read, shared.sounds), made
                )
        if shared.done and self.shared.pop(shared.name, None) is not None:
            self.stages.sound_done()

    def _on_made(
        self, shared: SharedSound, read: ReadLine, keys: Keys, first: First | None, written: Written
    ) -> None:
        shared.wrote(keys, written)
        if written.failure is not None:
            self.under_way.fail(read.prepared, written.failure, attempts=shared.attempts)
        else:
            finished = written.finished or (first.written.finished if first else None)
            assert finished is not None
            alias_of = None if first is None else first.id
            row = manifest_rows.made(read, keys, finished, shared.attempts, alias_of=alias_of)
            if written.digest is None:
                self.under_way.note(manifest_rows.strict(row))
            else:
                self.under_way.note(
                    manifest_rows.on_disk(row, written.digest, timings=self.job.timings != "none")
                )
        self._advance(shared)
