"""`sbv2 bench`, as far as a figure's place can be wrong."""

from __future__ import annotations

import json

import pytest

from sbv2cli.bench import ceilings


@pytest.fixture(autouse=True)
def _no_time_for_ceilings(monkeypatch):
    monkeypatch.setattr(ceilings, "SECONDS", 0.01)


ENGINE = ("bench", "engine", "--size", "builtin", "--lines", "2", "--repeats", "1")


def test_the_voice_that_ships_is_measured(sbv2):
    result = sbv2(*ENGINE, "--json")
    assert result.status == 0, result.talk
    figures = json.loads(result.data)
    assert figures["size"] == "builtin"
    assert figures["bert"] is False
    # Its durations are real: two sentences are seconds, not minutes.
    assert 1 < figures["audio_seconds"] < 10
    assert figures["exact"]["ratio"] > 0
    assert set(figures["stages"]["exact"]) == {"text and durations", "flow", "decoder"}


def test_tables_have_a_column_for_each_way_and_a_row_for_each_stage(sbv2):
    result = sbv2(*ENGINE)
    assert result.status == 0, result.talk
    rows = {
        words[0]: words[1:] for words in map(str.split, result.data.decode().splitlines()) if words
    }
    assert rows["ways"][:4] == ["of", "speaking", "baseline", "exact"]
    # The baseline has no threads of its own that could be idle.
    assert len(rows["idle_share"]) == len(rows["seconds"]) - 1
    assert len(rows["decoder"]) == 4
    assert "{" not in result.data.decode()


def test_executors_are_compared_in_one_run(sbv2):
    result = sbv2(*ENGINE, "--lines", "3", "--executor", "local,processes", "--json")
    assert result.status == 0, result.talk
    ways = json.loads(result.data)["executors"]
    assert set(ways) == {"local", "processes"}
    for way in ways.values():
        assert way["lines_of_equal_bits"] == 3
        assert way["lines_per_second"] * way["seconds"] == pytest.approx(3, rel=0.05)
        assert isinstance(way["memory_mib"], int | float)
    assert ways["local"]["ratio"] == 1
    result = sbv2(*ENGINE, "--executor", "nowhere")
    assert result.status == 2
    assert "executor.unknown" in result.talk


def test_a_script_is_rendered_and_one_change_writes_one_file(sbv2):
    result = sbv2("bench", "render", "--lines", "4", "--json")
    assert result.status == 0, result.talk
    figures = json.loads(result.data)
    assert figures["files_rewritten"] == 1
    assert set(figures["scripts"]) == {"4"}
    assert "ms_per_further_line" in figures["scripts"]["4"]
    assert figures["nothing_changed"]["seconds"] < figures["scripts"]["4"]["seconds"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("engine", "--lines"),
        ("engine", "--repeats"),
        ("engine", "--soak"),
        ("frontend", "--lines"),
        ("render", "--lines"),
        ("startup", "--repeats"),
    ],
)
def test_nothing_is_measured_without_a_line(sbv2, arguments):
    result = sbv2("bench", *arguments, "0")
    assert result.status == 2
    assert f"Invalid value for '{arguments[1]}'" in result.talk
