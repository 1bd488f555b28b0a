"""Processors that may be used: those that are allowed, within a container's time, a core once."""

from __future__ import annotations

import os

import pytest

from sbv2cli import cpu_count


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine of four cores with two processors each, of which all may be used."""
    monkeypatch.setattr(cpu_count, "CPUS", tmp_path)
    monkeypatch.setattr(cpu_count, "CONTAINER", tmp_path / "cpu.max")
    for processor in range(8):
        folder = tmp_path / f"cpu{processor}" / "topology"
        folder.mkdir(parents=True)
        core = processor % 4
        (folder / "thread_siblings_list").write_text(f"{core},{core + 4}\n")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


def test_a_core_counts_once(machine):
    assert (cpu_count.usable(), cpu_count.cores()) == (8, 4)


def test_only_what_is_allowed_counts(machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 4, 1}, raising=False)
    assert (cpu_count.usable(), cpu_count.cores()) == (3, 2)


@pytest.mark.parametrize(
    ("quota", "usable", "cores"),
    [
        ("150000 100000", 2, 2),
        ("600000 100000", 6, 4),
        ("5000 100000", 1, 1),
        ("max 100000", 8, 4),
        ("nonsense", 8, 4),
        ("100000 0", 8, 4),
    ],
)
def test_a_container_gets_no_more_than_its_time(machine, quota, usable, cores):
    (machine / "cpu.max").write_text(f"{quota}\n")
    assert (cpu_count.usable(), cpu_count.cores()) == (usable, cores)


def test_where_nothing_is_told_all_count(tmp_path, monkeypatch):
    monkeypatch.setattr(cpu_count, "CPUS", tmp_path)
    monkeypatch.setattr(cpu_count, "CONTAINER", tmp_path / "cpu.max")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert (cpu_count.usable(), cpu_count.cores()) == (3, 3)
