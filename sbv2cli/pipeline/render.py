"""The straight line, run: read, cast, speak, finish, write, note; and again only what changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sbv2cli.errors import EXIT_LINES_FAILED, EXIT_OK, MachineError, Sbv2Error, VoiceError
from sbv2cli.pipeline import ending, failures, gains, grouping, loading, pieces, plan, rows
from sbv2cli.pipeline.job import Cue, Job, OpenVoice
from sbv2cli.pipeline.limits import Limit
from sbv2cli.pipeline.outline import Outlined, decide, outline, refuse_taken
from sbv2cli.pipeline.pieces import Read
from sbv2cli.pipeline.plan import Decision, Keys
from sbv2cli.pipeline.signals import InterruptedRunError, Interruptible
from sbv2cli.pipeline.store import AudioStore
from sbv2cli.pipeline.summary import Summary
from sbv2cli.pipeline.writing import Writing
from sbv2cli.records import LineFailure, LineId, ManifestRow, Utterance, Waveform
from sbv2cli.writers import audio_file, manifest, timings
from sbv2cli.writers.lock import FolderLock
from sbv2cli.writers.manifest import Journal, Manifest

if TYPE_CHECKING:
    from sbv2cli.engine.engine import Engine
    from sbv2cli.engine.measured import Counters
    from sbv2cli.pipeline.post import Finished


class Observer(Protocol):
    """Who watches a run. Called from several threads, one call at a time."""

    def planned(self, told: Sequence[str], total: int) -> None:
        """The plan is made: rows that tell it, and how many lines may have to be made."""
        ...

    def finished(self, row: ManifestRow) -> None:
        """A line has come to its end, good or bad."""
        ...


def render(
    cues: Sequence[Cue],
    job: Job,
    observer: Observer,
    *,
    scripts: Mapping[str, Path],
    selected: frozenset[LineId] | None = None,
) -> Summary:
    """Make every file that is not there yet, and the manifest.

    Args:
        cues: all lines of the scripts.
        job: what is asked.
        observer: who watches.
        scripts: name -> path of the scripts, as the lines' sources call them.
        selected: the lines that this run is about; `None` for all.
    """
    with FolderLock(job.output):
        folders = {job.output, job.manifest.parent}
        folders |= {(job.output / cue.file).parent for cue in cues}
        audio_file.remove_parts(folders)
        previous = manifest.read_manifest(job.manifest)
        refuse_taken(cues, previous, scripts)
        cues, levels = gains.settled(cues, job.gain, job.machine, previous.header)
        if levels:
            job = replace(job, header={**job.header, gains.HEADER: levels})
        return _Run(cues, job, observer, previous, scripts, selected).go()


@dataclass(slots=True)
class _Work:
    """A sound that is being made, and every line that waits for it."""

    waiting: list[tuple[Read, Keys]]
    sounds: list[Waveform | None]
    attempts: int = 1
    failed: LineFailure | None = None


class _Run:
    """One run; its threads share the work that is under way, under a lock."""

    def __init__(
        self,
        cues: Sequence[Cue],
        job: Job,
        observer: Observer,
        previous: Manifest,
        scripts: Mapping[str, Path],
        selected: frozenset[LineId] | None,
    ) -> None:
        self.cues = cues
        self.job = job
        self.observer = observer
        self.previous = previous
        self.scripts = scripts
        chosen = [cue for cue in cues if selected is None or cue.id in selected]
        self.chosen = chosen
        self.rows: dict[LineId, ManifestRow] = dict(previous.rows)
        self.store = AudioStore(
            job.output, () if job.force else previous.rows.values(), fsync=job.fsync
        )
        self.summary = Summary()
        self.limit = Limit.of(job, len(chosen))
        self._settled: set[LineId] = set()
        self._lock = threading.Lock()
        self._rows_lock = threading.Lock()
        self._under_way: dict[str, _Work] = {}
        self._work_of: dict[LineId, tuple[_Work, int]] = {}  # utterance -> its piece of a work
        self._journal: Journal | None = None
        self._counters: list[Counters] = []
        # Counted by the main thread; the summary's other numbers by the journal's.
        self._fresh = 0
        self._skipped = 0
        self._read_s = 0.0
        self._write_s = 0.0

    def go(self) -> Summary:
        """Do what is to be done."""
        start = time.monotonic()
        self.store.clear()
        try:
            with Interruptible(), Writing(self._append, self._note) as writing:
                self.writing = writing
                pending = self._outline()
                loading.check(self.job, [item.cue for item in pending])
                groups = grouping.by_voice(pending)
                for voice, group in groups:
                    if not self.limit.reached:
                        self._speak(voice, group, alone=len(groups) == 1)
        except InterruptedRunError as stop:
            self.summary.exit = stop.status
        except Sbv2Error as error:
            self.summary.exit = error.exit_status
            raise
        finally:
            self.summary.wall_s = time.monotonic() - start
            self.summary.reused += self._fresh
            self.summary.skipped += self._skipped
            self.summary.cancelled = len(self.chosen) - len(self._settled)
            self._close()
        return self.summary

    # What need not be spoken.

    def _outline(self) -> list[Outlined]:
        pending: list[Outlined] = []
        decisions: list[Decision] = []
        for item in outline(self.chosen, self.job, self.previous):
            decisions.append(item.decision or Decision(state="new"))
            if item.decision is not None and item.decision.state == "skipped":
                self._skip(item.cue, item.row, "; ".join(item.decision.why))
            elif item.keys is not None and item.decision is not None:
                if not self._settle_without_sound(item.cue, item.keys, item.decision):
                    pending.append(item)
            else:
                pending.append(item)
        self.observer.planned(plan.told(decisions), len(pending))
        return pending

    def _settle_without_sound(
        self, cue: Cue, keys: Keys, decision: Decision, read: Read | None = None
    ) -> bool:
        """Whether a line is there already, or can be taken from another file.

        `read` is given where the text may be another one than that of the file.
        """
        row = self.rows.get(cue.id)
        if decision.state == "fresh" and row is not None:
            self._settled.add(cue.id)
            self._fresh += 1
            renewed = rows.renewed(row, cue, keys)
            if renewed != row:
                self._renew(renewed, row, read)
            return True
        if not self.job.reuse:
            return False
        held = self.store.find(keys.post)
        found = self.store.bytes_of(held) if held is not None else None
        if held is None or found is None:
            return False
        data, sidecar = found
        if self.job.timings != "none" and sidecar is None:
            return False
        copied = rows.copied(held.row, cue, keys, in_script=held.row.id in self._settled)
        adapted = None if sidecar is None else _adapted(sidecar, cue, read)

        def work() -> ManifestRow:
            self._put(cue.file, data, adapted)
            self.store.note(copied)
            return copied

        self.writing.submit(work)
        return True

    def _renew(self, renewed: ManifestRow, row: ManifestRow, read: Read | None) -> None:
        """Note what the script says of a fresh line today; its sound stays."""
        path = self.job.output / timings.sidecar_path(str(renewed.file))
        if read is not None and renewed.text != row.text and path.is_file():
            sidecar = timings.reworded(path.read_bytes(), renewed.id, read.placed)
            audio_file.write_whole(path, sidecar, fsync=self.job.fsync)
        self.writing.tell(renewed)

    def _skip(self, cue: Cue, row: ManifestRow | None, why: str) -> None:
        self._settled.add(cue.id)
        self._skipped += 1
        skipped = rows.skipped(cue, why)
        if skipped != row:
            self.writing.tell(skipped)

    # Speaking.

    def _speak(self, voice: OpenVoice, group: Sequence[Outlined], *, alone: bool) -> None:
        utterances = self._utterances(group)
        first = next(utterances, None)
        if first is None:
            return
        try:
            engine = loading.load_engine(
                voice, self.job.machine, grouping.languages(group), one_thread=True
            )
        except VoiceError as error:
            if alone:
                raise
            # The lines of the other voices are not harmed by a broken weight file.
            for utterance in chain([first], utterances):
                work, _ = self._work_of[utterance.id]
                work.failed = LineFailure(
                    id=utterance.id, code=error.code, message=error.message, hint=error.hint
                )
                self._give_up(utterance)
            return
        self._speak_with(engine, chain([first], utterances))

    def _speak_with(self, engine: Engine, utterances: Iterator[Utterance]) -> None:
        again = self._receive(engine, utterances)
        for _ in range(self.job.retries):
            if not again or self.limit.reached:
                break
            for utterance in again:
                self._work_of[utterance.id][0].attempts += 1
            again = self._receive(engine, again)
        for utterance in again:
            self._give_up(utterance)

    def _receive(self, engine: Engine, utterances: Iterable[Utterance]) -> list[Utterance]:
        """Speak, and return what could not be spoken this time."""
        given: dict[LineId, Utterance] = {}

        def noted() -> Iterator[Utterance]:
            for utterance in utterances:
                given[utterance.id] = utterance
                yield utterance

        again: list[Utterance] = []
        for batch in grouping.batches(noted(), in_script_order=self.job.machine.in_script_order):
            with closing(engine.measure(batch)) as results:
                for measured in results:
                    self.writing.check()
                    self._counters.append(measured.counters)
                    result = measured.result
                    utterance = given.pop(result.id)
                    if isinstance(result, LineFailure):
                        self._work_of[result.id][0].failed = result
                        again.append(utterance)
                    else:
                        self._arrived(result)
                    if self.limit.reached:
                        return again
        return again

    def _utterances(self, group: Sequence[Outlined]) -> Iterator[Utterance]:
        before = {item.cue.id: item for item in group}
        start = time.monotonic()
        cues = (item.cue for item in group)
        for read in pieces.read(cues, self.job.reading, processes=grouping.reading_processes()):
            self._read_s += time.monotonic() - start
            if self.limit.reached:
                return
            yield from self._utterances_of(read, before[read.cue.id])
            start = time.monotonic()

    def _utterances_of(self, read: Read, item: Outlined) -> Iterator[Utterance]:
        cue = read.cue
        problem = read.error or failures.strict_problem(read, self.job)
        if problem is not None:
            self._fail(cue, failures.failure_of(cue, problem), attempts=1)
            return
        if read.silent:
            self._skip(cue, item.row, "nothing in it can be spoken")
            return
        keys = plan.keys_of(cue, read.key(self.job.pauses["sentence"]))
        if item.keys is None or item.keys != keys:
            decision = decide(cue, keys, item.row, self.job)
            if self._settle_without_sound(cue, keys, decision, read):
                return
        with self._lock:
            work = self._under_way.get(keys.synth) if self.job.reuse else None
            if work is not None:
                work.waiting.append((read, keys))
                return
            work = _Work(waiting=[(read, keys)], sounds=[None] * len(read.readings))
            self._under_way[keys.synth] = work
        try:
            utterances = loading.utterances(read)
        except Exception as met:  # noqa: BLE001 - a bug met by one line is that line's failure
            work.failed = failures.failure_of(cue, failures.as_line_error(met))
            self._end(work, keys.synth)
            return
        for index, utterance in enumerate(utterances):
            # Ids of pieces are ours alone: noise depends on what is said, not on the name.
            name = LineId(f"{cue.line.number}.{index}")
            self._work_of[name] = work, index
            yield replace(utterance, id=name)

    def _arrived(self, sound: Waveform) -> None:
        work, index = self._work_of.pop(sound.id)
        work.sounds[index] = sound
        if all(piece is not None for piece in work.sounds):
            self.writing.submit_all(self._write(work))

    def _give_up(self, utterance: Utterance) -> None:
        work, _ = self._work_of.pop(utterance.id)
        if work.waiting:  # another piece of the line may have failed before
            self._end(work, work.waiting[0][1].synth)

    def _end(self, work: _Work, synth: str) -> None:
        """Fail every line that waited for a sound which did not come."""
        with self._lock:
            if self._under_way.get(synth) is work:
                del self._under_way[synth]
            waiting, work.waiting = work.waiting, []
        assert work.failed is not None
        for read, _ in waiting:
            failure = replace(work.failed, id=read.cue.id, at=str(read.cue.line.source))
            self._fail(read.cue, failure, attempts=work.attempts)

    # Writing. From here on in the writers' threads.

    def _write(self, work: _Work) -> Iterator[ManifestRow]:
        """Finish and write every line that waits for a sound, also those that join meanwhile."""
        from sbv2cli.pipeline import post  # noqa: PLC0415  (numpy)

        sounds = [sound for sound in work.sounds if sound is not None]
        pause = self.job.pauses["sentence"]
        made: dict[tuple[str, str], Finished] = {}
        first_of: dict[str, LineId] = {}
        for read, keys in self._each_waiting(work):
            start = time.monotonic()
            cue = read.cue
            alias = first_of.setdefault(keys.post, cue.id)
            try:
                # Lines that sound the same may be written differently, and then the characters
                # have other times.
                kind = keys.post, cue.line.text
                if kind not in made:
                    samples, times = post.whole(sounds, read.pieces, read.readings, pause)
                    made[kind] = post.finish(
                        samples, times, cue.finish, self.job.encoding, speed=cue.spoken.speed
                    )
                finished = made[kind]
                alias_of = alias if alias != cue.id else None
                row = rows.made(cue, keys, read, finished, work.attempts, alias_of=alias_of)
                row = rows.strict(row) if self.job.strict else row
                if row.status != "failed":
                    row = self._written(row, cue, finished)
            except MachineError:
                raise
            except Exception as error:  # noqa: BLE001 - a bug met by one line is that line's failure
                row = rows.failed(
                    cue, failures.failure_of(cue, failures.as_line_error(error)), work.attempts
                )
            self._write_s += time.monotonic() - start
            if row.status == "failed":
                self.limit.count()
            yield row

    def _written(self, row: ManifestRow, cue: Cue, finished: Finished) -> ManifestRow:
        sidecar = None
        fields = dict(row.fields)
        if self.job.timings != "none":
            moras = self.job.timings == "moras"
            sidecar = timings.sidecar(cue.id, finished.timings, moras=moras)
            fields["timings"] = timings.sidecar_path(cue.file)
        fields["sha256"] = self._put(cue.file, finished.data, sidecar)
        row = replace(row, fields=fields)
        self.store.note(row)
        return row

    def _each_waiting(self, work: _Work) -> Iterator[tuple[Read, Keys]]:
        synth = work.waiting[0][1].synth
        while True:
            with self._lock:
                if not work.waiting:
                    if self._under_way.get(synth) is work:
                        del self._under_way[synth]
                    return
                read, keys = work.waiting.pop(0)
            yield read, keys

    def _put(self, file: str, data: bytes, sidecar: bytes | None) -> str:
        return self.store.put(file, data, sidecar, replacing=self._end_row)

    # Noting. In the journal's thread, or before any thread can differ.

    def _fail(self, cue: Cue, failure: LineFailure, *, attempts: int) -> None:
        self.limit.count()
        self.writing.tell(rows.failed(cue, failure, attempts))

    def _append(self, row: ManifestRow) -> None:
        journal = self._open_journal()
        with self._rows_lock:
            self.rows[row.id] = row
            journal.append(row)

    def _end_row(self, row: ManifestRow) -> None:
        """The row of a file's old content ends before the content does, unless it has moved on."""
        journal = self._open_journal()
        with self._rows_lock:
            now = self.rows.get(row.id)
            if now is not None and now.file == row.file:
                ended = replace(now, status="cancelled", file=None)
                self.rows[row.id] = ended
                journal.append(ended)

    def _note(self, row: ManifestRow) -> None:
        summary = self.summary
        first_time = row.id not in self._settled
        self._settled.add(row.id)
        summary.changed = True
        if not first_time:  # skipped, or renewed without a sound
            return
        if row.status == "failed":
            summary.failed += 1
            summary.failures.append(row)
        elif row.status == "ok":
            summary.ok += 1
            summary.audio_s += row.seconds or 0.0
        else:
            summary.reused += 1
        for warned in row.fields.get("warnings", ()):
            summary.warnings[warned["code"]] += 1
        self.observer.finished(row)

    def _open_journal(self) -> Journal:
        with self._lock:
            if self._journal is None:
                header = {**self.job.header, "voices": rows.voices(self.cues)}
                self._journal = Journal(self.job.manifest, header, fsync=self.job.fsync)
            return self._journal

    def _close(self) -> None:
        """Leave a manifest, whatever happened; sorted where the run came to its end."""
        summary = self.summary
        self.store.clear()
        summary.stages = {
            "read_s": self._read_s,
            "plan_s": sum(counters.plan_seconds for counters in self._counters),
            "render_s": sum(counters.render_seconds for counters in self._counters),
            "write_s": self._write_s,
        }
        if summary.exit == EXIT_OK and (summary.failed or self.limit.reached):
            summary.exit = EXIT_LINES_FAILED
        lines, orphans = ending.kept(self.rows, self.cues, self.previous, self.scripts, self.job)
        if self.job.prune:
            summary.pruned = ending.prune(orphans, self.job.output)
            orphans = []
        summary.orphans = [row.file for row in orphans if row.file is not None]
        same = {row.id for row in orphans} == self.previous.orphans and not summary.pruned
        if not summary.changed and same and self.previous.summary is not None:
            return
        if not summary.changed and not lines and not orphans:
            return
        journal = self._open_journal()
        journal.summary(summary.as_json())
        journal.close()
        if not self.writing.broken:
            manifest.rewrite(
                self.job.manifest,
                journal.header,
                lines,
                orphans,
                summary.as_json(),
                fsync=self.job.fsync,
            )


def _adapted(sidecar: bytes, cue: Cue, read: Read | None) -> bytes:
    if read is None:
        return timings.renamed(sidecar, cue.id)
    return timings.reworded(sidecar, cue.id, read.placed)
