"""What stays in the manifest when a run ends, and which files no line stands for any more."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import PurePosixPath

from sbv2cli import files, folder_lock
from sbv2cli.pipeline.job import Job
from sbv2cli.pipeline.store import HELD
from sbv2cli.records import LineId, ManifestRow
from sbv2cli.writers import manifest, naming, timings
from sbv2cli.writers.changes import CSV, MARKDOWN
from sbv2cli.writers.indexed_manifest import index_path
from sbv2cli.writers.row_index import RowFacts, RowIndex


@dataclass(slots=True)
class KeptRows:
    """The rows of a run when it ends, without holding them: what it wrote, else what was there."""

    previous: RowIndex
    now: RowIndex  # what this run wrote
    named: Collection[LineId]  # lines of the scripts
    elsewhere: Collection[str]  # other scripts that still exist
    left_out: Collection[LineId]  # lines that the run was not about

    def lines(self, *, in_order: bool = False) -> Iterator[tuple[RowFacts, RowIndex]]:
        """The rows that stay lines.

        Lines of other scripts that still exist stay lines: two scripts may share a folder. So do
        all takes of lines that the run left out: which of them are to stay, a run of these lines
        decides.
        """
        return (one for one in self._all(in_order=in_order) if self._is_line(one[0]))

    def left(self, job: Job) -> list[ManifestRow]:
        """The rows of files that were left behind, in the order of the script."""
        rows = [
            index[facts.id]
            for facts, index in self._all()
            if facts.file is not None and not self._is_line(facts)
        ]
        # A line that moved leaves its old file behind, be it in a run that was killed.
        rows += (_of_file(row) for row in self.previous.superseded())
        for facts in self.now.facts():
            before = self.previous.facts_of(facts.id) if self._is_line(facts) else None
            if before is not None and before.file is not None and before.file != facts.file:
                rows.append(_of_file(self.previous[facts.id]))
        used = self.used({row.file for row in rows if row.file is not None})
        left = {
            row.file: row
            for row in rows
            if row.file is not None
            and naming.fold(row.file) not in used
            and (job.output / row.file).is_file()
        }
        return sorted(left.values(), key=lambda row: (row.number, row.id))

    def used(self, files: Collection[str]) -> set[str]:
        """Those of some files, folded, that are the files of lines."""
        asked = set(map(naming.fold, files))
        if not asked:
            return set()
        names = (naming.fold(facts.file) for facts, _ in self.lines() if facts.file is not None)
        return {name for name in names if name in asked}

    def replaced_scripts(self, scripts: Collection[str]) -> dict[str, list[LineId]]:
        """Scripts whose lines this run has taken over, with the lines of each that it left there.

        A sheet that is given under another name is such a one: while the old file is still there,
        nobody can tell a line that was deleted from one that another script has.
        """
        left: dict[str, list[LineId]] = {}
        for facts, _ in self.lines() if self.elsewhere or self.left_out else ():
            if facts.script not in scripts:
                left.setdefault(facts.script, []).append(facts.id)
        before = (
            self.previous.facts_of(facts.id)
            for facts in (self.now.facts() if left else ())
            if facts.script in scripts and self._is_line(facts)
        )
        taken = {facts.script for facts in before if facts is not None}
        return {path: ids for path, ids in left.items() if path in taken}

    def _all(self, *, in_order: bool = False) -> Iterator[tuple[RowFacts, RowIndex]]:
        """Each row once."""
        rows: Iterator[tuple[RowFacts, RowIndex]]
        if in_order:
            rows = heapq.merge(
                ((facts, self.previous) for facts in self.previous.in_order()),
                ((facts, self.now) for facts in self.now.in_order()),
                key=lambda one: (one[0].number, one[0].take or 0, one[0].id),
            )
        else:
            rows = chain(
                ((facts, self.previous) for facts in self.previous.facts()),
                ((facts, self.now) for facts in self.now.facts()),
            )
        if not self.now:
            return rows
        return (one for one in rows if one[1] is self.now or one[0].id not in self.now)

    def _is_line(self, facts: RowFacts) -> bool:
        if facts.id in self.named:
            return True
        if facts.script not in self.elsewhere and (facts.take_of or facts.id) not in self.left_out:
            return False
        before = self.previous.facts_of(facts.id)
        return before is None or not before.orphan


def _of_file(row: ManifestRow) -> ManifestRow:
    """The row of a file that its line has left."""
    return replace(row, id=LineId(f"file:{row.file}"))


def prune(
    orphans: Sequence[ManifestRow], kept: KeptRows, job: Job, begin: Callable[[], object]
) -> list[ManifestRow]:
    """Delete files that were left behind, with their sidecars; return the rows of those that stay.

    `begin` is called before anything goes: a journal that is open then tells the run after a kill
    that this one has not ended.

    A manifest is a file that anybody can write, and a file may have been replaced: only what has
    the bytes that its row tells of is deleted.
    """
    live = _live(orphans, kept)
    stay = []
    for row in orphans:
        assert row.file is not None
        if not os.path.lexists(job.output / row.file):
            continue  # somebody has deleted it
        if not _is_ours(row, live, job):
            stay.append(row)
            continue
        begin()
        # The file last: while it is there, a run after a kill finds its row and goes on.
        sidecar = timings.sidecar_path(row.file)
        if row.timings == sidecar and _may_go(sidecar, live, job):
            (job.output / sidecar).unlink(missing_ok=True)
        (job.output / row.file).unlink(missing_ok=True)
    return stay


def _live(orphans: Sequence[ManifestRow], kept: KeptRows) -> set[str]:
    """Folded names that orphans share with files of lines, or with what lies beside these."""
    files = [row.file for row in orphans if row.file is not None]
    asked = {naming.fold(name) for file in files for name in (file, timings.sidecar_path(file))}
    live: set[str] = set()
    for facts, _ in kept.lines() if asked else ():
        if facts.file is not None:
            live.add(naming.fold(facts.file))
            live.add(naming.fold(timings.sidecar_path(facts.file)))
            live &= asked
    return live


def _is_ours(row: ManifestRow, live: Collection[str], job: Job) -> bool:
    """Whether the file has the size and the hash that the row tells of."""
    assert row.file is not None
    path = job.output / row.file
    if not _may_go(row.file, live, job) or row.audio is None or row.sha256 is None:
        return False
    return path.stat().st_size == row.audio.bytes and files.sha256_of(path) == row.sha256


def _may_go(name: str, live: Collection[str], job: Job) -> bool:
    """Whether a plain file may be deleted: no live line's, not reserved, behind no link."""
    path = job.output / name
    first = name.split("/", maxsplit=1)[0]
    ours = (job.manifest, index_path(job.manifest))
    reserved = first in {HELD, folder_lock.NAME, manifest.NAME, MARKDOWN, CSV} or (
        path.absolute() in {one.absolute() for one in ours}
    )
    folders = [job.output.joinpath(*parent.parts) for parent in PurePosixPath(name).parents]
    linked = any(folder.is_symlink() for folder in folders if folder != job.output)
    return (
        naming.fold(name) not in live
        and not reserved
        and not linked
        and not path.is_symlink()
        and path.is_file()
    )
