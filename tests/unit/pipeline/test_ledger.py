"""The books of a run: what is counted, what is journalled, and in which order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bare_lines as lines
import pytest

from sbv2cli.pipeline import manifest_rows
from sbv2cli.pipeline.ledger import Ledger
from sbv2cli.records import LineFailure, LineId, ManifestRow, Warned
from sbv2cli.writers.indexed_manifest import IndexedManifest
from sbv2cli.writers.manifest import read_manifest
from sbv2cli.writers.row_index import index_of


class Observer:
    def __init__(self) -> None:
        self.rows: list[str] = []

    def planned(self, told: Sequence[str], total: int) -> None: ...

    def finished(self, row: ManifestRow) -> None:
        self.rows.append(f"{row.id} {row.status}")


def ledger(folder: Path, names: str, previous: IndexedManifest | None = None, **job: Any) -> Ledger:
    prepared = [lines.prepared(name, number=n) for n, name in enumerate(names, start=1)]
    return Ledger(
        prepared, len(prepared), lines.job(folder, **job), previous or IndexedManifest(), Observer()
    )


def row(name: str, **fields: Any) -> ManifestRow:
    described = manifest_rows.described(lines.prepared(name))
    return replace(described, file=f"{name}.wav", seconds=1.5, **fields)


def records(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "manifest.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_counts_are_of_what_was_noted(tmp_path: Path) -> None:
    books = ledger(tmp_path, "abcde")
    books.note(row("a", warnings=(Warned(code="audio.clipped", message=""),)))
    books.note(row("b", status="aliased"))
    failure = LineFailure(id=LineId("c"), code="x", message="y")
    books.note(manifest_rows.failed(lines.prepared("c"), failure, 2))
    books.skip(manifest_rows.skipped(lines.prepared("d"), "the script says so"))
    books.close({}, whole=True)
    summary = books.summary
    assert (summary.ok, summary.reused, summary.failed, summary.skipped) == (1, 1, 1, 1)
    assert (summary.cancelled, summary.audio_s, summary.exit) == (1, 1.5, 3)
    assert summary.warnings == {"audio.clipped": 1}
    assert books.observer.rows == ["a ok", "b aliased", "c failed"]  # type: ignore[attr-defined]
    assert [record["type"] for record in records(tmp_path)] == ["job", *["line"] * 4, "summary"]


def test_the_old_row_ends_before_its_file_is_overwritten(tmp_path: Path) -> None:
    old = row("a", post_key="old")
    books = ledger(tmp_path, "a", IndexedManifest(rows=index_of([old])))
    books.begin_overwrite(old)
    books.close({}, whole=False)
    (ended,) = read_manifest(tmp_path / "manifest.jsonl").rows.values()
    assert (ended.status, ended.file) == ("cancelled", None)


def test_a_row_that_has_moved_on_is_not_ended(tmp_path: Path) -> None:
    old = row("a")
    books = ledger(tmp_path, "a", IndexedManifest(rows=index_of([old])))
    books.note(replace(old, file="elsewhere.wav"))
    books.begin_overwrite(old)
    books.close({}, whole=False)
    assert read_manifest(tmp_path / "manifest.jsonl").rows[old.id].file == "elsewhere.wav"


def test_nothing_to_note_begins_no_journal(tmp_path: Path) -> None:
    old = row("a")
    previous = IndexedManifest(rows=index_of([old]), summary={})
    books = ledger(tmp_path, "a", previous)
    books.keep(old, old)
    books.close({}, whole=True)
    assert not (tmp_path / "manifest.jsonl").exists()
    assert books.summary.reused == 1


def test_where_not_all_could_be_written_the_journal_stays(tmp_path: Path) -> None:
    books = ledger(tmp_path, "ba")
    books.note(row("b"))
    books.note(row("a"))
    books.close({}, whole=False)
    assert [record.get("id") for record in records(tmp_path)] == [None, "b", "a", None]


@pytest.mark.parametrize(("most", "reached"), [("1", False), ("0", True)])
def test_failures_count_towards_the_limit(tmp_path: Path, most: str, reached: bool) -> None:  # noqa: FBT001
    books = ledger(tmp_path, "ab", max_failures=most)
    failure = LineFailure(id=LineId("a"), code="x", message="y")
    books.note(manifest_rows.failed(lines.prepared("a"), failure, 1))
    books.close({}, whole=True)
    assert books.limit.reached is reached
