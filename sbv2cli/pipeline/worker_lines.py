"""Lines that workers make: given to them, and on their way to the disk and into the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import cast

from sbv2cli.executors import WHOLE_LINES
from sbv2cli.executors.executor import LineExecutor, WorkerSpec, open_executor
from sbv2cli.pipeline import manifest_rows, planning
from sbv2cli.pipeline.diff import Outlined
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.ledger import Ledger
from sbv2cli.pipeline.pending_sounds import PendingSounds
from sbv2cli.pipeline.stages import Stages
from sbv2cli.pipeline.under_way import FilesUnderWay
from sbv2cli.pipeline.whole_lines import MadeLine, MakeLines, SoundMade
from sbv2cli.pipeline.write import Written
from sbv2cli.records import ManifestRow


class WorkerLines:
    """The lines of a run that workers make. Used by the main thread alone."""

    def __init__(self, job: Job, ledger: Ledger, stages: Stages, under_way: FilesUnderWay) -> None:
        self.job = job
        self.ledger = ledger
        self.stages = stages
        self.under_way = under_way
        self._pending = PendingSounds(job)
        self._left: dict[str, int] = {}  # files of a sound that are not written yet

    def add(self, item: Outlined) -> None:
        """A line is to be made, if workers make lines in this run."""
        if self.job.machine.executor in WHOLE_LINES:
            self._pending.add(item)

    def begin(self, lines: Iterable[PreparedLine], specs: Mapping[str, WorkerSpec]) -> None:
        """Have lines made; `specs` are the recipes of their voices, by fingerprint."""
        machine = self.job.machine

        def opened() -> LineExecutor:
            return cast("LineExecutor", open_executor(machine.executor, machine.cluster))

        def function_of(executor: LineExecutor) -> tuple[MakeLines, int]:
            heres = {voice: executor.here(spec) for voice, spec in specs.items()}
            count = max(count for _, count in heres.values())
            here = {voice: spec for voice, (spec, _) in heres.items()}
            return MakeLines.of(lines, here, self.job), count

        self.stages.start_workers(opened, function_of, self._pending)

    def take(self, sound: SoundMade, seconds: dict[str, float]) -> None:
        """Write the files of a sound; note its lines that have none."""
        sound.add_seconds(seconds)
        writing: list[tuple[PreparedLine, MadeLine, ManifestRow]] = []
        for made in sound.lines:
            prepared = self._pending.made(made.id)
            if made.failure is not None:
                self.under_way.fail(prepared, made.failure, attempts=sound.attempts)
            elif made.row is None:
                self.ledger.skip(manifest_rows.skipped(prepared, planning.SILENT))
            elif made.content is None:
                self.under_way.note(manifest_rows.strict(made.row))
            else:
                writing.append((prepared, made, made.row))
        self._left[sound.id] = len(writing) + 1
        for prepared, made, row in writing:
            assert made.content is not None
            then = partial(self._on_written, sound, prepared, row)
            self.under_way.write(prepared, made.content, then)
        self._one_less(sound)

    def _on_written(
        self, sound: SoundMade, prepared: PreparedLine, row: ManifestRow, written: Written
    ) -> None:
        if written.failure is not None:
            self.under_way.fail(prepared, written.failure, attempts=sound.attempts)
        else:
            assert written.digest is not None
            timed = self.job.timings != "none"
            self.under_way.note(manifest_rows.on_disk(row, written.digest, timings=timed))
        self._one_less(sound)

    def _one_less(self, sound: SoundMade) -> None:
        self._left[sound.id] -= 1
        if not self._left[sound.id]:
            del self._left[sound.id]
            self.stages.sound_done()
