"""A row of records is the same in memory and on the disk."""

from __future__ import annotations

import bare_lines
import pytest

from sbv2cli.pipeline import spool
from sbv2cli.pipeline.spool import Spool, spool_of_lines


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 7)
    monkeypatch.setattr(spool, "_CHUNK", 3)


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 20, 21])
def test_a_row_is_what_was_put_in(count: int) -> None:
    records = [f"record {number}" for number in range(count)]
    row = Spool(records)
    assert len(row) == count
    assert list(row) == list(row) == records
    assert [row[index] for index in range(-count, count)] == records * 2
    assert row[1:5] == records[1:5]
    with pytest.raises(IndexError):
        row[count]


def test_two_walks_do_not_disturb_each_other() -> None:
    row = Spool(range(20))
    assert list(zip(row, row, strict=True)) == [(number, number) for number in range(20)]


def test_lines_keep_their_voice_itself() -> None:
    lines = [bare_lines.prepared(f"l{number}", number=number) for number in range(1, 20)]
    row = spool_of_lines(lines)
    assert list(row) == lines
    assert all(prepared.voice is bare_lines.VOICE for prepared in row)
