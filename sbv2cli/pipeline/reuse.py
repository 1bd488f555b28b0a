"""Lines that need not be spoken: their file is there, or another file has their bytes."""

from __future__ import annotations

from sbv2cli import files
from sbv2cli.pipeline import manifest_rows
from sbv2cli.pipeline.diff import Decision
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.keys import Keys
from sbv2cli.pipeline.ledger import Ledger
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.pipeline.store import AudioStore
from sbv2cli.pipeline.write import Copy
from sbv2cli.records import ManifestRow
from sbv2cli.writers import timings


class Reuse:
    """What earlier runs and earlier lines have left. Used by the main thread alone."""

    def __init__(self, job: Job, ledger: Ledger, store: AudioStore) -> None:
        self.job = job
        self.ledger = ledger
        self.store = store

    def keep(
        self, prepared: PreparedLine, keys: Keys, decision: Decision, read: ReadLine | None
    ) -> bool:
        """Whether a line is fresh: its sound stays, what the script says of it today is noted."""
        row = self.ledger.row(prepared.id)
        if decision.state != "fresh" or row is None:
            return False
        renewed = manifest_rows.renewed(row, prepared, keys)
        path = self.job.output / timings.sidecar_path(str(renewed.file))
        if read is not None and renewed.text != row.text and path.is_file():
            sidecar = timings.reworded(path.read_bytes(), renewed.id, read.placed)
            files.write_whole(path, sidecar, fsync=self.job.fsync)
        self.ledger.keep(row, renewed)
        return True

    def copy(
        self, prepared: PreparedLine, keys: Keys, read: ReadLine | None
    ) -> tuple[Copy, ManifestRow] | None:
        """What another file has for a line, and the row of it, if the file is still there.

        `read` is given where the text may be another one than that of the file.
        """
        held = self.store.find(keys.post) if self.job.reuse else None
        found = self.store.bytes_of(held) if held is not None else None
        if held is None or found is None:
            return None
        data, sidecar = found
        if sidecar is None and self.job.timings != "none":
            return None
        if sidecar is not None and read is None and held.row.text != prepared.line.text:
            return None
        if sidecar is not None and read is None:
            sidecar = timings.renamed(sidecar, prepared.id)
        elif sidecar is not None and read is not None:
            sidecar = timings.reworded(sidecar, prepared.id, read.placed)
        in_script = held.row.id in self.ledger.settled
        row = manifest_rows.copied(held.row, prepared, keys, in_script=in_script)
        return Copy(data=data, sidecar=sidecar), row
