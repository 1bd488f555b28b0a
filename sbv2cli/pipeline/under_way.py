"""Files that are being written, and what follows each of them."""

from __future__ import annotations

from collections.abc import Callable

from sbv2cli.pipeline import failures, manifest_rows
from sbv2cli.pipeline.job import PreparedLine
from sbv2cli.pipeline.ledger import Ledger
from sbv2cli.pipeline.stages import Stages
from sbv2cli.pipeline.store import AudioStore
from sbv2cli.pipeline.write import Content, WriteTask, Written
from sbv2cli.records import LineFailure, LineId, ManifestRow


class FilesUnderWay:
    """The files that writers have been given. Used by the main thread alone."""

    def __init__(self, stages: Stages, store: AudioStore, ledger: Ledger) -> None:
        self.stages = stages
        self.store = store
        self.ledger = ledger
        self._following: dict[LineId, Callable[[Written], None]] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._following)

    def write(
        self, prepared: PreparedLine, content: Content, then: Callable[[Written], None]
    ) -> None:
        """Have a file written. The row of what it overwrites ends before, and its name is noted."""
        replaced = self.store.release(prepared.file)
        if replaced is not None:
            self.ledger.begin_overwrite(replaced)
        self.ledger.claim(prepared)
        self._following[prepared.id] = then
        self.stages.write(WriteTask(prepared=prepared, content=content))

    def written(self, written: Written) -> None:
        """A file is there, or could not be made."""
        then = self._following.pop(written.id)
        if written.error is None:
            then(written)

    def copied(self, prepared: PreparedLine, row: ManifestRow, written: Written) -> None:
        """The bytes of another file are there, or could not be put there."""
        self.stages.line_done()
        if written.failure is not None:
            self.fail(prepared, written.failure, attempts=1)
        else:
            self.note(row)

    def forget(self) -> None:
        """Nobody writes any more."""
        self._following.clear()

    def note(self, row: ManifestRow) -> None:
        """A line has come to its end."""
        self.store.note(row)
        self.ledger.note(row)

    def fail(self, prepared: PreparedLine, failure: LineFailure, *, attempts: int) -> None:
        """A line has come to a bad end."""
        self.note(manifest_rows.failed(prepared, failures.placed(failure, prepared), attempts))
