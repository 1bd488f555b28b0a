"""The journal survives whatever ends a run; what is written is what is read."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import MachineError, UsageError
from sbv2cli.records import AudioFacts, LineFailure, LineId, ManifestRow, Source
from sbv2cli.writers import manifest
from sbv2cli.writers.indexed_manifest import publish
from sbv2cli.writers.manifest import Journal, read_manifest
from sbv2cli.writers.row_index import index_of

ROW = ManifestRow(
    id=LineId("a"),
    number=1,
    status="ok",
    text="今日は晴れだ",
    source=Source(path="lines.csv", row=2, column=3),
    file="a.wav",
    seconds=1.5,
    synth_key="b3",
    audio=AudioFacts(peak_db=-3.2),
    meta={"note": "x"},
)
FAILED = ManifestRow(
    id=LineId("b"),
    number=2,
    status="failed",
    text="",
    source=Source(path="lines.csv", row=3),
    error=LineFailure(id=LineId("b"), code="engine.silent", message="no sound", hint="look"),
)


def test_rows_survive_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    with Journal(path, {"tool": "sbv2 0"}) as journal:
        journal.append(ROW)
        journal.append(FAILED)
        journal.summary({"ok": 1})
    found = read_manifest(path)
    assert list(found.rows.values()) == [ROW, FAILED]
    assert found.header["tool"] == "sbv2 0"
    assert found.header["schema"] == "sbv2.manifest/1"
    assert found.summary == {"type": "summary", "ok": 1, "unsorted": True}
    assert not found.complete  # it is not sorted yet
    assert found.damaged == 0


def test_the_last_record_of_an_id_wins_over_runs(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    for status in ("failed", "ok"):
        with Journal(path, {}) as journal:
            journal.append(replace(ROW, status=status))
    assert read_manifest(path).rows[ROW.id].status == "ok"
    assert len(path.read_text().splitlines()) == 4


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_row_is_forgotten_and_written_over(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "manifest.jsonl"
    with Journal(path, {}) as journal:
        journal.append(ROW)
        journal.append(replace(ROW, id=LineId("torn")))
    path.write_bytes(path.read_bytes()[:-cut])
    assert list(read_manifest(path).rows) == ["a"]
    with Journal(path, {}) as journal:
        journal.append(FAILED)
    found = read_manifest(path)
    assert list(found.rows) == ["a", "b"]
    assert found.damaged == 0


def test_a_journal_torn_in_its_first_row_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(b'{"type":"job","sch')
    assert read_manifest(path).rows == {}
    Journal(path, {}).close()
    assert read_manifest(path).header["type"] == "job"


def test_a_damaged_row_costs_its_own_line_only(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    with Journal(path, {}) as journal:
        journal.append(ROW)
        journal.append(FAILED)
    rows = path.read_bytes().splitlines(keepends=True)
    rows[1] = b"\x00\xff{" + rows[1][3:]
    path.write_bytes(b"".join(rows))
    found = read_manifest(path)
    assert (list(found.rows), found.damaged) == (["b"], 1)


@pytest.mark.parametrize(
    ("damage", "claimed"),
    [
        ({"n": "one"}, {"a.wav", "timings/a.json"}),
        ({"status": "fine"}, {"a.wav", "timings/a.json"}),
        ({"id": 7, "timings": ["t"]}, {"a.wav"}),
        ({"n": None, "file": "../a.wav", "timings": None}, set()),
    ],
)
def test_a_damaged_row_claims_the_files_that_it_names(
    tmp_path: Path, damage: dict[str, object], claimed: set[str]
) -> None:
    path = tmp_path / "manifest.jsonl"
    record = {"type": "line", "id": "a", "n": 1, "status": "ok", "file": "a.wav"}
    with Journal(path, {}) as journal:
        journal._append(record | {"timings": "timings/a.json"} | damage)
    found = read_manifest(path)
    assert (dict(found.rows), found.damaged, found.claimed) == ({}, 1, claimed)


def test_orphans_are_kept_apart_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    with Journal(path, {}) as journal:
        journal.append(ROW)
        journal.append(ROW, orphan=True)
    assert read_manifest(path).orphans == {"a"}
    with Journal(path, {}) as journal:
        journal.append(ROW)
    assert read_manifest(path).orphans == frozenset()


def test_the_rewritten_manifest_is_sorted_by_number(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    rows = [replace(ROW, id=LineId(str(n)), number=n) for n in (3, 1, 2)]
    index = index_of(rows)
    lines = ((facts, index.raw(facts.at, facts.size)) for facts in index.in_order())
    header = {"type": "job", "schema": manifest.SCHEMA}
    published = publish(path, header, lines, [FAILED], {"ok": 3})
    assert [published.rows[name].number for name in published.rows] == [1, 2, 3, FAILED.number]
    records = [json.loads(row) for row in path.read_text().splitlines()]
    assert [record["type"] for record in records] == ["job", *["line"] * 3, "orphan", "summary"]
    assert [record["n"] for record in records[1:4]] == [1, 2, 3]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"type":"job","schema":"sbv2.manifest/2"}\n', "manifest.newer"),
        (b'{"type":"job","schema":"other/1"}\n', "manifest.foreign"),
        (b'{"name":"my own file"}\n', "manifest.foreign"),
        (b"not json\n", "manifest.foreign"),
        (b"[" * 100_000 + b"\n", "manifest.foreign"),
    ],
)
def test_other_files_are_not_touched(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_manifest(path)
    assert (refused.value.code, refused.value.exit_status) == (code, 2)
    assert path.read_bytes() == content


def test_a_full_disk_leaves_whole_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "manifest.jsonl"
    journal = Journal(path, {})
    journal.append(ROW)
    real = journal._file

    class Full:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def write(self, data: bytes) -> int:
            if len(data) > 20:
                return real.write(data[:20])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(journal, "_file", Full())
    with pytest.raises(MachineError) as refused:
        journal.append(replace(ROW, id=LineId("x"), text="い" * 30))
    assert refused.value.code == "disk.full"
    monkeypatch.setattr(journal, "_file", real)
    journal.append(FAILED)
    journal.close()
    assert list(read_manifest(path).rows) == ["a", "b"]
    assert read_manifest(path).damaged == 0


texts = st.text(alphabet=st.characters(), max_size=30)


@given(line=texts, text=texts, meta=st.dictionaries(texts, texts, max_size=3))
def test_any_text_survives(line: str, text: str, meta: dict[str, str]) -> None:
    row = replace(ROW, id=LineId(line), text=text, meta=meta)
    written = manifest.as_bytes(manifest.to_json(row))
    assert written.count(b"\n") == 1
    record = manifest._object(written)
    assert record is not None
    assert manifest.from_json(record) == row
