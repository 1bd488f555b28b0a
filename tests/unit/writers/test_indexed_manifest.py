"""The index beside a manifest: never the truth, made again whenever it is not of this manifest."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import UsageError
from sbv2cli.records import Change, LineId, ManifestRow, Source
from sbv2cli.writers import indexed_manifest, manifest, row_index
from sbv2cli.writers.indexed_manifest import index_path, keep_index, open_manifest, publish
from sbv2cli.writers.manifest import Journal, read_manifest
from sbv2cli.writers.row_index import index_of

HEADER = {"type": "job", "schema": manifest.SCHEMA}


def row(number: int, name: str | None = None) -> ManifestRow:
    name = name or f"l{number}"
    return ManifestRow(
        id=LineId(name),
        number=number,
        status="ok",
        text=f"文{number}",
        file=f"{name}.wav",
        post_key=f"p{number}",
        frontend_key=f"f{number}",
        reading_key=f"r{number}",
        bert=False,
        change=Change(what="made", why=("new",)),
        source=Source(path="s.txt", row=number),
    )


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished manifest of six rows, with an index beside it."""
    monkeypatch.setattr(indexed_manifest, "KEPT_ROWS", 3)
    monkeypatch.setattr(row_index, "KEPT_ROWS", 3)
    path = tmp_path / "manifest.jsonl"
    index = index_of(row(number) for number in (5, 1, 4, 2, 3))
    lines = ((facts, index.raw(facts.at, facts.size)) for facts in index.in_order())
    left = [replace(row(6), file="left.wav")]
    keep_index(path, publish(path, HEADER, lines, left, {"ok": 5}), {})
    assert index_path(path).is_file()
    return path


def is_as_read(path: Path) -> None:
    """What the index tells is what the manifest says."""
    found, read = open_manifest(path), read_manifest(path)
    assert dict(found.rows) == dict(read.rows)
    assert set(found.rows) == set(read.rows)
    assert (found.header, found.summary, found.damaged) == (
        read.header,
        read.summary,
        read.damaged,
    )
    assert found.orphans == read.orphans
    assert all(map(found.rows.is_claimed, read.claimed))
    assert not found.rows.is_claimed("nobody.wav")
    for each in read.rows.values():
        facts = found.rows.first("post_key", each.post_key)
        assert facts is not None
        assert facts.id == each.id


def test_an_index_tells_what_the_manifest_says(path: Path) -> None:
    is_as_read(path)
    assert open_manifest(path).rows.as_written


def test_only_many_rows_have_one(path: Path) -> None:
    index = index_of([row(1)])
    lines = ((facts, index.raw(facts.at, facts.size)) for facts in index.in_order())
    keep_index(path, publish(path, HEADER, lines, [], {"ok": 1}), {})
    assert [one.name for one in path.parent.iterdir()] == ["manifest.jsonl"]
    is_as_read(path)


def _deleted(path: Path) -> None:
    index_path(path).unlink()


def _emptied(path: Path) -> None:
    index_path(path).write_bytes(b"")


def _cut(path: Path) -> None:
    with index_path(path).open("r+b") as file:
        file.truncate(6000)


def _garbled(path: Path) -> None:
    data = bytearray(index_path(path).read_bytes())
    data[4096:8192] = os.urandom(4096)
    index_path(path).write_bytes(data)


def _of_a_newer_sbv2(path: Path) -> None:
    database = sqlite3.connect(index_path(path))
    database.execute("PRAGMA user_version = 99")
    database.close()


def _journalled(path: Path) -> None:
    with Journal(path, {}) as journal:
        journal.append(replace(row(2), text="別の文", file="other.wav"))


def _edited(path: Path) -> None:
    text = path.read_text("utf-8").replace("文3", "別の長い文")
    path.write_text(text, "utf-8")


def _damaged_row(path: Path) -> None:
    text = path.read_text("utf-8").replace('"n":3', '"n":"x')
    path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    "harm",
    [
        *(_deleted, _emptied, _cut, _garbled, _of_a_newer_sbv2),
        *(_journalled, _edited, _damaged_row),
    ],
)
def test_what_does_not_fit_is_made_again(path: Path, harm: Callable[[Path], None]) -> None:
    harm(path)
    is_as_read(path)
    found = open_manifest(path)
    keep_index(path, found, {"a": "b"})
    is_as_read(path)
    kept = open_manifest(path)
    assert kept.rows.noted("a") == "b"
    assert dict(kept.rows) == dict(found.rows)


def test_a_file_of_somebody_else_is_refused_and_stays(path: Path) -> None:
    index_path(path).write_text("my own notes\n" * 20, "utf-8")
    with pytest.raises(UsageError) as refused:
        open_manifest(path)
    assert refused.value.code == "manifest.index-foreign"
    assert refused.value.at == str(index_path(path))
    assert index_path(path).read_text("utf-8").startswith("my own notes")


def test_changes_of_a_run_before_are_forgotten(path: Path) -> None:
    with Journal(path, {}):
        pass
    found = open_manifest(path)
    assert {each.change for each in found.rows.values()} == {None}
    assert {found.rows.what(facts) for facts in found.rows.facts()} == {None}
    keep_index(path, found, {"a": "b"})
    assert {each.change for each in open_manifest(path).rows.values()} == {None}


texts = st.text(st.characters(exclude_categories=()), max_size=6)


@given(st.lists(st.tuples(texts, texts, st.integers()), max_size=8))
def test_any_names_are_found_again(names: list[tuple[str, str, int]]) -> None:
    rows = [
        replace(
            row(1),
            id=LineId(name),
            file=file or None,
            number=number,
            source=Source(path=name, row=1),
        )
        for name, file, number in names
    ]
    index = index_of(rows)
    expected = {each.id: each for each in rows}
    assert {name: index[name] for name in expected} == expected
    assert {facts.id: facts.file for facts in index.facts()} == {
        each.id: each.file for each in expected.values()
    }
    assert len(index) == len(expected)
    assert LineId("nobody at all") not in index
    index.claim(file for _, file, _ in names)
    assert all(index.is_claimed(file) for _, file, _ in names)
